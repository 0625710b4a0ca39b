"""Geometry that several mesh formats share: axes and normals."""

import itertools

import numpy as np
from numpy.typing import NDArray

from service.engine.job import FloatArray

# Half a turn about x: from the camera's axes (y down, z forward) to glTF's. It keeps handedness, so that
# faces keep their winding.
TO_Y_UP = np.array([1.0, -1.0, -1.0], dtype=np.float32)


def vertex_normals(vertices: FloatArray, faces: NDArray[np.integer]) -> FloatArray:
    """Return unit normals (V, 3), area-weighted means of the adjacent faces'; arbitrary without faces."""
    corners = np.take(vertices.astype(np.float64), faces.T, axis=0).transpose(0, 2, 1)
    along, aside = corners[1] - corners[0], corners[2] - corners[0]
    # The cross product by coordinates: np.cross takes twice as long.
    across = along[[1, 2, 0]] * aside[[2, 0, 1]] - along[[2, 0, 1]] * aside[[1, 2, 0]]
    sums = np.zeros((3, len(vertices)))
    for corner, axis in itertools.product(faces.T.astype(np.intp), range(3)):
        sums[axis] += np.bincount(corner, across[axis], minlength=len(vertices))
    length = np.sqrt(np.square(sums).sum(0))
    normals = np.where(length > 1e-12, sums / np.maximum(length, 1e-12), [[0.0], [1.0], [0.0]])
    unit: FloatArray = np.ascontiguousarray(normals.T, np.float32)
    return unit
