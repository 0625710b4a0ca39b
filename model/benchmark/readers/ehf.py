"""EHF (Pavlakos et al., CVPR 2019): 100 pictures of one person with registered SMPL-X meshes.

Layout: `NN_2Djnt.json` (OpenPose BODY_25) and `NN_align.ply` (mesh of 10,475 vertices), as published, and
beside them `SMPLX_to_J14.pkl` or `.npy` (14, 10475), the joint regressor that SMPL-X's authors give,
since a mesh of SMPL-X has no joints.

Protocol: published detections; the known camera; 14 joints, the truth's by that regressor, the fit's by
Human3.6M's or the skeleton's own. The two bodies have different meshes, so that there is no PVE (papers
give vertex errors of SMPL-X fits); the joint definitions differ by a centimetre or so, which PA-MPJPE
carries as a floor.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.benchmark.dataset import DatasetError, EvaluationSet
from model.benchmark.readers.ply import read_ply_vertices
from model.benchmark.readers.truth import Truth
from model.body.arrays import BodyError
from model.body.pickled_arrays import value_of
from model.body.unpickler import read_pickle
from model.camera import Cameras
from model.evaluate.metrics import FOURTEEN
from model.keypoints.errors import InputError
from model.keypoints.layouts import Layout, to_canonical
from model.keypoints.openpose import read_openpose
from model.rotation import rotvec_to_matrix

# The data set's one camera: focal length and principal point, pixels; world to camera, axis-angle.
_FOCAL = 1498.22426237
_MIDDLE = (790.263706, 578.90334)
_ROTATION = (-2.98747896, 0.01172457, -0.05704687)


def read_ehf(folder: Path, truth: Truth) -> EvaluationSet:
    """All pictures of the folder; DatasetError if a file is missing or of another kind."""
    regressor = _regressor(folder)
    detections = sorted(folder.glob("*_2Djnt.json"))
    if not detections:
        raise DatasetError(f"No detections (*_2Djnt.json) found in {folder}.")
    points = torch.stack([_subject(path) for path in detections])
    meshes = [
        torch.from_numpy(read_ply_vertices(path.with_name(path.name.replace("_2Djnt.json", "_align.ply"))))
        for path in detections
    ]
    if any(len(mesh) != regressor.shape[1] for mesh in meshes):
        raise DatasetError(
            f"{folder}: the regressor is for {regressor.shape[1]} vertices, a mesh has others."
        )
    turn = rotvec_to_matrix(torch.tensor(_ROTATION))
    count = len(points)
    return EvaluationSet(
        name="ehf",
        protocol="EHF, published detections, known camera; truth: SMPL-X's 14 joints; "
        f"fit: {truth.convention}.",
        pixels=points[..., :2],
        confidence=points[..., 2],
        camera=Cameras.of(_FOCAL, _FOCAL, *_MIDDLE, count=count),
        truth=(regressor @ torch.stack(meshes).float()) @ turn.mT,
        joint_names=FOURTEEN,
        joints_of=truth.joints,
        group=torch.arange(count),
    )


def _subject(path: Path) -> Tensor:
    """The person of most keypoints (25, 3)."""
    try:
        people = read_openpose(json.loads(path.read_text()), Layout.BODY_25).people
        found = max(people, key=lambda person: int(person.observed.sum()))
    except (OSError, ValueError, InputError) as error:
        raise DatasetError(f"{path} holds no person as OpenPose writes it: {error}.") from error
    return torch.from_numpy(to_canonical(found.points, found.layout)).float()


def _regressor(folder: Path) -> Tensor:
    """Return (14, V)."""
    places = [folder / f"SMPLX_to_J14.{end}" for end in ("npy", "pkl")]
    path = next((place for place in places if place.exists()), None)
    if path is None:
        raise DatasetError(f"No SMPLX_to_J14.pkl or .npy found in {folder}: it comes with SMPL-X.")
    try:
        if path.suffix == ".pkl":
            matrix = value_of(read_pickle(path), path, "SMPLX_to_J14")
        else:
            with path.open("rb") as file:
                matrix = np.load(file, allow_pickle=False)
    except (OSError, EOFError, ValueError, BodyError) as error:
        raise DatasetError(f"{path} can't be read: {error}.") from error
    if matrix.ndim != 2 or len(matrix) != len(FOURTEEN):
        raise DatasetError(f"{path} must be (14, V), not {matrix.shape}.")
    return torch.from_numpy(matrix.astype(np.float32))
