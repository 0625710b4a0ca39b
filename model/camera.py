"""Pinhole cameras, projection, and the closed-form translation of a body."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.batched import Batched

# A person in a file with neither camera nor image size is taken to stand this many times their own box's
# longer side away from the lens: 5 to 6 m for a standing adult, the distance of the published inner camera.
ASSUMED_RELATIVE_FOCAL = 3.2

# No part of a body comes nearer to the lens than this, metres; keeps the projection finite.
NEAREST_DEPTH = 0.1


@dataclass(frozen=True, eq=False)
class Cameras(Batched):
    """Pinhole cameras, one per person.

    Attributes:
        intrinsics: (B, 4), pixels: focal lengths fx, fy and principal point cx, cy; NaN where unknown.
    """

    intrinsics: Tensor

    @classmethod
    def of(
        cls, fx: Tensor | float, fy: Tensor | float, cx: Tensor | float, cy: Tensor | float, *, count: int = 1
    ) -> "Cameras":
        """Build cameras from numbers of each, (B,) or one for all; of numbers alone, `count` the same."""
        parts = [torch.atleast_1d(torch.as_tensor(part)) for part in (fx, fy, cx, cy)]
        intrinsics = torch.stack(torch.broadcast_tensors(*parts), 1)
        return cls(intrinsics if len(intrinsics) > 1 else intrinsics.repeat(count, 1))

    @classmethod
    def unknown(cls, count: int) -> "Cameras":
        """Build cameras of which nothing is known."""
        return cls(torch.full((count, 4), torch.nan))

    def __len__(self) -> int:
        return len(self.intrinsics)

    @property
    def fx(self) -> Tensor:
        """Horizontal focal length (B,)."""
        return self.intrinsics[:, 0]

    @property
    def fy(self) -> Tensor:
        """Vertical focal length (B,)."""
        return self.intrinsics[:, 1]

    @property
    def cx(self) -> Tensor:
        """Column (B,) of the principal point."""
        return self.intrinsics[:, 2]

    @property
    def cy(self) -> Tensor:
        """Row (B,) of the principal point."""
        return self.intrinsics[:, 3]

    def filled(self, assumed: "Cameras") -> "Cameras":
        """Return the cameras with each unknown number replaced by that of assumed ones."""
        return Cameras(torch.where(self.intrinsics.isnan(), assumed.intrinsics, self.intrinsics))

    def rays(self, pixels: Tensor) -> Tensor:
        """Compute directions (B, J, 3) with depth 1 through pixels (B, J, 2)."""
        focal, centre = self.intrinsics[:, None, :2], self.intrinsics[:, None, 2:]
        return torch.nn.functional.pad((pixels - centre) / focal, (0, 1), value=1.0)

    def project(self, points: Tensor) -> Tensor:
        """Compute pixels (B, P, 2) of points (B, P, 3), metres; camera frame: x right, y down, z forward."""
        focal, centre = self.intrinsics[:, None, :2], self.intrinsics[:, None, 2:]
        return points[..., :2] / points[..., 2:].clamp_min(NEAREST_DEPTH) * focal + centre


def closed_form_translation(points: Tensor, rays: Tensor, weights: Tensor) -> Tensor:
    """Compute the translation (B, 3), metres, that best brings 3D points onto viewing rays.

    Each point gives two linear equations in t, x + tx = a (z + tz) and y + ty = b (z + tz) for a ray
    (a, b, 1); this is their weighted least-squares solution, with tx and ty eliminated first.

    Args:
        points: (B, J, 3), metres, in the camera's axes.
        rays: (B, J, 2), the a and b of each viewing ray.
        weights: (B, J), not negative; a point of weight 0 has no influence.
    """
    share = (weights / weights.sum(1, keepdim=True).clamp_min(1e-9)).unsqueeze(-1)
    error = rays * points[..., 2:] - points[..., :2]
    mean_ray, mean_error = (share * rays).sum(1), (share * error).sum(1)
    spread = rays - mean_ray[:, None]
    variance = (share * spread.square()).sum((1, 2)).clamp_min(1e-9)
    depth = -(share * spread * error).sum((1, 2)) / variance
    depth = torch.maximum(depth, NEAREST_DEPTH - points[..., 2].amin(1))
    return torch.cat([mean_error + mean_ray * depth[:, None], depth[:, None]], 1)


def vjp_translation(points: Tensor, rays: Tensor, weights: Tensor, pull: Tensor) -> Tensor:
    """Compute the derivative (B, J, 3) by the points from that by their closed-form translation, pull (B, 3).

    This is the reverse pass of `closed_form_translation`; other arguments as there.
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
    # The nearest point determines the depth clamp.
    off_lens = torch.nn.functional.one_hot(which, points.shape[1]) * (-on_depth * held)[:, None]
    return on_points + torch.nn.functional.pad(off_lens.unsqueeze(-1), (2, 0))
