"""Postures written down by hand, and a camera that goes round them: truth without any data."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import JOINT_NAMES, NUM_BETAS, NUM_JOINTS
from model.camera import Cameras
from model.keypoints.names import NUM_CANONICAL
from model.rotation import rotvec_to_matrix

# Turns about x, y and z in degrees, of joints that are not as in the T-pose. Arms hang or swing; a knee bends
# about +x, a hip forwards about -x, an elbow about -y on the left and +y on the right.
POSTURES: dict[str, dict[str, tuple[float, float, float]]] = {
    "standing": {
        "left_shoulder": (0, 0, -72), "right_shoulder": (0, 0, 72),
        "left_elbow": (0, -12, 0), "right_elbow": (0, 12, 0),
        "left_knee": (4, 0, 0), "right_knee": (4, 0, 0),
        "left_hip": (-2, 0, 3), "right_hip": (-2, 0, -3),
    },
    "sitting": {
        "left_shoulder": (0, -25, -65), "right_shoulder": (0, 25, 65),
        "left_elbow": (0, -60, 0), "right_elbow": (0, 60, 0),
        "left_hip": (-85, 0, 8), "right_hip": (-85, 0, -8),
        "left_knee": (88, 0, 0), "right_knee": (88, 0, 0),
    },
    "walking": {
        "left_shoulder": (0, -20, -70), "right_shoulder": (0, -20, 70),
        "left_elbow": (0, -20, 0), "right_elbow": (0, 30, 0),
        "left_hip": (20, 0, 0), "right_hip": (-28, 0, 0),
        "left_knee": (28, 0, 0), "right_knee": (10, 0, 0), "left_ankle": (-8, 0, 0),
    },
}  # fmt: skip

_UPRIGHT = torch.diag(torch.tensor([1.0, -1.0, -1.0]))  # y up to y down, facing the camera
KNEES = (("left_hip", "left_knee", "left_ankle"), ("right_hip", "right_knee", "right_ankle"))
ELBOWS = (("left_shoulder", "left_elbow", "left_wrist"), ("right_shoulder", "right_elbow", "right_wrist"))


class Scene(NamedTuple):
    """People with truth, as a camera sees them.

    Attributes:
        pixels: (B, 25, 2), exact.
        camera: (B,) each.
        joints: (B, 24, 3), metres, in the camera's axes.
        betas: (B, 10).
        translation: (B, 3), metres, of the body.
    """

    pixels: Tensor
    camera: Cameras
    joints: Tensor
    betas: Tensor
    translation: Tensor

    @property
    def depth(self) -> Tensor:
        """Return the depth of the pelvis (B,), metres."""
        return self.joints[:, 0, 2]


def posture(name: str) -> Tensor:
    """Return the rotations (24, 3, 3) of a posture, y up, facing +z."""
    turns = torch.zeros(NUM_JOINTS, 3)
    for joint, degrees in POSTURES[name].items():
        turns[JOINT_NAMES.index(joint)] = torch.tensor(degrees) * math.pi / 180
    return rotvec_to_matrix(turns)


def seen_from(
    body: Body,
    rotations: Tensor,
    *,
    distance: Tensor,
    focal: Tensor,
    yaw: Tensor | None = None,
    elevation: Tensor | None = None,
    betas: Tensor | None = None,
    bones: Tensor | None = None,
) -> Scene:
    """Return people in postures (B, 24, 3, 3), with the pelvis straight ahead of the camera.

    Args:
        body: the body.
        rotations: of each joint relative to its parent; y up, facing the camera at a yaw of 0.
        distance: (B,), metres.
        focal: (B,), pixels.
        yaw: (B,), degrees by which people are turned; 0 by default.
        elevation: (B,), degrees by which the camera stands above; 0 by default.
        betas: (B, 10), the mean shape by default.
        bones: (B, 24), see `Body.skeleton`.
    """
    count = len(rotations)
    betas = torch.zeros(count, NUM_BETAS) if betas is None else betas
    none = torch.zeros(count)
    heading, raised = (
        (none if angle is None else angle)[:, None] * math.pi / 180 for angle in (yaw, elevation)
    )
    x, y, _ = torch.eye(3)
    view = rotvec_to_matrix(raised * x) @ _UPRIGHT @ rotvec_to_matrix(heading * y)
    rotations = torch.cat([(view @ rotations[:, 0])[:, None], rotations[:, 1:]], 1)
    skeleton = body.skeleton(rotations, betas, bones)
    translation = torch.nn.functional.pad(distance[:, None], (2, 0)) - skeleton.joints[:, 0]
    camera = Cameras.of(focal, focal, 0.0, 0.0)
    pixels = camera.project(skeleton.keypoints[:, :NUM_CANONICAL] + translation[:, None])
    return Scene(pixels, camera, skeleton.joints + translation[:, None], betas, translation)


def bend(joints: Tensor, limbs: tuple[tuple[str, str, str], ...]) -> Tensor:
    """Mean bend (B,), degrees, of the middle joints of limbs, from joints (B, 24, 3); 0 is straight."""
    bends = []
    for limb in limbs:
        first, middle, last = (joints[:, JOINT_NAMES.index(name)] for name in limb)
        cosine = torch.nn.functional.cosine_similarity(middle - first, last - middle, dim=1)
        bends.append(cosine.clamp(-1, 1).acos())
    return torch.stack(bends).mean(0) * 180 / math.pi
