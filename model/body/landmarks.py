"""Keypoints on the body: each a weighted sum of posed joints and skin vertices.

Vertex numbers are SMPL's, which the open body keeps, so one table serves every body.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from model.body.joints import JOINT_NAMES, mirrored
from model.keypoints.names import CANONICAL_NAMES, KEYPOINT_NAMES

# Skin points that detectors name, by SMPL vertex number.
LANDMARK_VERTICES: dict[str, int] = {
    "nose": 332,
    "right_eye": 6260,
    "left_eye": 2800,
    "right_ear": 4071,
    "left_ear": 583,
    "left_big_toe": 3216,
    "left_small_toe": 3226,
    "left_heel": 3387,
    "right_big_toe": 6617,
    "right_small_toe": 6624,
    "right_heel": 6787,
    "head_top": 411,
}

# Detectors mark hips and shoulders on the outline of the body, not at the centre of the joint. On the
# triangulated detections of a real subject, hips are 0.22 m apart and thighs a little longer than shanks;
# the open body's hip joints are 0.175 m apart and its thighs a sixth shorter than its shanks. So a hip
# keypoint goes outwards by a share of the joints' distance, and up by a share of the way to the pelvis.
HIP_OUT = 0.13
HIP_UP = 0.4
# Knees go down by a share of the shank.
KNEE_DOWN = 0.05
# The same subject's shoulders are 0.33 m apart and its arms 0.54 m long, shoulder to wrist, against 0.36 m
# and 0.49 m of the open body's joints, though legs and reach from fingers to fingers agree. So a shoulder
# goes inwards by a share of the joints' distance, an elbow on along the upper arm and a wrist on along the
# forearm by a share of their lengths. The shares are those with which posed bodies come nearest to the 3D
# truth (least mean distance over all frames; a one-off fit), rounded.
SHOULDER_IN = 0.04
ELBOW_ON = 0.045
WRIST_ON = 0.14


class Part(NamedTuple):
    """One summand of a keypoint: the name of a joint or landmark vertex, and its weight."""

    name: str
    weight: float


def _hip(side: str, other: str) -> tuple[Part, ...]:
    own, across = 1 + HIP_OUT - HIP_UP / 2, -HIP_OUT - HIP_UP / 2
    return (Part(f"{side}_hip", own), Part(f"{other}_hip", across), Part("pelvis", HIP_UP))


def _knee(side: str) -> tuple[Part, ...]:
    return (Part(f"{side}_knee", 1 - KNEE_DOWN), Part(f"{side}_ankle", KNEE_DOWN))


def _onward(previous: str, joint: str, share: float) -> tuple[Part, ...]:
    """Return a joint moved on along the bone that leads to it."""
    return (Part(joint, 1 + share), Part(previous, -share))


def _shoulder(side: str, other: str) -> tuple[Part, ...]:
    return (Part(f"{side}_shoulder", 1 - SHOULDER_IN), Part(f"{other}_shoulder", SHOULDER_IN))


_SUMS: dict[str, tuple[Part, ...]] = {
    "neck": (Part("left_shoulder", 0.5), Part("right_shoulder", 0.5)),
    "mid_hip": (
        Part("left_hip", 0.5 - HIP_UP / 2),
        Part("right_hip", 0.5 - HIP_UP / 2),
        Part("pelvis", HIP_UP),
    ),
    "upper_neck": (Part("neck", 0.5), Part("head", 0.5)),
    "left_hip": _hip("left", "right"),
    "right_hip": _hip("right", "left"),
    "left_knee": _knee("left"),
    "right_knee": _knee("right"),
    "left_shoulder": _shoulder("left", "right"),
    "right_shoulder": _shoulder("right", "left"),
    "left_elbow": _onward("left_shoulder", "left_elbow", ELBOW_ON),
    "right_elbow": _onward("right_shoulder", "right_elbow", ELBOW_ON),
    "left_wrist": _onward("left_elbow", "left_wrist", WRIST_ON),
    "right_wrist": _onward("right_elbow", "right_wrist", WRIST_ON),
}


def keypoint_parts(keypoint: str) -> tuple[Part, ...]:
    """Return the joints and vertices that add up to a keypoint, with weights that add up to one."""
    return _SUMS.get(keypoint, (Part(keypoint, 1.0),))


def keypoint_matrix() -> Tensor:
    """Return the matrix (27, 24 + 12) from posed joints, then landmark vertices, to KEYPOINT_NAMES."""
    sources = [*JOINT_NAMES, *LANDMARK_VERTICES]
    matrix = torch.zeros(len(KEYPOINT_NAMES), len(sources))
    for row, keypoint in enumerate(KEYPOINT_NAMES):
        for part in keypoint_parts(keypoint):
            matrix[row, sources.index(part.name)] += part.weight
    return matrix


MIRRORED_KEYPOINTS = [CANONICAL_NAMES.index(mirrored(name)) for name in CANONICAL_NAMES]
"""Canonical keypoints with left and right swapped, as indices."""
