"""Reader of Human3.6M (Ionescu et al., PAMI 2014) in the npz layout of SPIN's preprocessing.

`S` (N, 24, 4): joints in camera axes, metres from the pelvis, and whether each is known, in SPIN's order
of 24; `openpose` (N, 25, 3) or `part` (N, 24, 3): 2D keypoints, pixels, detected ones or the truth's; and
if wanted `K` (N, 3, 3) intrinsics, `imgname` (N,).

Protocol: people as in the file (`h36m_valid_protocol1`: all cameras; `protocol2`: the frontal one).
Detected keypoints are used if the file has any, else the truth's. 14 joints, marker-based; the fit's by
Human3.6M's regressor, or the skeleton's own, which lie up to centimetres off the markers' joints. Neck
and head are Human3.6M's (12 and 18 of the 24). MPJPE relative to the middle of the hips (papers: to the
pelvis).
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.benchmark.dataset import DatasetError, EvaluationSet
from model.benchmark.readers.arrays import Arrays, read_npz
from model.benchmark.readers.truth import Truth
from model.camera import Cameras
from model.evaluate.metrics import FOURTEEN
from model.keypoints.names import CANONICAL_NAMES, NUM_CANONICAL

_TRUTH = [*range(13), 18]
# Names of the first of SPIN's 24 joints, as far as detectors know them.
_PARTS = dict(
    zip(
        [*range(13), 14, *range(19, 24)],
        [*FOURTEEN[:13], "mid_hip", "nose", "left_eye", "right_eye", "left_ear", "right_ear"],
        strict=True,
    )
)


def read_h36m(path: Path, truth: Truth) -> EvaluationSet:
    """People of a file; DatasetError if it is of another layout."""
    optional = {
        "openpose": (None, NUM_CANONICAL, 3),
        "part": (None, 24, 3),
        "K": (None, 3, 3),
        "imgname": (None,),
    }
    arrays = read_npz(path, {"S": (None, 24, 4)}, optional)
    points, whose = _keypoints(path, arrays)
    joints = torch.from_numpy(arrays["S"].astype(np.float32))[:, _TRUTH]
    known = joints[..., 3:] > 0
    return EvaluationSet(
        name="h36m",
        protocol=f"Human3.6M, {path.stem}, {whose} 2D keypoints, "
        f"{'known' if 'K' in arrays else 'unknown'} camera; {truth.convention}; actions drawn whole.",
        pixels=points[..., :2],
        confidence=points[..., 2],
        camera=_camera(arrays.get("K"), len(points)),
        truth=torch.where(known, joints[..., :3], joints.new_tensor(torch.nan)),
        joint_names=FOURTEEN,
        joints_of=truth.joints,
        group=_actions(arrays.get("imgname"), len(points)),
    )


def _keypoints(path: Path, arrays: Arrays) -> tuple[Tensor, str]:
    """Return (N, 25, 3), and where they come from."""
    if "openpose" in arrays and (arrays["openpose"][..., 2] > 0).any():
        return torch.from_numpy(arrays["openpose"].astype(np.float32)), "detected"
    if "part" not in arrays:
        raise DatasetError(f"{path} has neither openpose nor part: no 2D keypoints.")
    points = np.zeros((len(arrays["part"]), NUM_CANONICAL, 3), dtype=np.float32)
    for number, name in _PARTS.items():
        points[:, CANONICAL_NAMES.index(name)] = arrays["part"][:, number]
    return torch.from_numpy(points), "true"


def _camera(intrinsics: NDArray[np.generic] | None, count: int) -> Cameras:
    if intrinsics is None:
        return Cameras.unknown(count)
    k = torch.from_numpy(intrinsics.astype(np.float32))
    return Cameras.of(k[:, 0, 0], k[:, 1, 1], k[:, 0, 2], k[:, 1, 2])


def _actions(names: NDArray[np.generic] | None, count: int) -> Tensor:
    """Pictures of one actor's action (`S9_Walking.54138969_000001.jpg`) share a number."""
    if names is None:
        return torch.arange(count)
    stems = [Path(str(name)).name.split(".")[0] for name in names]
    return torch.from_numpy(np.unique(stems, return_inverse=True)[1])
