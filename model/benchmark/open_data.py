"""Data sets of the benchmark: motion capture seen by a made-up camera, sequences of it, real detections."""

import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError, EvaluationSet, Keypoints
from model.body.body import Body
from model.body.joints import NUM_BETAS, NUM_JOINTS
from model.camera import Cameras
from model.data.keypoint_noise import detect
from model.data.library import PoseLibrary
from model.data.synthesis import SynthesisConfig, photograph
from model.data.viewpoint import random_orientation
from model.evaluate.detections import LIMBS, Frames, read_detections
from model.evaluate.metrics import FOURTEEN
from model.evaluate.poses import PROTOCOLS
from model.keypoints.names import CANONICAL_NAMES, NUM_CANONICAL
from model.rotation import rotvec_to_matrix

_OWN_JOINTS = "14 joints of the fitted body itself"
# Frames of a sequence of the same person that are drawn together in the bootstrap.
_BLOCK = 10
# From the middle of a sequence's way to the camera, metres.
_DISTANCE = 7.0


def posed_people(library: PoseLibrary, body: Body, name: str, seed: int = 0) -> dict[str, EvaluationSet]:
    """Every pose once, clean and noisy: the people of `hmr evaluate poses`."""
    people = {}
    for protocol, config in PROTOCOLS.items():
        generator = torch.Generator().manual_seed(seed)
        betas = torch.randn(len(library), NUM_BETAS, generator=generator).clamp(-3, 3)
        pixels, confidence, rotations, camera = photograph(library.rotations, betas, body, config, generator)
        people[f"{name}-{protocol}"] = _posed(
            f"{name}-{protocol}",
            f"Posed bodies, {protocol} 2D keypoints, known camera; {_OWN_JOINTS}; people drawn one by one.",
            body, (pixels, confidence), camera, rotations, betas, torch.arange(len(library)),
        )  # fmt: skip
    return people


def sequence_people(path: Path, body: Body, seed: int = 0) -> dict[str, EvaluationSet]:
    """Sequences of motion capture from a camera that stands still, each of a body of random shape.

    Args:
        path: npz with `poses` (M, 24, 3), `trans` (M, 3), `start` and `end` of each sequence, and `fps`.
        body: the photographed body.
        seed: of viewpoints, shapes and noise.

    Raises:
        DatasetError: the file is of another kind.
    """
    poses, trans, sequence, frame, fps = _read_sequences(path)
    return {
        f"films-{protocol}": _sequence_set(protocol, config, body, (poses, trans, sequence, frame), fps, seed)
        for protocol, config in PROTOCOLS.items()
    }


def detected_people(folder: Path) -> EvaluationSet:
    """Real detections of calibrated cameras with triangulated truth, scored on the 12 limb keypoints.

    Raises:
        DetectionsError: the folder is of another layout.
    """
    cameras = read_detections(folder)
    every: list[Frames] = list(cameras.values())
    blocks = [torch.arange(len(some.pixels)) // _BLOCK + 1000 * k for k, some in enumerate(every)]
    return EvaluationSet(
        name="detections",
        protocol=f"Real detections of one person ({', '.join(cameras)}), known camera; 12 limb keypoints, "
        f"truth by triangulation; blocks of {_BLOCK} frames drawn.",
        pixels=torch.cat([some.pixels for some in every]),
        confidence=torch.cat([some.confidence for some in every]),
        camera=Cameras.cat([some.camera for some in every]),
        truth=torch.cat([some.truth for some in every])[:, LIMBS],
        joint_names=tuple(CANONICAL_NAMES[joint] for joint in LIMBS),
        joints_of=Keypoints(tuple(LIMBS)),
        group=torch.cat(blocks),
    )


def _posed(
    name: str,
    protocol: str,
    body: Body,
    detected: tuple[Tensor, Tensor],
    camera: Cameras,
    rotations: Tensor,
    betas: Tensor,
    group: Tensor,
) -> EvaluationSet:
    """Return people posed on the body itself, rotations (N, 24, 3, 3) in camera axes."""
    return EvaluationSet(
        name=name,
        protocol=protocol,
        pixels=detected[0],
        confidence=detected[1],
        camera=camera,
        truth=SKELETON_FOURTEEN(body, rotations, betas),
        joint_names=FOURTEEN,
        joints_of=SKELETON_FOURTEEN,
        group=group,
        mesh=lambda some: body.vertices(rotations[some], betas[some]),
    )


def _sequence_set(
    protocol: str,
    config: SynthesisConfig,
    body: Body,
    sequences: tuple[Tensor, Tensor, Tensor, Tensor],
    fps: float,
    seed: int,
) -> EvaluationSet:
    poses, trans, sequence, frame = sequences
    generator = torch.Generator().manual_seed(seed)
    count = int(sequence.max()) + 1
    turn = random_orientation(torch.eye(3).expand(count, 3, 3), config.view, generator)[sequence]
    betas = torch.randn(count, NUM_BETAS, generator=generator).clamp(-3, 3)[sequence]
    middle = torch.stack([trans[sequence == k].mean(0) for k in range(count)])[sequence]
    rotations = torch.cat([(turn @ poses[:, 0])[:, None], poses[:, 1:]], 1)
    keypoints = body.skeleton(rotations, betas).keypoints[:, :NUM_CANONICAL]
    place = (turn @ (trans - middle).unsqueeze(-1)).squeeze(-1) + torch.tensor([0.0, 0.0, _DISTANCE])
    placed = keypoints + place[:, None]
    detected = detect(placed[..., :2] / placed[..., 2:].clamp_min(0.3), config.detector, generator)
    camera = Cameras.of(1.0, 1.0, 0.0, 0.0, count=len(sequence))
    description = (
        f"Films of posed bodies, {fps:g} frames/s, from a camera that stands still, each frame fitted alone, "
        f"{protocol} 2D keypoints; {_OWN_JOINTS}; films drawn whole."
    )
    posed = _posed(f"films-{protocol}", description, body, detected, camera, rotations, betas, sequence)
    return EvaluationSet(**{**vars(posed), "frame": frame, "fps": fps})


def _read_sequences(path: Path) -> tuple[Tensor, Tensor, Tensor, Tensor, float]:
    """Rotations (M, 24, 3, 3), translations (M, 3), sequence and frame of each (M,), frames a second."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
            poses, trans = (torch.from_numpy(data[name].astype(np.float32)) for name in ("poses", "trans"))
            pieces = [range(int(a), int(b)) for a, b in zip(data["start"], data["end"], strict=True)]
            fps = float(data["fps"])
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} is no file of sequences: {error}.") from error
    if poses.shape[1:] != (NUM_JOINTS, 3) or trans.shape != (len(poses), 3) or not pieces:
        raise DatasetError(f"{path}: poses must be (M, 24, 3) with trans (M, 3), in one sequence or more.")
    if not all(0 <= piece.start < piece.stop <= len(poses) for piece in pieces):
        raise DatasetError(f"{path}: start and end must lie within its {len(poses)} poses.")
    rows = torch.tensor([row for piece in pieces for row in piece])
    sequence = torch.tensor([k for k, piece in enumerate(pieces) for _ in piece])
    frame = torch.tensor([k for piece in pieces for k in range(len(piece))])
    return rotvec_to_matrix(poses[rows]), trans[rows], sequence, frame, fps
