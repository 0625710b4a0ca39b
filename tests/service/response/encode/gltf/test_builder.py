"""Accessors, buffer views and header of a GLB."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from service.response.encode.gltf.builder import GlbBuilder
from tests.service.response.encode.gltf_reader import Gltf, chunks

TYPES = st.sampled_from([np.float32, np.int8, np.uint8, np.int16, np.uint16])
ROWS = array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=4)


@pytest.mark.parametrize(("vertices", "component"), [(65535, 5123), (65536, 5125)])
def test_indices_have_the_smallest_type(vertices: int, component: int) -> None:
    builder = GlbBuilder("test", {})
    builder.add_faces(np.array([[0, 1, vertices - 1]]))
    builder.add("nodes", {"name": "nothing"})
    document, binary = chunks(builder.to_bytes())
    assert document["accessors"][0]["componentType"] == component
    assert len(binary) % 4 == 0


@given(st.lists(TYPES.flatmap(lambda dtype: arrays(dtype, ROWS)), min_size=1, max_size=5))
def test_vectors_are_read_back_from_aligned_rows(values: list[NDArray[Any]]) -> None:
    builder = GlbBuilder("test", {})
    indices = [builder.add_vectors(rows) for rows in values]
    builder.add("nodes", {"name": "root"})
    file = Gltf(builder.to_bytes())
    for index, rows in zip(indices, values, strict=True):
        np.testing.assert_array_equal(file.array(index), rows)
        view = file.document["bufferViews"][file.document["accessors"][index]["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        assert view.get("byteStride", rows.shape[1] * rows.itemsize) % 4 == 0


def test_scene_has_all_nodes_without_a_parent() -> None:
    builder = GlbBuilder("test", {"answer": 42})
    child = builder.add("nodes", {"name": "child"})
    builder.add("nodes", {"name": "parent", "children": [child]})
    builder.add("nodes", {"name": "other"})
    document, _ = chunks(builder.to_bytes())
    assert document["scenes"][document["scene"]]["nodes"] == [1, 2]
    assert document["asset"] == {"version": "2.0", "generator": "test", "extras": {"answer": 42}}


def test_required_extensions_are_declared_once() -> None:
    builder = GlbBuilder("test", {})
    builder.add("nodes", {"name": "root"})
    assert "extensionsUsed" not in chunks(builder.to_bytes())[0]
    for _ in range(2):
        builder.require("KHR_a")
    builder.require("KHR_b")
    document, _ = chunks(builder.to_bytes())
    assert document["extensionsUsed"] == document["extensionsRequired"] == ["KHR_a", "KHR_b"]
