"""A small reader of GLB files, written from glTF's specification alone: arrays, transforms, skinning.

Draco's blocks are decoded by DracoPy.
"""

import json
import struct
from typing import Any

import DracoPy
import numpy as np
from numpy.typing import NDArray

_DTYPES: dict[int, np.dtype[Any]] = {
    5120: np.dtype("i1"),
    5121: np.dtype("u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
# Draco's numbers of types: uint8, uint16, float32.
_DRACO_TYPES = {2: 5121, 4: 5123, 9: 5126}
_COLUMNS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}

Floats = NDArray[np.float64]


def chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the JSON and the binary chunk of a GLB, after checks of the header."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    assert size % 4 == 0
    binary_size, binary_kind = struct.unpack_from("<I4s", data, 20 + size)
    assert binary_kind == b"BIN\0"
    assert 28 + size + binary_size == length
    return json.loads(data[20 : 20 + size]), data[28 + size :]


class Gltf:
    """The contents of one file."""

    def __init__(self, data: bytes) -> None:
        self.document, self._binary = chunks(data)
        self.nodes: list[dict[str, Any]] = self.document["nodes"]
        self.decoded: dict[int, NDArray[Any]] = {}
        for mesh in self.document.get("meshes", ()):
            self._decode(mesh["primitives"][0])
        self._parents = {c: i for i, node in enumerate(self.nodes) for c in node.get("children", ())}

    def _decode(self, primitive: dict[str, Any]) -> None:
        """Decode a compressed primitive, and check that its accessors describe the result."""
        block = primitive.get("extensions", {}).get("KHR_draco_mesh_compression")
        if block is None:
            return
        mesh = DracoPy.decode(self._raw(self.document["bufferViews"][block["bufferView"]]))
        self.decoded[primitive["indices"]] = mesh.faces.reshape(-1, 1)
        assert block["attributes"].keys() == primitive["attributes"].keys()
        for name, identity in block["attributes"].items():
            part = mesh.get_attribute_by_unique_id(identity)
            index = primitive["attributes"][name]
            accessor = self.document["accessors"][index]
            assert _DRACO_TYPES[part["data_type"]] == accessor["componentType"]
            self.decoded[index] = part["data"].astype(_DTYPES[accessor["componentType"]])
        for index in (primitive["indices"], *primitive["attributes"].values()):
            accessor = self.document["accessors"][index]
            assert self.decoded[index].shape == (accessor["count"], _COLUMNS[accessor["type"]])
            assert "bufferView" not in accessor

    def _raw(self, view: dict[str, Any]) -> bytes:
        return self._binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]

    def array(self, index: int) -> NDArray[Any]:
        """Return an accessor's rows; normalized integers as numbers from -1 or 0 to 1."""
        accessor = self.document["accessors"][index]
        values = self.decoded[index] if index in self.decoded else self._stored(accessor)
        return values / np.iinfo(values.dtype).max if accessor.get("normalized") else values

    def _stored(self, accessor: dict[str, Any]) -> NDArray[Any]:
        view = self.document["bufferViews"][accessor["bufferView"]]
        values = np.frombuffer(self._raw(view), _DTYPES[accessor["componentType"]])
        values = values.reshape(accessor["count"], -1)
        columns = _COLUMNS[accessor["type"]]
        assert values.strides[0] == view.get("byteStride", columns * values.itemsize)
        return values[:, :columns]

    def attribute(self, mesh: int, name: str) -> tuple[dict[str, Any], NDArray[Any]]:
        """Return a mesh's accessor of one attribute, and its rows."""
        index = self.document["meshes"][mesh]["primitives"][0]["attributes"][name]
        return self.document["accessors"][index], self.array(index)

    def faces(self, mesh: int) -> NDArray[np.int64]:
        """Return a mesh's triangles (F, 3)."""
        flat = self.array(self.document["meshes"][mesh]["primitives"][0]["indices"])
        return flat.reshape(-1, 3).astype(np.int64)

    def node(self, name: str) -> dict[str, Any]:
        """Return the only node with a name."""
        (found,) = [node for node in self.nodes if node["name"] == name]
        return found

    def world(self, index: int) -> Floats:
        """Return a node's matrix (4, 4) in the scene."""
        node = self.nodes[index]
        local = np.eye(4)
        rotation = _rotation(np.array(node.get("rotation", [0, 0, 0, 1]), np.float64))
        local[:3, :3] = rotation * np.array(node.get("scale", [1, 1, 1]))
        local[:3, 3] = node.get("translation", [0, 0, 0])
        return self.world(self._parents[index]) @ local if index in self._parents else local

    def joints(self, name: str) -> Floats:
        """Return positions (24, 3) of a skinned node's joints in the scene."""
        skin = self.document["skins"][self.node(name)["skin"]]
        return np.stack([self.world(joint)[:3, 3] for joint in skin["joints"]])

    def vertices(self, name: str) -> Floats:
        """Return a node's vertices (V, 3) in the scene, skinned if it has a skin."""
        node = self.node(name)
        attributes = self.document["meshes"][node["mesh"]]["primitives"][0]["attributes"]
        points = np.pad(
            self.array(attributes["POSITION"]).astype(np.float64), ((0, 0), (0, 1)), constant_values=1
        )
        if "skin" not in node:
            return (points @ self.world(self.nodes.index(node)).T)[:, :3]
        skin = self.document["skins"][node["skin"]]
        # Matrices are written column by column.
        back = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        motions = np.stack([self.world(j) @ b for j, b in zip(skin["joints"], back, strict=True)])
        result = np.zeros_like(points)
        for place in range(sum(key.startswith("JOINTS_") for key in attributes)):
            joints, weights = (self.array(attributes[f"{kind}_{place}"]) for kind in ("JOINTS", "WEIGHTS"))
            result += np.einsum("vk,vkij,vj->vi", weights, motions[joints], points)
        return result[:, :3]


def _rotation(q: Floats) -> Floats:
    x, y, z, w = q
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
