"""Synthetic people: a pose source, a random viewpoint and a detector make an observation and its truth."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import NUM_BETAS
from model.camera import Cameras
from model.data.augment import AugmentConfig, augment
from model.data.keypoint_noise import FEWEST, DetectorConfig, detect
from model.data.proportions import draw_scales
from model.data.source import PoseSource
from model.data.viewpoint import ViewConfig, random_distance, random_orientation
from model.fit.mirror import canonical_side, mirror_back
from model.fit.observation import Observation, assumed_camera, look_at_person
from model.keypoints.names import NUM_CANONICAL

# Phones, cameras and webcams have 0.6 to 1.6 times the focal length that a picture's size alone suggests.
ASSUMED_ERROR = 0.35

# Whatever is nearer to the lens than this, metres, is out of the picture.
_IN_VIEW = 0.2


@dataclass(frozen=True)
class SynthesisConfig:
    """Configuration of synthetic people.

    Attributes:
        augment, view, detector: their configurations.
        unknown_camera: share of people with a camera unknown to the fit.
        focal_error: standard deviation of the log of the focal length for the others.
        assumed_focal: share of people whose focal length is taken from the picture's size, and so is wrong by
            `ASSUMED_ERROR`.
        proportions: standard deviation of the log of the length of each group of bones, see `BONE_GROUPS`.
        betas: standard deviation of each component of shape.
        definition: metres by which a detector's idea of a keypoint differs from the body's (standard
            deviation over keypoints, up to this, drawn for each person).
    """

    augment: AugmentConfig = field(default_factory=AugmentConfig)
    view: ViewConfig = field(default_factory=ViewConfig)
    detector: DetectorConfig = field(default_factory=DetectorConfig)
    unknown_camera: float = 0.25
    focal_error: float = 0.03
    assumed_focal: float = 0.0
    proportions: float = 0.0
    betas: float = 1.0
    definition: float = 0.015


class Truth(NamedTuple):
    """True body, in the axes of the virtual camera, mirrored where the observation is.

    Attributes:
        rotations: (B, 24, 3, 3).
        betas: (B, 10).
        joints: (B, 24, 3), metres, before translation; of the person, whose bones may be longer than those
            of the body with these betas.
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
    """Observe people of given rotations (B, 24, 3, 3), y up, and betas (B, 10) from random viewpoints."""
    bones = None
    if config.proportions:
        bones = draw_scales(len(rotations), config.proportions, generator)
    pixels, confidence, rotations, camera = photograph(rotations, betas, body, config, generator, bones)
    view = look_at_person(pixels, confidence, camera)
    rotations = torch.cat([(view.rotation @ rotations[:, 0])[:, None], rotations[:, 1:]], 1)
    observation, flipped = canonical_side(view.observation)
    rotations = mirror_back(rotations, flipped)
    # Both sides of a person are alike, so the mirror image has the same bones.
    return observation, Truth(rotations, betas, body.skeleton(rotations, betas, bones).joints)


def photograph(
    rotations: Tensor,
    betas: Tensor,
    body: Body,
    config: SynthesisConfig,
    generator: torch.Generator,
    bones: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor, Cameras]:
    """Detections (B, 25, 2), confidences (B, 25), rotations in camera axes, and the camera as the fit has it.

    The picture is taken with a focal length of one, so that its pixels are tangents. Bones are `bones`
    (B, 24) times as long as the body's.
    """
    count = len(rotations)
    orientation = random_orientation(rotations[:, 0], config.view, generator)
    rotations = torch.cat([orientation[:, None], rotations[:, 1:]], 1)
    keypoints = body.skeleton(rotations, betas, bones).keypoints[:, :NUM_CANONICAL]
    definition = torch.rand(count, 1, 1, generator=generator) * config.definition
    keypoints = keypoints + torch.randn(keypoints.shape, generator=generator) * definition
    placed = keypoints - keypoints.mean(1, keepdim=True)
    depth = placed[..., 2] + random_distance(count, config.view, generator)[:, None]
    exact = placed[..., :2] / depth.clamp_min(0.3).unsqueeze(-1)
    pixels, confidence = detect(exact, config.detector, generator)
    in_view = depth > _IN_VIEW
    # Who is so near that hardly anything is in view keeps all, as who is hardly detected does.
    hidden = ~in_view & (((confidence > 0) & in_view).sum(1, keepdim=True) >= FEWEST)
    confidence = confidence.masked_fill(hidden, 0.0)
    return pixels, confidence, rotations, _camera(pixels, confidence, config, generator)


def _camera(
    pixels: Tensor, confidence: Tensor, config: SynthesisConfig, generator: torch.Generator
) -> Cameras:
    count = len(pixels)
    error = torch.full((count,), config.focal_error)
    if config.assumed_focal:  # and no random numbers used up
        by_size = torch.rand(count, generator=generator) < config.assumed_focal
        error = error.masked_fill(by_size, ASSUMED_ERROR)
    focal = (torch.randn(count, generator=generator) * error).exp()
    known = Cameras.of(focal, focal, 0.0, 0.0)
    unknown = torch.rand(count, generator=generator) < config.unknown_camera
    assumed = assumed_camera(pixels, confidence)
    return assumed.where(unknown, known)
