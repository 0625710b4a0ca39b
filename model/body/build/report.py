"""Figures that say how good a built body is."""

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.body.build.measure import mass, stature
from model.body.build.shape_space import ShapeSpace
from model.body.build.source import Float
from model.body.build.symmetry import Welded

Samples = NDArray[np.float32]


def traits(samples: Samples, welded: Welded) -> Float:
    """Stature in metres and body mass index of half meshes (N, n, 3), as (N, 2)."""
    tall = stature(samples)
    heavy = np.array([float(mass(welded.points(sample), welded.faces)) for sample in samples])
    return np.stack([tall, heavy / tall**2], axis=1)


def build_report(
    arrays: BodyArrays, space: ShapeSpace, samples: Samples, areas: Float, joints: Float, welded: Welded
) -> dict[str, float | int | str]:
    """Measure a body on people it was not learned from: half meshes (N, n, 3) and joints (N, 24, 3)."""
    betas = space.project(samples, areas)
    shapes = space.shapes(betas)
    off = np.linalg.norm(shapes - samples, axis=2)
    given = traits(samples, welded)
    fitted_joints = np.linalg.norm(_joints(arrays, welded.points(shapes)) - joints, axis=2)
    exact_joints = np.linalg.norm(_joints(arrays, welded.points(samples)) - joints, axis=2)
    return {
        "vertices": arrays.n_vertices,
        "faces": len(arrays.faces),
        "variance_explained": space.explained,
        "held_out_mean_mm": 1e3 * float(off.mean()),
        "held_out_area_mean_mm": 1e3 * float(np.average(off, weights=areas, axis=1).mean()),
        "held_out_p95_mm": 1e3 * float(np.percentile(off, 95)),
        "joints_mean_mm": 1e3 * float(fitted_joints.mean()),
        "joints_p95_mm": 1e3 * float(np.percentile(fitted_joints, 95)),
        "regressor_mean_mm": 1e3 * float(exact_joints.mean()),
        "regressor_p95_mm": 1e3 * float(np.percentile(exact_joints, 95)),
        "beta1_stature_correlation": float(np.corrcoef(betas[:, 0], given[:, 0])[0, 1]),
        "beta2_bmi_correlation": float(np.corrcoef(betas[:, 1], given[:, 1])[0, 1]),
        **_extremes(arrays),
        "regressor_nonzeros_min": int((arrays.j_regressor > 0).sum(axis=1).min()),
        "regressor_nonzeros_max": int((arrays.j_regressor > 0).sum(axis=1).max()),
    }


def _joints(arrays: BodyArrays, meshes: NDArray[np.floating]) -> Float:
    joints: Float = np.einsum("jv,nvc->njc", arrays.j_regressor, meshes, optimize=True)
    return joints


def _extremes(arrays: BodyArrays) -> dict[str, float]:
    """Stature and mass of the template, and at two standard deviations of the betas they are named by."""

    def shape(index: int, beta: float) -> Float:
        return arrays.v_template.astype(np.float64) + beta * arrays.shapedirs[..., index]

    return {
        "template_stature_m": float(stature(arrays.v_template)),
        "template_mass_kg": float(mass(arrays.v_template, arrays.faces)),
        "stature_at_beta1_minus2_m": float(stature(shape(0, -2))),
        "stature_at_beta1_plus2_m": float(stature(shape(0, 2))),
        "mass_at_beta2_minus2_kg": float(mass(shape(1, -2), arrays.faces)),
        "mass_at_beta2_plus2_kg": float(mass(shape(1, 2), arrays.faces)),
    }
