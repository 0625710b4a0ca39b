"""Vertices of a PLY file, as scanners and mesh tools write them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.benchmark.dataset import DatasetError

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">"}
_END = b"end_header\n"


def read_ply_vertices(path: Path) -> NDArray[np.float64]:
    """Return vertices (V, 3); DatasetError unless the PLY begins with vertices that have x, y and z."""
    try:
        head, end, body = path.read_bytes().replace(b"end_header\r\n", _END, 1).partition(_END)
        lines = [line.split() for line in head.decode("ascii").splitlines()]
        if lines[0] != ["ply"] or not end:
            raise ValueError("no PLY header")
        kind = next(line[1] for line in lines if line[0] == "format")
        count, fields = _vertex_element(lines)
        if kind == "ascii":
            rows = np.array(b" ".join(body.splitlines()[:count]).split(), dtype=np.float64)
            table = dict(zip(fields, rows.reshape(count, len(fields)).T, strict=True))
        else:
            layout = np.dtype([(name, _ORDERS[kind] + code) for name, code in fields.items()])
            records = np.frombuffer(body, layout, count)
            table = {name: records[name] for name in fields}
        return np.stack([np.asarray(table[axis], dtype=np.float64) for axis in "xyz"], 1)
    except (OSError, ValueError, LookupError, StopIteration) as error:
        raise DatasetError(f"{path} is no PLY file of a mesh: {error}.") from error


def _vertex_element(lines: list[list[str]]) -> tuple[int, dict[str, str]]:
    """Return how many vertices, and the type of each property in order; the element must come first."""
    elements = [k for k, line in enumerate(lines) if line[0] == "element"]
    first = lines[elements[0]]
    if first[1] != "vertex":
        raise ValueError("its first element is not vertex")
    stop = elements[1] if len(elements) > 1 else len(lines)
    properties = [line for line in lines[elements[0] + 1 : stop] if line[0] == "property"]
    return int(first[2]), {name: _TYPES[kind] for _, kind, name in properties}
