"""AGORA (Patel et al., CVPR 2021): rendered people with exact truth.

AGORA's ground truth comes as pickles of pandas tables (`*_withjv.pkl`). Reading those means running what
is in them, which this program doesn't: docs/BENCHMARKS.md has the few lines that turn them into an npz, a
row for each person, in one's own environment. The names are AGORA's columns:

`gt_joints_2d` (N, J, 2) pixels of the picture, `gt_joints_3d` (N, J, 3) camera axes, metres, J >= 45 in
smplx's order; `isValid` (N,); and if wanted `gt_verts` (N, 6890, 3); `width` and `height` of the
pictures.

Protocol: people marked valid with six keypoints or more inside the picture. 2D keypoints are the truth's
own, so figures show what a perfect detector would allow, and are not those of AGORA's server, which
detects people and counts misses. The focal length follows from the truth's 2D and 3D joints, with the
principal point in the middle. 14 joints of the skeleton, or by Human3.6M's regressor where meshes are
there.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError, EvaluationSet
from model.benchmark.readers.arrays import read_npz
from model.benchmark.readers.truth import Truth
from model.camera import Cameras
from model.evaluate.metrics import FOURTEEN

# BODY_25 among smplx's joints of SMPL: 24 of the skeleton, then nose, eyes, ears, toes and heels.
_BODY_25 = [
    *(24, 12, 17, 19, 21, 16, 18, 20, 0, 2, 5, 8, 1, 4, 7),
    *(25, 26, 27, 28, 29, 30, 31, 32, 33, 34),
]
_JOINTS = 45
_FEWEST_KEYPOINTS = 6


def read_agora(path: Path, truth: Truth) -> EvaluationSet:
    """Read an npz made of AGORA's table; DatasetError if its layout differs or no person is usable."""
    needed = {"gt_joints_2d": (None, None, 2), "gt_joints_3d": (None, None, 3), "isValid": (None,)}
    optional = {"gt_verts": (None, None, 3), "width": (None,), "height": (None,)}
    arrays = read_npz(path, needed, optional)
    if min(arrays["gt_joints_2d"].shape[1], arrays["gt_joints_3d"].shape[1]) < _JOINTS:
        raise DatasetError(f"{path}: joints must be smplx's, {_JOINTS} or more.")
    if truth.regressor is not None and "gt_verts" not in arrays:
        raise DatasetError(f"{path} has no gt_verts, which the regressor needs.")
    points, joints = (torch.from_numpy(arrays[f"gt_joints_{d}d"].astype(np.float32)) for d in (2, 3))
    width, height = (
        _sizes(arrays.get(name), len(points), of) for name, of in (("width", 3840.0), ("height", 2160.0))
    )
    size = torch.stack([width, height], 1)
    pixels = points[:, _BODY_25]
    inside = ((pixels >= 0) & (pixels <= size[:, None])).all(-1)
    valid = torch.from_numpy(arrays["isValid"].astype(bool)) & (inside.sum(1) >= _FEWEST_KEYPOINTS)
    kept = valid.nonzero()[:, 0]
    if not len(kept):
        raise DatasetError(f"{path}: no person is valid and inside the picture.")
    vertices = torch.from_numpy(arrays["gt_verts"].astype(np.float32)) if "gt_verts" in arrays else None
    focal = _focal(points, joints, size / 2)
    return EvaluationSet(
        name="agora",
        protocol=f"AGORA, the truth's own 2D joints, camera from the truth; {truth.convention}.",
        pixels=pixels[kept],
        confidence=inside[kept].float(),
        camera=Cameras.of(focal[kept], focal[kept], *(size[kept] / 2).unbind(1)),
        truth=_joints(joints, vertices, truth)[kept],
        joint_names=FOURTEEN,
        joints_of=truth.joints,
        group=torch.arange(len(kept)),
        mesh=None if vertices is None else lambda some: vertices[kept[some]],
    )


def _joints(joints: Tensor, vertices: Tensor | None, truth: Truth) -> Tensor:
    if truth.regressor is None or vertices is None:
        return joints[:, list(SKELETON_FOURTEEN.joints)]
    return truth.regressed(vertices)


def _sizes(given: np.ndarray | None, count: int, default: float) -> Tensor:
    return torch.full((count,), default) if given is None else torch.from_numpy(given.astype(np.float32))


def _focal(points: Tensor, joints: Tensor, middle: Tensor) -> Tensor:
    """Focal lengths (N,), pixels, by least squares over each person's joints."""
    tangents = joints[..., :2] / joints[..., 2:]
    products = ((points - middle[:, None])[:, : joints.shape[1]] * tangents).sum((1, 2))
    focal: Tensor = products / tangents.square().sum((1, 2)).clamp_min(1e-9)
    return focal
