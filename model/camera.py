"""Pinhole cameras: how a client may describe one, projection, and the closed-form translation of a body."""

from typing import NamedTuple

import torch
from torch import Tensor

# A person in a file with neither camera nor image size is taken to stand this many times their own box's
# longer side away from the lens: 5 to 6 m for a standing adult, the distance of the published inner camera.
ASSUMED_RELATIVE_FOCAL = 3.2

# No part of a body comes nearer to the lens than this, metres; keeps the projection finite.
NEAREST_DEPTH = 0.1


class Pinhole(NamedTuple):
    """One pinhole camera a person, each (B,), pixels: focal lengths and principal point."""

    fx: Tensor
    fy: Tensor
    cx: Tensor
    cy: Tensor

    def rays(self, pixels: Tensor) -> Tensor:
        """Directions (B, J, 3) with depth 1 through pixels (B, J, 2)."""
        x = (pixels[..., 0] - self.cx[:, None]) / self.fx[:, None]
        y = (pixels[..., 1] - self.cy[:, None]) / self.fy[:, None]
        return torch.stack([x, y, torch.ones_like(x)], -1)

    def project(self, points: Tensor) -> Tensor:
        """Pixels (B, P, 2) of points (B, P, 3) in the camera frame (x right, y down, z forward), metres."""
        depth = points[..., 2].clamp_min(NEAREST_DEPTH)
        x = points[..., 0] / depth * self.fx[:, None] + self.cx[:, None]
        y = points[..., 1] / depth * self.fy[:, None] + self.cy[:, None]
        return torch.stack([x, y], -1)


def closed_form_translation(points: Tensor, rays: Tensor, weights: Tensor) -> Tensor:
    """Translation (B, 3), metres, that best brings 3D points onto viewing rays.

    Each point gives two linear equations in t, x + tx = a (z + tz) and y + ty = b (z + tz) for a ray
    (a, b, 1); this is their weighted least-squares solution, with tx and ty eliminated first.

    Args:
        points: (B, J, 3), metres, in the camera's axes.
        rays: (B, J, 2), the a and b of each viewing ray.
        weights: (B, J), not negative; a point of weight 0 plays no part.
    """
    share = (weights / weights.sum(1, keepdim=True).clamp_min(1e-9)).unsqueeze(-1)
    error = rays * points[..., 2:] - points[..., :2]
    mean_ray, mean_error = (share * rays).sum(1), (share * error).sum(1)
    spread = rays - mean_ray[:, None]
    variance = (share * spread.square()).sum((1, 2)).clamp_min(1e-9)
    depth = -(share * spread * error).sum((1, 2)) / variance
    depth = torch.maximum(depth, NEAREST_DEPTH - points[..., 2].amin(1))
    return torch.cat([mean_error + mean_ray * depth[:, None], depth[:, None]], 1)


def pull_back_translation(points: Tensor, rays: Tensor, weights: Tensor, pull: Tensor) -> Tensor:
    """Derivative (B, J, 3) by the points, given that by their closed-form translation, pull (B, 3).

    Other arguments as for `closed_form_translation`, whose reverse pass this is.
    """
    share = (weights / weights.sum(1, keepdim=True).clamp_min(1e-9)).unsqueeze(-1)
    error = rays * points[..., 2:] - points[..., :2]
    mean_ray = (share * rays).sum(1)
    spread = rays - mean_ray[:, None]
    variance = (share * spread.square()).sum((1, 2)).clamp_min(1e-9)
    depth = -(share * spread * error).sum((1, 2)) / variance
    nearest, which = points[..., 2].min(1)
    held = depth < NEAREST_DEPTH - nearest
    on_depth = (pull[:, :2] * mean_ray).sum(1) + pull[:, 2]
    free = (on_depth / variance).masked_fill(held, 0.0)
    on_error = share * (pull[:, None, :2] - spread * free[:, None, None])
    on_points = torch.cat([-on_error, (rays * on_error).sum(-1, keepdim=True)], -1)
    # Who comes nearest holds the body off the lens.
    off_lens = torch.nn.functional.one_hot(which, points.shape[1]) * (-on_depth * held)[:, None]
    return on_points + torch.nn.functional.pad(off_lens.unsqueeze(-1), (2, 0))
