"""Quantization of positions and normals."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from service.response.encode.gltf.quantize import to_bytes, to_shorts

Floats = NDArray[np.float32]
METRES = st.floats(-10, 10, width=32)


def test_grid_is_centred_as_requested_and_reaches_all_points() -> None:
    points = np.random.default_rng(0).normal(3, 2, (100, 3)).astype(np.float32)
    centre = points[7]
    values, grid = to_shorts(points, centre)
    assert np.abs(values).max() == 32767
    assert not values[7].any()
    error = grid.centre + grid.step * values.astype(np.float64) - points
    assert np.abs(error).max() <= 0.5 * grid.step * (1 + 1e-6)
    alike, _ = to_shorts(np.ones((4, 3), np.float32), np.ones(3, np.float32))
    assert not alike.any()


@given(arrays(np.float32, (6, 3), elements=METRES), arrays(np.float32, 3, elements=METRES))
def test_positions_are_exact_to_half_a_step(points: Floats, centre: Floats) -> None:
    shorts, grid = to_shorts(points, centre)
    restored = grid.centre + grid.step * shorts.astype(np.float64)
    assert np.abs(restored - points).max() <= 0.5 * grid.step + 1e-5


@given(st.floats(0, 2 * np.pi), st.floats(-1, 1))
def test_normals_are_exact_to_half_a_degree(azimuth: float, height: float) -> None:
    across = np.sqrt(1 - height * height)
    normal = np.array([[across * np.cos(azimuth), height, across * np.sin(azimuth)]], np.float32)
    restored = to_bytes(normal).astype(np.float64)
    cosine = float((restored / np.linalg.norm(restored) * normal).sum())
    assert cosine > np.cos(np.radians(0.5))
