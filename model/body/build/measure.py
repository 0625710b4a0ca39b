"""Measures of meshes: stature, volume, mass and areas."""

import numpy as np
from numpy.typing import NDArray

from model.body.build.source import Float

DENSITY = 980.0
"""kg/m3, of a body with air in its lungs."""

Meshes = NDArray[np.floating]


def stature(vertices: Meshes) -> Float:
    """Height in metres (N,) of standing meshes (N, V, 3)."""
    heights: Float = np.ptp(vertices[..., 1], axis=-1).astype(np.float64)
    return heights


def volume(vertices: Meshes, faces: NDArray[np.integer]) -> Float:
    """Volume in m3 (N,) of closed meshes (N, V, 3): the sum of tetrahedra from the origin."""
    a, b, c = (vertices[..., faces[:, i], :] for i in range(3))
    volumes: Float = np.einsum("...fi,...fi->...", np.cross(a, b), c, dtype=np.float64) / 6.0
    return volumes


def mass(vertices: Meshes, faces: NDArray[np.integer]) -> Float:
    """Mass in kilograms (N,) of closed meshes (N, V, 3)."""
    return DENSITY * volume(vertices, faces)


def body_mass_index(vertices: Meshes, faces: NDArray[np.integer], tall: Float) -> Float:
    """Mass by the square of the stature `tall` (N,), kg/m2."""
    return mass(vertices, faces) / tall**2


def vertex_areas(vertices: Meshes, faces: NDArray[np.integer]) -> Float:
    """Each vertex's share (V,) of the surface, m2."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0
    shares = np.zeros(len(vertices))
    for corner in range(3):
        np.add.at(shares, faces[:, corner], areas / 3.0)
    return shares
