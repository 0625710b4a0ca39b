"""Random people for tests, and the small networks that fit them."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import NUM_BETAS, NUM_JOINTS
from model.camera import Cameras
from model.fit.initializer import InitializerConfig
from model.fit.network import Recovery, RecoveryConfig
from model.keypoints.names import NUM_CANONICAL
from model.optimizer.lsr1 import LSR1Config
from model.rotation import rotvec_to_matrix

TINY = RecoveryConfig(
    InitializerConfig(width=32, blocks=1, context=4),
    LSR1Config(width=8, hidden=8, buffer=3, rate=0.5, input_scale=(2.0, 20.0, 10.0, 50.0, 50.0)),
)
FACING_CAMERA = torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])


class People(NamedTuple):
    """People and their exact picture: `pixels` (B, 25, 2), `confidence` (B, 25), the camera and the truth."""

    pixels: Tensor
    confidence: Tensor
    camera: Cameras
    rotations: Tensor
    betas: Tensor
    translation: Tensor


def tiny_recovery(seed: int = 0) -> Recovery:
    """Networks whose every layer does something, unlike those of a fresh one."""
    torch.manual_seed(seed)
    recovery = Recovery(TINY)
    with torch.no_grad():
        for parameter in recovery.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return recovery.eval()


def random_poses(count: int, seed: int, angle: float = 0.4) -> Tensor:
    """Rotations (count, 24, 3, 3), about `angle` radians each; hands at rest."""
    turns = torch.randn(count, NUM_JOINTS, 3, generator=torch.Generator().manual_seed(seed)) * angle
    turns[:, -2:] = 0.0
    return rotvec_to_matrix(turns)


def pinhole(count: int, focal: float, cx: float, cy: float) -> Cameras:
    """The same camera for everybody, pixels."""
    return Cameras.of(focal, focal, cx, cy, count=count)


def people_in_picture(body: Body, count: int, seed: int = 0) -> People:
    """People 3 to 7 m away, anywhere in a picture of 1920 x 1080, turned a little from facing the camera."""
    generator = torch.Generator().manual_seed(seed)
    rotations = random_poses(count, seed)
    rotations[:, 0] = FACING_CAMERA @ rotations[:, 0]
    betas = torch.randn(count, NUM_BETAS, generator=generator)
    camera = pinhole(count, 1100.0, 960.0, 540.0)
    low, high = torch.tensor([-1.5, -0.3, 3.0]), torch.tensor([1.5, 0.3, 7.0])
    translation = low + (high - low) * torch.rand(count, 3, generator=generator)
    keypoints = body.skeleton(rotations, betas).keypoints[:, :NUM_CANONICAL] + translation[:, None]
    confidence = 0.3 + 0.7 * torch.rand(count, NUM_CANONICAL, generator=generator)
    return People(camera.project(keypoints), confidence, camera, rotations, betas, translation)
