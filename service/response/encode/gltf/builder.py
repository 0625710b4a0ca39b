"""Builder of binary glTF 2.0 files: accessors into one buffer, then header and chunks."""

import struct
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_COMPONENTS = {"float32": 5126, "int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125}
_TYPES = {3: "VEC3", 4: "VEC4", 16: "MAT4"}
_JSON_CHUNK, _BINARY_CHUNK = b"JSON", b"BIN\0"

# Rows of vertex attributes begin at multiples of this many bytes.
_ALIGNMENT = 4

# The largest uint16 index is not allowed, as it restarts a primitive.
_MOST_SHORT_INDICES = 65535


class GlbBuilder:
    """The parts of one file. Methods that add a part return its glTF index."""

    def __init__(self, generator: str, extras: dict[str, Any]) -> None:
        self._binary = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._asset = {"version": "2.0", "generator": generator, "extras": extras}
        self._extensions: dict[str, None] = {}
        self.parts: dict[str, list[dict[str, Any]]] = {}

    def add(self, kind: str, part: dict[str, Any]) -> int:
        """Add a part to a top-level list such as `nodes`, `meshes`, `cameras`, `materials`."""
        self.parts.setdefault(kind, []).append(part)
        return len(self.parts[kind]) - 1

    def require(self, extension: str) -> None:
        """Declare an extension of glTF that readers must support."""
        self._extensions[extension] = None

    def add_vectors(
        self, values: NDArray[Any], *, bounds: bool = False, normalized: bool = False, stored: bool = True
    ) -> int:
        """Add an accessor of vertex attributes (V, 3) or (V, 4).

        Args:
            values: float32, or integers of 8 or 16 bits.
            bounds: write minimum and maximum of each column, which glTF requires for positions.
            normalized: integers are fractions of the largest one.
            stored: False only describes values that an extension stores elsewhere.
        """
        accessor: dict[str, Any] = {"type": _TYPES[values.shape[1]], "count": len(values)}
        if bounds:
            columns = np.ascontiguousarray(values.T)  # many times as fast as along rows
            accessor |= {"min": columns.min(1).tolist(), "max": columns.max(1).tolist()}
        if normalized:
            accessor["normalized"] = True
        if not stored:
            return self._add_accessor(accessor, values.dtype)
        missing = -values.shape[1] * values.itemsize % _ALIGNMENT // values.itemsize
        padded = np.pad(values, ((0, 0), (0, missing)))
        stride = padded.shape[1] * padded.itemsize if missing else None
        return self._store(padded, accessor, _ARRAY_BUFFER, stride)

    def add_matrices(self, values: NDArray[np.float32]) -> int:
        """Add an accessor of 4 x 4 matrices (N, 16), column by column; not a vertex attribute."""
        return self._store(values, {"type": _TYPES[values.shape[1]], "count": len(values)}, None)

    def add_faces(self, faces: NDArray[np.integer], *, stored: bool = True) -> int:
        """Add an accessor of triangles (F, 3); unless stored, they are only described."""
        short = faces.max(initial=0) < _MOST_SHORT_INDICES
        flat = faces.reshape(-1).astype(np.uint16 if short else np.uint32)
        accessor = {"type": "SCALAR", "count": len(flat)}
        if not stored:
            return self._add_accessor(accessor, flat.dtype)
        return self._store(flat, accessor, _ELEMENT_ARRAY_BUFFER)

    def add_view(self, data: bytes, *, target: int | None = None, stride: int | None = None) -> int:
        """Append bytes to the file's buffer, and add a view of them."""
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        if stride is not None:
            view["byteStride"] = stride
        self._binary += data + bytes(-len(data) % 4)
        self._views.append(view)
        return len(self._views) - 1

    def _store(
        self, values: NDArray[Any], accessor: dict[str, Any], target: int | None, stride: int | None = None
    ) -> int:
        data = values.astype(values.dtype.newbyteorder("<")).tobytes()
        view = self.add_view(data, target=target, stride=stride)
        return self._add_accessor(accessor | {"bufferView": view}, values.dtype)

    def _add_accessor(self, accessor: dict[str, Any], dtype: np.dtype[Any]) -> int:
        self._accessors.append(accessor | {"componentType": _COMPONENTS[dtype.name]})
        return len(self._accessors) - 1

    def to_bytes(self) -> bytes:
        """Return the file, with all root nodes in its scene."""
        nodes = self.parts["nodes"]
        children = {child for node in nodes for child in node.get("children", ())}
        required = list(self._extensions)
        document = {
            "asset": self._asset,
            **({"extensionsUsed": required, "extensionsRequired": required} if required else {}),
            "scene": 0,
            "scenes": [{"nodes": [i for i in range(len(nodes)) if i not in children]}],
            **self.parts,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._binary)}],
        }
        header = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
        chunks = _chunk(_JSON_CHUNK, header + b" " * (-len(header) % 4))
        chunks += _chunk(_BINARY_CHUNK, bytes(self._binary))
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("<I4s", len(data), kind) + data
