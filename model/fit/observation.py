"""Observations: keypoints as a virtual camera sees them that looks straight at the person."""

from typing import NamedTuple

import torch
from torch import Tensor

from model.camera import ASSUMED_RELATIVE_FOCAL, Cameras
from model.keypoints.names import CANONICAL_NAMES
from model.rotation import rotation_between

# Rays this far off the virtual axis (tangent of the angle) are no part of any lens's picture.
_WIDEST_TANGENT = 10.0

# Keypoints this many times as far from the median keypoint as the median distance are no part of the person;
# an arm stretched out beside a body of which only the head is seen comes to six.
_STRAY = 10.0
_MOST_STRAYS = 0.1

# The ends of the trunk, and how strongly it is taken to be upright, as a share of the box: so a trunk that
# points at the camera can't spin the picture.
_UPPER = [CANONICAL_NAMES.index(name) for name in ("neck", "left_shoulder", "right_shoulder")]
_LOWER = [CANONICAL_NAMES.index(name) for name in ("mid_hip", "left_hip", "right_hip")]
_UPRIGHT_PRIOR = 0.05

# After these the box is centred to a five-hundredth of its size, even at 45 degrees off the axis.
_AIMING_ROUNDS = 3


class Observation(NamedTuple):
    """A batch of people as the fit sees them: free of the image's size, of place and of scale in it.

    Attributes:
        keypoints: (B, 25, 2), about -0.5 to 0.5: viewing rays of the virtual camera times `focal`;
            0 where missing.
        confidence: (B, 25), 0 to 1, 0 where missing.
        focal: (B,), relative focal length: the longer side of the person's box is 1 / focal as a tangent.
        up: (B, 2), unit vectors: where the picture's upper edge lies, since the virtual camera is rolled.
    """

    keypoints: Tensor
    confidence: Tensor
    focal: Tensor
    up: Tensor

    @property
    def rays(self) -> Tensor:
        """Viewing rays (B, 25, 2) at depth 1."""
        return self.keypoints / self.focal[:, None, None]


class View(NamedTuple):
    """An observation and the rotation (B, 3, 3) that took the camera's rays into the virtual camera."""

    observation: Observation
    rotation: Tensor


def bounding_box(points: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Return centre (B, 2) and longer side (B,) of the box around the visible ones of points (B, J, 2)."""
    hidden = ~visible.unsqueeze(-1)
    low = points.masked_fill(hidden, torch.inf).amin(1)
    high = points.masked_fill(hidden, -torch.inf).amax(1)
    return (low + high) / 2, (high - low).amax(1)


def assumed_camera(pixels: Tensor, confidence: Tensor) -> Cameras:
    """Return the cameras of people in unknown images: towards each person, at a common perspective.

    It depends on the person alone, so that neighbours in a file can't change the answer.
    """
    centre, size = bounding_box(pixels, confidence > 0)
    focal = size * ASSUMED_RELATIVE_FOCAL
    return Cameras(torch.cat([focal[:, None], focal[:, None], centre], 1))


def look_at_person(pixels: Tensor, confidence: Tensor, camera: Cameras) -> View:
    """Rotate viewing rays so that each person's box centre lies on the optical axis, then scale the box to 1.

    Without this a person at the image's edge would come out turned. The camera is rolled, too, so that the
    trunk stands upright in the picture: bending and lying people look to the networks like standing ones.

    Args:
        pixels: (B, 25, 2) canonical keypoints, at least two visible ones apart from each other.
        confidence: (B, 25), 0 where missing.
        camera: the camera that took them, (B,) each.
    """
    rays = camera.rays(pixels)
    rotation, tangents, seen = _turn_to_person(rays, without_strays(rays[..., :2], confidence > 0))
    roll = roll_to_upright(tangents, confidence.masked_fill(~seen, 0.0))
    # The box around rolled points is another box, so the camera is aimed once more.
    rolled = torch.cat([tangents, torch.ones_like(tangents[..., :1])], -1) @ roll.mT
    turn, tangents, seen = _turn_to_person(rolled, seen)
    _, size = bounding_box(tangents, seen)
    focal = 1.0 / size.clamp_min(1e-6)
    confidence = confidence.masked_fill(~seen, 0.0)
    observation = Observation(tangents * focal[:, None, None], confidence, focal, -roll[:, :2, 1])
    return View(observation, turn @ roll @ rotation)


def without_strays(points: Tensor, visible: Tensor) -> Tensor:
    """Return which of points (B, J, 2) are visible (B, J) and not absurdly far from the others.

    One keypoint at the other end of the picture would else set the box, and shrink the person to a dot.
    """
    shown = points.masked_fill(~visible[..., None], torch.nan)
    middle = _nanmedian(shown)
    distance = (shown - middle).norm(dim=-1)
    usual = _nanmedian(distance)
    stray: Tensor = visible & (distance > _STRAY * usual)
    # Many of them are no mistakes of the detector, but something else that is wrong.
    few = stray.sum(1, keepdim=True) <= _MOST_STRAYS * visible.sum(1, keepdim=True)
    return visible & ~(stray & few)


def _nanmedian(values: Tensor) -> Tensor:
    """Return the lower median (B, 1, ...) of values (B, J, ...) that are numbers, NaN where none is.

    As torch.nanmedian, which compiled graphs can only call by way of Python's lock.
    """
    in_order = values.sort(1).values  # NaN last
    count = (~values.isnan()).sum(1, keepdim=True)
    return in_order.gather(1, (count - 1).clamp_min(0) // 2)


def roll_to_upright(points: Tensor, confidence: Tensor) -> Tensor:
    """Return rotations (B, 3, 3) about the optical axis after which trunks point up in the picture (-y).

    A trunk of which an end is missing, or that points at the camera, counts as upright.

    Args:
        points: (B, 25, 2), y down.
        confidence: (B, 25), 0 where missing.
    """
    _, size = bounding_box(points, confidence > 0)
    (upper, has_upper), (lower, has_lower) = (_mean(points, confidence, part) for part in (_UPPER, _LOWER))
    trunk = (upper - lower).masked_fill(~(has_upper & has_lower)[:, None], 0.0)
    trunk = trunk + size[:, None] * _UPRIGHT_PRIOR * points.new_tensor([0.0, -1.0])
    length = trunk.norm(dim=1, keepdim=True)
    upright = points.new_tensor([0.0, -1.0]).expand_as(trunk)
    x, y = torch.where(length > 1e-3 * size[:, None], trunk / length, upright).unbind(1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return torch.stack([-y, x, zero, -x, -y, zero, zero, zero, one], 1).view(-1, 3, 3)


def _mean(points: Tensor, confidence: Tensor, part: list[int]) -> tuple[Tensor, Tensor]:
    """Return the weighted mean (B, 2) of some of the points, and whether any of them is seen (B,)."""
    weight = confidence[:, part, None]
    total = weight.sum(1)
    return (points[:, part] * weight).sum(1) / total.clamp_min(1e-9), total[:, 0] > 0


def _turn_to_person(rays: Tensor, visible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the smallest rotation (B, 3, 3) that centres the box around the visible rays (B, J, 3).

    The middle of a box does not stay its middle when the rays turn, so the turn is found in a few rounds.
    Also returns the rotated rays (B, J, 2) at depth 1, 0 where not seen, and which are seen (B, J).
    """
    forward = rays.new_tensor([0.0, 0.0, 1.0]).expand(rays.shape[0], 3)
    rotation = torch.eye(3).to(rays).expand(rays.shape[0], 3, 3)
    axis, tangents, seen = forward, rays[..., :2], visible
    for _ in range(_AIMING_ROUNDS):
        centre, _ = bounding_box(tangents, seen)
        target = torch.nn.functional.normalize(torch.cat([centre, torch.ones_like(centre[:, :1])], 1), dim=1)
        # If nothing is left in front of the camera, no box remains to aim at.
        axis = torch.where(target.isfinite(), (target[:, None] @ rotation)[:, 0], axis)
        rotation = rotation_between(axis, forward)
        turned = rays @ rotation.mT
        seen = visible & (turned[..., 2] * _WIDEST_TANGENT >= turned[..., :2].norm(dim=-1))
        tangents = turned[..., :2] / turned[..., 2:].clamp_min(1e-6)
    return rotation, tangents.masked_fill(~seen.unsqueeze(-1), 0.0), seen
