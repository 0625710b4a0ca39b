"""Synthetic people: a pose source, a random viewpoint and a detector make an observation and its truth."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import NUM_BETAS
from model.camera import Cameras
from model.data.augment import AugmentConfig, augment
from model.data.keypoint_noise import DetectorConfig, detect
from model.data.source import PoseSource
from model.data.viewpoint import ViewConfig, random_distance, random_orientation
from model.fit.mirror import canonical_side, mirror_back
from model.fit.observation import Observation, assumed_camera, look_at_person
from model.keypoints.names import NUM_CANONICAL


@dataclass(frozen=True)
class SynthesisConfig:
    """How people are made.

    Attributes:
        augment, view, detector: their configurations.
        unknown_camera: share of people with a camera unknown to the fit.
        focal_error: standard deviation of the log of the focal length for the others.
        betas: standard deviation of each component of shape.
        definition: metres by which a detector's idea of a keypoint differs from the body's (standard
            deviation over keypoints, up to this, drawn for each person).
    """

    augment: AugmentConfig = field(default_factory=AugmentConfig)
    view: ViewConfig = field(default_factory=ViewConfig)
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    unknown_camera: float = 0.25
    focal_error: float = 0.03
    betas: float = 1.0
    definition: float = 0.015


class Truth(NamedTuple):
    """What is to be found, in the axes of the virtual camera, mirrored where the observation is.

    Attributes:
        rotations: (B, 24, 3, 3).
        betas: (B, 10).
        joints: (B, 24, 3), metres, before translation.
    """

    rotations: Tensor
    betas: Tensor
    joints: Tensor


def draw_people(
    source: PoseSource, body: Body, count: int, config: SynthesisConfig, generator: torch.Generator
) -> tuple[Observation, Truth]:
    """Draw people in poses of a source; all randomness comes from `generator`."""
    poses = augment(source.draw(count, generator), config.augment, generator)
    betas = torch.randn(count, NUM_BETAS, generator=generator).clamp(-3, 3) * config.betas
    return observe(poses, betas, body, config, generator)


def observe(
    rotations: Tensor, betas: Tensor, body: Body, config: SynthesisConfig, generator: torch.Generator
) -> tuple[Observation, Truth]:
    """Look at people of given rotations (B, 24, 3, 3), y up, and betas (B, 10) from random viewpoints."""
    pixels, confidence, rotations, camera = photograph(rotations, betas, body, config, generator)
    view = look_at_person(pixels, confidence, camera)
    rotations = torch.cat([(view.rotation @ rotations[:, 0])[:, None], rotations[:, 1:]], 1)
    observation, flipped = canonical_side(view.observation)
    rotations = mirror_back(rotations, flipped)
    return observation, Truth(rotations, betas, body.skeleton(rotations, betas).joints)


def photograph(
    rotations: Tensor, betas: Tensor, body: Body, config: SynthesisConfig, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Cameras]:
    """Detections (B, 25, 2), confidences (B, 25), rotations in camera axes, and the camera as the fit has it.

    The picture is taken with a focal length of one, so that its pixels are tangents.
    """
    count = len(rotations)
    orientation = random_orientation(rotations[:, 0], config.view, generator)
    rotations = torch.cat([orientation[:, None], rotations[:, 1:]], 1)
    keypoints = body.skeleton(rotations, betas).keypoints[:, :NUM_CANONICAL]
    definition = torch.rand(count, 1, 1, generator=generator) * config.definition
    keypoints = keypoints + torch.randn(keypoints.shape, generator=generator) * definition
    placed = keypoints - keypoints.mean(1, keepdim=True)
    depth = placed[..., 2] + random_distance(count, config.view, generator)[:, None]
    exact = placed[..., :2] / depth.clamp_min(0.3).unsqueeze(-1)
    pixels, confidence = detect(exact, config.detector, generator)
    return pixels, confidence, rotations, _camera(pixels, confidence, config, generator)


def _camera(
    pixels: Tensor, confidence: Tensor, config: SynthesisConfig, generator: torch.Generator
) -> Cameras:
    count = len(pixels)
    focal = (torch.randn(count, generator=generator) * config.focal_error).exp()
    known = Cameras.of(focal, focal, 0.0, 0.0)
    unknown = torch.rand(count, generator=generator) < config.unknown_camera
    assumed = assumed_camera(pixels, confidence)
    return assumed.where(unknown, known)
