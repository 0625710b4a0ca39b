"""From MakeHuman's half mesh to one of SMPL's size, and what it takes to carry arrays over to it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from model.body.arrays import BodyError
from model.body.build.source import Float

N_VERTICES = 6890
N_FACES = 13776
AGGRESSIVENESS = 3.0
NEAREST_TRIANGLES = 40
ON_MIDLINE = 1e-7

Faces = NDArray[np.int64]


@dataclass(frozen=True)
class Half:
    """A left half mesh and how its n vertices lie on the source's surface."""

    vertices: Float
    """(n, 3)."""
    faces: Faces
    carry: csr_matrix
    """(n, V) barycentric coordinates on the source's half: rows sum to one."""
    offset: Float
    """(n, 3) from there to the vertices: a coarser mesh lies closest to a surface when it crosses it."""
    midline: NDArray[np.bool_]
    """(n,) vertices on the plane of symmetry."""

    def carried(self, meshes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Meshes (N, n, 3) like those (N, V, 3) on the source's mesh."""
        return np.stack([self.carry @ mesh + self.offset for mesh in meshes]).astype(np.float32)


def remesh(vertices: Float, faces: Faces, midline: NDArray[np.bool_]) -> Half:
    """Decimate a left half mesh (V, 3) to half of SMPL's faces; the border on the plane x = 0 stays.

    Raises:
        BodyError: the decimation broke the surface.
    """
    from fast_simplification import simplify

    points, thinned = simplify(
        vertices, faces.astype(np.int32), target_count=N_FACES // 2, agg=AGGRESSIVENESS, preserve_border=True
    )
    on_plane = np.abs(points[:, 0]) < ON_MIDLINE
    if len(thinned) != N_FACES // 2 or on_plane.sum() != midline.sum():
        raise BodyError(f"Decimation left {len(thinned)} faces and {on_plane.sum()} border vertices.")
    _, carry = project(points, vertices, faces)
    carry = _keep_border(carry, points, vertices, on_plane, midline)
    points[on_plane, 0] = 0.0
    return Half(points, thinned.astype(np.int64), carry, points - carry @ vertices, on_plane)


def project(points: Float, vertices: Float, faces: Faces) -> tuple[Float, csr_matrix]:
    """The points of a surface closest to `points` (n, 3).

    Returns:
        Distances (n,) to the surface, and barycentric coordinates (n, V) on it.
    """
    import trimesh

    tools: Any = trimesh.triangles
    triangles = vertices[faces]
    near = cKDTree(triangles.mean(axis=1)).query(points, k=NEAREST_TRIANGLES)[1]
    repeated = np.repeat(points, NEAREST_TRIANGLES, axis=0)
    closest = tools.closest_point(triangles[near.ravel()], repeated).reshape(*near.shape, 3)
    distances = np.linalg.norm(closest - points[:, None], axis=2)
    rows, best = np.arange(len(points)), distances.argmin(axis=1)
    chosen = near[rows, best]
    weights = tools.points_to_barycentric(triangles[chosen], closest[rows, best])
    weights = np.clip(weights, 0.0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    shape = (len(points), len(vertices))
    carry = csr_matrix((weights.ravel(), (np.repeat(rows, 3), faces[chosen].ravel())), shape=shape)
    return distances[rows, best], carry


def _keep_border(
    carry: csr_matrix, points: Float, vertices: Float, on_plane: NDArray[np.bool_], midline: NDArray[np.bool_]
) -> csr_matrix:
    """Let each border vertex follow the source's border vertex it came from, exactly."""
    border = np.flatnonzero(midline)
    mine = border[cKDTree(vertices[border]).query(points[on_plane])[1]]
    exact = csr_matrix((np.ones(len(mine)), (np.flatnonzero(on_plane), mine)), shape=carry.shape)
    keep = csr_matrix((~on_plane).astype(float)[:, None])
    return (carry.multiply(keep) + exact).tocsr()
