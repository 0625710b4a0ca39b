"""Draco-compressed meshes of a glTF file (KHR_draco_mesh_compression)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.engine.job import FloatArray
from service.response.encode.geometry import vertex_normals
from service.response.encode.gltf.builder import GlbBuilder
from service.response.encode.gltf.quantize import METRES, Grid
from service.response.encode.gltf.rig import SkinSets

EXTENSION = "KHR_draco_mesh_compression"

# Bits for the body's largest extent along an axis; half a step is 0.06 mm for 2 m.
POSITION_BITS = 14
# Bits of each of two octahedral coordinates, exact to a quarter of a degree.
_NORMAL_BITS = 10
# The fastest level that predicts from the surface; 7 takes nearly twice as long to save a third of the bytes.
_LEVEL = 1


class DracoMeshes:
    """`Meshes` as one compressed block each: positions, normals, joints, weights and faces.

    Draco reorders vertices and faces, so that each mesh has separate faces. Readers get positions as float32
    metres, rounded to Draco's grid; joints and weights are unchanged.
    """

    def __init__(self, builder: GlbBuilder, faces: NDArray[np.integer], skin: SkinSets) -> None:
        self._builder = builder
        self._faces = faces
        self._skin: dict[str, NDArray[Any]] = {}
        for place, (joints, weights) in enumerate(skin):
            self._skin |= {f"JOINTS_{place}": joints, f"WEIGHTS_{place}": weights}
        builder.require(EXTENSION)

    def add(self, vertices: FloatArray, centre: FloatArray) -> tuple[dict[str, Any], Grid]:
        """Add a person's mesh, as `Meshes.add`; Draco chooses the grid, whatever the centre."""
        block = self._encode(vertices)
        attributes, ids, faces = self._describe(block)
        compressed = {"bufferView": self._builder.add_view(block), "attributes": ids}
        return {"attributes": attributes, "indices": faces, "extensions": {EXTENSION: compressed}}, METRES

    def _encode(self, vertices: FloatArray) -> bytes:
        import DracoPy  # takes 8 MB, and few requests need it

        block: bytes = DracoPy.encode(
            vertices,
            self._faces,
            quantization_bits=POSITION_BITS,
            compression_level=_LEVEL,
            normals=vertex_normals(vertices, self._faces).astype(np.float64),
            normal_quantization_bits=_NORMAL_BITS,
            # The keys become Draco's ids.
            generic_attributes=dict(enumerate(self._skin.values())) or None,
        )
        return block

    def _describe(self, block: bytes) -> tuple[dict[str, int], dict[str, int], int]:
        """Return accessors of a block's attributes, their Draco ids, and the accessor of its faces.

        The block is decoded for this, as Draco omits vertices without faces, and may merge or double others.
        """
        import DracoPy

        mesh = DracoPy.decode(block)
        names = {DracoPy.AttributeType.POSITION: "POSITION", DracoPy.AttributeType.NORMAL: "NORMAL"}
        accessors, ids = {}, {}
        for part in mesh.attributes:
            name = names.get(part["attribute_type"]) or list(self._skin)[part["unique_id"]]
            accessors[name] = self._add_accessor(name, part["data"])
            ids[name] = part["unique_id"]
        return accessors, ids, self._builder.add_faces(mesh.faces, stored=False)

    def _add_accessor(self, name: str, values: NDArray[Any]) -> int:
        if name in self._skin:
            values = values.astype(self._skin[name].dtype)  # DracoPy returns uint16 as uint32
        fractions = name.startswith("WEIGHTS")
        return self._builder.add_vectors(
            values, bounds=name == "POSITION", normalized=fractions, stored=False
        )
