"""The peer that bodies are compared with: `smplx.SMPL` (the `smpl` extra) on the same arrays."""

from typing import Any

import numpy as np
import pytest
import roma
import torch

from model.body.arrays import N_POSE_FEATURES, BodyArrays
from model.body.body import dense_skinning
from model.body.joints import NUM_JOINTS


def smplx_body(table: dict[str, np.ndarray]) -> Any:
    """`smplx.SMPL` on a table of arrays under SMPL's keys; skips the test without the extra."""
    smplx = pytest.importorskip("smplx")
    struct = smplx.utils.Struct(**table)
    return smplx.SMPL("", data_struct=struct, batch_size=1)


def smpl_table(arrays: BodyArrays) -> dict[str, np.ndarray]:
    """The product's arrays under SMPL's keys, in SMPL's shapes."""
    posedirs = arrays.posedirs
    if posedirs is None:
        posedirs = np.zeros((arrays.n_vertices, 3, N_POSE_FEATURES), np.float32)
    return {
        "v_template": arrays.v_template,
        "shapedirs": arrays.shapedirs,
        "posedirs": posedirs,
        "f": arrays.faces,
        "weights": dense_skinning(arrays).numpy(),
        "J_regressor": arrays.j_regressor,
        "kintree_table": np.stack([arrays.parents, np.arange(NUM_JOINTS)]),
    }


def random_poses(batch: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Strong random poses: axis-angle (B, 24, 3), the same as matrices (B, 24, 3, 3), and betas (B, 10)."""
    generator = torch.Generator().manual_seed(seed)
    pose = torch.randn(batch, NUM_JOINTS, 3, generator=generator)
    return pose, roma.rotvec_to_rotmat(pose), torch.randn(batch, 10, generator=generator) * 2


def posed_by_smplx(peer: Any, pose: torch.Tensor, betas: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Vertices (B, V, 3) and joints (B, 45, 3; the first 24 are the skeleton's) as smplx poses them."""
    with torch.no_grad():
        output = peer(
            betas=betas,
            global_orient=pose[:, 0],
            body_pose=pose[:, 1:].flatten(1),
            transl=torch.zeros(len(pose), 3),
        )
    return output.vertices, output.joints
