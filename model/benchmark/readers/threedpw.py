"""3DPW (von Marcard et al., ECCV 2018): people in the wild, truth by inertial sensors and video.

Layout: `sequenceFiles/<split>/<sequence>.pkl` as published: a table written by Python 2 with, for each of the
one or two actors, `poses` (N, 72), `betas` (10,), `genders`, `poses2d` (N, 3, 18), `campose_valid` (N,) and
`jointPositions` (N, 72), and for all `cam_poses` (N, 4, 4) and `cam_intrinsics` (3, 3).

Protocol, as SPIN's and LGD's but for the root:
- frames with a valid camera pose, and in which OpenPose found six keypoints or more of the actor;
- the validation split every tenth frame, as LGD; others every frame;
- 2D keypoints are the published detections (COCO, 18 points), the camera is known;
- truth: the actor's body of the right gender, 14 joints by Human3.6M's regressor. Without gendered bodies
  the published joint positions are the truth, those of the skeleton itself, and there are no meshes;
- MPJPE relative to the middle of the hips (SPIN: to the regressor's pelvis, which differs by some mm).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError, EvaluationSet
from model.benchmark.readers.arrays import check_shapes
from model.benchmark.readers.truth import Truth
from model.body.arrays import BodyError
from model.body.joints import NUM_BETAS, NUM_JOINTS
from model.body.pickled_arrays import value_of
from model.body.unpickler import read_pickle
from model.camera import Cameras
from model.evaluate.metrics import FOURTEEN
from model.keypoints.layouts import Layout, to_canonical
from model.keypoints.openpose import LEAST_CONFIDENCE
from model.rotation import rotvec_to_matrix

_VALIDATION_STRIDE = 10
_FEWEST_KEYPOINTS = 6
_LISTS = ("poses", "betas", "poses2d", "campose_valid", "jointPositions")


@dataclass(frozen=True)
class _Actor:
    """One actor's usable frames: detections (F, 25, 3), and the truth in camera axes."""

    detected: NDArray[np.float64]
    intrinsics: NDArray[np.float64]
    rotations: Tensor
    betas: Tensor
    joints: Tensor
    gender: str


def read_3dpw(folder: Path, split: str, truth: Truth) -> EvaluationSet:
    """A split of 3DPW.

    Args:
        folder: with `sequenceFiles`.
        split: `train`, `validation` or `test`.
        truth: both gendered bodies, or none.

    Raises:
        DatasetError: the split is missing, or a file is damaged, of another layout, or asks for code.
    """
    files = sorted((folder / "sequenceFiles" / split).glob("*.pkl"))
    if not files:
        raise DatasetError(f"No sequences (*.pkl) found in {folder / 'sequenceFiles' / split}.")
    if bool(truth.bodies) != (len(truth.bodies) == 2) or (truth.regressor is not None and not truth.bodies):
        raise DatasetError("3DPW's truth needs both gendered bodies, or neither of them and no regressor.")
    stride = _VALIDATION_STRIDE if split == "validation" else 1
    actors = [actor for file in files for actor in _read_sequence(file, stride)]
    actors = [actor for actor in actors if len(actor.detected)]
    if not actors:
        raise DatasetError(f"{folder}: no frame of {split} has a valid camera and enough keypoints.")
    return _labelled(actors, split, truth)


def _labelled(actors: list[_Actor], split: str, truth: Truth) -> EvaluationSet:
    detected = torch.from_numpy(np.concatenate([actor.detected for actor in actors])).float()
    counts = torch.tensor([len(actor.detected) for actor in actors])
    group = torch.repeat_interleave(torch.arange(len(actors)), counts)
    cameras = torch.stack([torch.from_numpy(actor.intrinsics).float() for actor in actors])[group]
    gendered = bool(truth.bodies)
    whose = "bodies of the actors' gender" if gendered else "published joint positions"
    return EvaluationSet(
        name=f"3dpw-{split}",
        protocol=f"3DPW, {split}, published detections (COCO-18), known camera; {whose}; "
        f"{truth.convention}; actors' sequences drawn whole.",
        pixels=detected[..., :2],
        confidence=detected[..., 2],
        camera=Cameras.of(*(cameras[:, row, column] for row, column in ((0, 0), (1, 1), (0, 2), (1, 2)))),
        truth=_regressed(actors, truth) if gendered else torch.cat([actor.joints for actor in actors]),
        joint_names=FOURTEEN,
        joints_of=truth.joints,
        group=group,
        mesh=_meshes(actors, truth) if gendered else None,
    )


def _regressed(actors: list[_Actor], truth: Truth) -> Tensor:
    return torch.cat([truth.joints(truth.bodies[a.gender], a.rotations, a.betas) for a in actors])


def _meshes(actors: list[_Actor], truth: Truth) -> Callable[[Tensor], Tensor]:
    rotations, betas = (
        torch.cat(parts) for parts in zip(*((a.rotations, a.betas) for a in actors), strict=True)
    )
    genders = [actor.gender for actor in actors for _ in actor.betas]

    def of(some: Tensor) -> Tensor:
        each = [
            truth.bodies[genders[k]].vertices(rotations[k : k + 1], betas[k : k + 1]) for k in some.tolist()
        ]
        return torch.cat(each)

    return of


def _read_sequence(path: Path, stride: int) -> list[_Actor]:
    try:
        content = read_pickle(path)
        if not isinstance(content, dict):
            raise DatasetError(f"{path} is no sequence of 3DPW: it holds no table.")
        poses, intrinsics = (
            np.array(value_of(content[name], path, name), dtype=np.float64)
            for name in ("cam_poses", "cam_intrinsics")
        )
        genders = list(content["genders"])
        lists = {name: list(content[name]) for name in _LISTS}
        return [
            _actor(
                path,
                {name: value_of(lists[name][k], path, name) for name in _LISTS},
                poses,
                intrinsics,
                gender,
                stride,
            )
            for k, gender in enumerate(genders)
        ]
    except (KeyError, IndexError, TypeError) as error:
        raise DatasetError(f"{path} is no sequence of 3DPW: {error!r}.") from error
    except BodyError as error:
        raise DatasetError(str(error).replace("body file", "data file")) from error


def _actor(
    path: Path,
    arrays: dict[str, NDArray[np.generic]],
    camera: NDArray[np.float64],
    intrinsics: NDArray[np.float64],
    gender: object,
    stride: int,
) -> _Actor:
    betas = arrays.pop("betas").ravel()[:NUM_BETAS]
    shapes = {
        "poses": (None, 72),
        "poses2d": (None, 3, 18),
        "campose_valid": (None,),
        "jointPositions": (None, 72),
    }
    check_shapes(path, {**arrays, "cam_poses": camera}, {**shapes, "cam_poses": (None, 4, 4)})
    if gender not in ("m", "f") or betas.shape != (NUM_BETAS,) or intrinsics.shape != (3, 3):
        raise DatasetError(f"{path}: gender, betas or intrinsics of an actor are not 3DPW's.")
    published = arrays["poses2d"].astype(np.float64).transpose(0, 2, 1)
    points = to_canonical(published, Layout.COCO_18)
    points[points[..., 2] < LEAST_CONFIDENCE] = 0
    found = (published[..., 2] >= LEAST_CONFIDENCE).sum(1) >= _FEWEST_KEYPOINTS
    kept = np.flatnonzero(
        arrays["campose_valid"].astype(bool) & found & (np.arange(len(points)) % stride == 0)
    )
    turn = torch.from_numpy(camera[kept, :3, :3]).float()
    shift = torch.from_numpy(camera[kept, :3, 3]).float()
    rotations = rotvec_to_matrix(_tensor(arrays["poses"][kept]).unflatten(1, (NUM_JOINTS, 3)))
    joints = _tensor(arrays["jointPositions"][kept]).unflatten(1, (NUM_JOINTS, 3))
    return _Actor(
        detected=points[kept],
        intrinsics=intrinsics,
        rotations=torch.cat([(turn @ rotations[:, 0])[:, None], rotations[:, 1:]], 1),
        betas=_tensor(betas).expand(len(kept), -1),
        joints=(joints @ turn.mT + shift[:, None])[:, list(SKELETON_FOURTEEN.joints)],
        gender=str(gender),
    )


def _tensor(array: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))
