"""Small files in the layouts of the licensed benchmarks, made of bodies with known truth."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.body.body import Body
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.names import CANONICAL_NAMES
from model.rotation import matrix_to_rotvec, rotvec_to_matrix
from tests.model.body.smpl_writer import python2_pickle
from tests.model.people import People, people_in_picture

FRAMES = 25
COCO_18 = [CANONICAL_NAMES.index(name) for name in LAYOUT_NAMES[Layout.COCO_18]]
INTRINSICS = np.array([[1100.0, 0, 960], [0, 1100.0, 540], [0, 0, 1]])
# World to camera.
TURN = rotvec_to_matrix(torch.tensor([0.4, -1.1, 0.2]))
SHIFT = torch.tensor([0.3, -0.2, 1.5])


def sequence(people: list[People], bodies: list[Body], genders: str) -> dict[str, Any]:
    """A table as 3DPW has it, an actor for each group of people; their world is not the camera's."""
    table: dict[str, Any] = {
        "sequence": "courtyard", "genders": list(genders), "img_frame_ids": np.arange(FRAMES),
        "cam_intrinsics": INTRINSICS, "texture_maps": [np.zeros((2, 2, 3), dtype=np.uint8)] * len(people),
        "poses": [], "betas": [], "trans": [], "poses2d": [], "campose_valid": [], "jointPositions": [],
    }  # fmt: skip
    camera = np.tile(np.eye(4), (FRAMES, 1, 1))
    camera[:, :3, :3], camera[:, :3, 3] = TURN.numpy(), SHIFT.numpy()
    table["cam_poses"] = camera
    for some, body in zip(people, bodies, strict=True):
        skeleton = body.skeleton(some.rotations, some.betas)
        root = TURN.mT @ some.rotations[:, :1]
        poses = matrix_to_rotvec(torch.cat([root, some.rotations[:, 1:]], 1))
        seen = torch.cat([some.pixels, some.confidence[..., None]], -1)[:, COCO_18]
        world = (skeleton.joints + some.translation[:, None] - SHIFT) @ TURN
        table["poses"].append(poses.flatten(1).double().numpy())
        table["betas"].append(some.betas[0].double().numpy())
        table["trans"].append(np.zeros((FRAMES, 3)))
        table["poses2d"].append(seen.mT.double().numpy())
        table["campose_valid"].append(np.ones(FRAMES, dtype=np.uint8))
        table["jointPositions"].append(world.flatten(1).double().numpy())
    return table


def actors(body: Body, count: int) -> list[People]:
    """People of one shape each."""
    every = [people_in_picture(body, FRAMES, seed) for seed in range(count)]
    return [one._replace(**_alike(one, body)) for one in every]


def _alike(people: People, body: Body) -> dict[str, Any]:
    betas = people.betas[:1].expand(FRAMES, -1)
    keypoints = body.skeleton(people.rotations, betas).keypoints[:, :25] + people.translation[:, None]
    return {"betas": betas, "pixels": people.camera.project(keypoints)}


def write_3dpw(folder: Path, split: str, table: object, protocol: int = 2) -> Path:
    """`sequenceFiles/<split>/courtyard.pkl`, as Python 2 wrote it."""
    path = folder / "sequenceFiles" / split / "courtyard.pkl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(python2_pickle(table, protocol))
    return path


def write_openpose(path: Path, people: list[np.ndarray]) -> None:
    """Keypoints (25, 3) of each person."""
    found = [{"person_id": [-1], "pose_keypoints_2d": points.ravel().tolist()} for points in people]
    path.write_text(json.dumps({"version": 1.3, "people": found}))


def write_ply(path: Path, vertices: np.ndarray, kind: str = "binary_little_endian") -> None:
    """A mesh of one triangle, with an unused colour for each vertex."""
    head = (
        f"ply\nformat {kind} 1.0\ncomment made up\nelement vertex {len(vertices)}\n"
        "property float x\nproperty float y\nproperty float z\nproperty uchar red\n"
        "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
    )
    if kind == "ascii":
        rows = "".join(f"{x} {y} {z} 7\n" for x, y, z in vertices) + "3 0 1 2\n"
        path.write_bytes(head.encode() + rows.encode())
        return
    order = "<" if kind == "binary_little_endian" else ">"
    records = np.zeros(len(vertices), dtype=[(axis, f"{order}f4") for axis in "xyz"] + [("red", "u1")])
    for column, axis in enumerate("xyz"):
        records[axis] = vertices[:, column]
    path.write_bytes(head.encode() + records.tobytes() + b"\x03" + np.arange(3, dtype=f"{order}i4").tobytes())
