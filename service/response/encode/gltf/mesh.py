"""Meshes of a glTF file as plain arrays: positions and normals per person, all else shared."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from service.engine.job import FloatArray
from service.response.encode.geometry import vertex_normals
from service.response.encode.gltf.builder import GlbBuilder
from service.response.encode.gltf.quantize import EXTENSION, METRES, Grid, to_bytes, to_shorts
from service.response.encode.gltf.rig import SkinSets


class Meshes(Protocol):
    """Writer of the meshes of people with the same body into one file."""

    def add(self, vertices: FloatArray, centre: FloatArray) -> tuple[dict[str, Any], Grid]:
        """Add a person's mesh.

        Args:
            vertices: (V, 3), metres.
            centre: (3,), metres: centre of a grid of quantized positions.

        Returns:
            A primitive without its material, and the grid of its positions.
        """


class StoredMeshes:
    """`Meshes` as plain arrays, which every reader of glTF supports."""

    def __init__(
        self, builder: GlbBuilder, faces: NDArray[np.integer], skin: SkinSets, *, quantized: bool
    ) -> None:
        self._builder = builder
        self._faces = faces
        self._quantized = quantized
        self._indices = builder.add_faces(faces)
        self._skin: dict[str, int] = {}
        for place, (joints, weights) in enumerate(skin):
            self._skin[f"JOINTS_{place}"] = builder.add_vectors(joints)
            self._skin[f"WEIGHTS_{place}"] = builder.add_vectors(weights, normalized=True)

    def add(self, vertices: FloatArray, centre: FloatArray) -> tuple[dict[str, Any], Grid]:
        """Add a person's mesh, as `Meshes.add`; people share faces, joints and weights."""
        attributes, grid = self._attributes(vertices, centre)
        return {"attributes": attributes | self._skin, "indices": self._indices}, grid

    def _attributes(self, vertices: FloatArray, centre: FloatArray) -> tuple[dict[str, int], Grid]:
        """Add accessors of positions and normals; return them with the grid of the positions."""
        builder, normals = self._builder, vertex_normals(vertices, self._faces)
        if not self._quantized:
            position = builder.add_vectors(vertices, bounds=True)
            return {"POSITION": position, "NORMAL": builder.add_vectors(normals)}, METRES
        builder.require(EXTENSION)
        shorts, grid = to_shorts(vertices, centre)
        position = builder.add_vectors(shorts, bounds=True)
        return {"POSITION": position, "NORMAL": builder.add_vectors(to_bytes(normals), normalized=True)}, grid
