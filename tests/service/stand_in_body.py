"""A body that no file is needed for: a ball around each joint of a skeleton in T-pose."""

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.body.joints import NUM_JOINTS, PARENTS

_RINGS, _SEGMENTS = 13, 22
_RADIUS = 0.05

# y up, the body's left at +x, metres.
_JOINTS = np.array([
    [0, 0, 0], [.07, -.09, 0], [-.07, -.09, 0], [0, .11, 0], [.08, -.48, 0], [-.08, -.48, 0], [0, .24, 0],
    [.08, -.88, 0], [-.08, -.88, 0], [0, .30, 0], [.09, -.94, .12], [-.09, -.94, .12], [0, .50, 0],
    [.08, .41, 0], [-.08, .41, 0], [0, .60, 0], [.18, .45, 0], [-.18, .45, 0], [.44, .45, 0], [-.44, .45, 0],
    [.69, .45, 0], [-.69, .45, 0], [.78, .45, 0], [-.78, .45, 0],
])  # fmt: skip


def stand_in_body() -> BodyArrays:
    """24 balls of 288 vertices, enough for the numbers of SMPL's landmarks."""
    points, triangles = _ball()
    size = len(points)
    vertices = np.concatenate([points + joint for joint in _JOINTS])
    faces = np.concatenate([triangles + size * joint for joint in range(NUM_JOINTS)])
    shapedirs = np.zeros((len(vertices), 3, 10), np.float32)
    shapedirs[..., 0] = 0.03 * vertices  # taller
    shapedirs[:, 2, 1] = 0.1 * vertices[:, 2]  # deeper
    return BodyArrays(
        name="balls",
        licence="Apache-2.0",
        v_template=vertices.astype(np.float32),
        shapedirs=shapedirs,
        faces=faces.astype(np.int32),
        parents=np.array(PARENTS),
        j_regressor=np.kron(np.eye(NUM_JOINTS), np.full(size, 1 / size)).astype(np.float32),
        skin_joints=np.repeat(np.arange(NUM_JOINTS), size)[:, None],
        skin_weights=np.ones((len(vertices), 1), np.float32),
    )


def _ball() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Vertices (288, 3) and triangles, counter-clockwise seen from outside."""
    polar = np.pi * np.arange(1, _RINGS + 1) / (_RINGS + 1)
    around = 2 * np.pi * np.arange(_SEGMENTS) / _SEGMENTS
    ring = np.stack([np.cos(around), np.zeros(_SEGMENTS), -np.sin(around)], 1)
    rings = [np.sin(p) * ring + [0, np.cos(p), 0] for p in polar]
    vertices = _RADIUS * np.concatenate([[[0, 1, 0]], *rings, [[0, -1, 0]]])
    triangles = []
    for s in range(_SEGMENTS):
        t = (s + 1) % _SEGMENTS
        triangles.append([0, 1 + s, 1 + t])
        for r in range(_RINGS - 1):
            a, b = 1 + r * _SEGMENTS, 1 + (r + 1) * _SEGMENTS
            triangles += [[a + s, b + s, b + t], [a + s, b + t, a + t]]
        last = 1 + (_RINGS - 1) * _SEGMENTS
        triangles.append([last + s, len(vertices) - 1, last + t])
    return vertices, np.array(triangles)
