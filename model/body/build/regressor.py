"""The joint regressor: each joint as a sparse mean of skin vertices around it."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

from model.body.build.source import Float
from model.body.build.symmetry import Welded
from model.body.joints import JOINT_NAMES, MIRRORED_JOINTS, PARENTS

RADIUS = 0.25
"""Metres around a joint within which vertices may take part in its mean."""

AT_LEAST = 200
"""Vertices that may take part however far they are."""

BENDING = 0.15
"""Weight of the equations that keep a joint in place when the body bends, against those of the rest pose."""

SUM_ROW = 100.0
"""Weight of the equation that makes the weights sum to one, against metres."""

RIDGE = 5e-3
"""Metres by which the fit may be worse for weights that are spread over more vertices."""

SMALLEST = 1e-5


def fit_regressor(samples: NDArray[np.float32], joints: Float, skinning: Float, welded: Welded) -> Float:
    """Sparse non-negative weights (24, V), rows summing to one, mirror-symmetric.

    Args:
        samples: (N, n, 3) half meshes in the T-pose.
        joints: (N, 24, 3) the joints of the same people.
        skinning: (V, 24) skinning weights.
        welded: how the V vertices come from the half's n.
    """
    mean = welded.points(samples.mean(axis=0, dtype=np.float64)).astype(np.float64)
    centres = joints.mean(axis=0)
    regressor = np.zeros((len(JOINT_NAMES), len(mean)))
    for joint, other in enumerate(MIRRORED_JOINTS):
        if joint > other:
            regressor[joint] = regressor[other][welded.mirror]
            continue
        on_midline = joint == other
        near = _near(mean, centres[joint], welded.imaged & on_midline)
        points = _points(samples, welded, near)
        bends = _bends(mean[near], skinning[near], centres, joint)
        if on_midline:
            # Fitted on one side only, and then shared with the other: x is right whatever the weights.
            points[..., 0] = bends[..., 0] = 0.0
        regressor[joint, near] = _fit(points, joints[:, joint], bends)
        if on_midline:
            regressor[joint] = 0.5 * (regressor[joint] + regressor[joint][welded.mirror])
    return regressor


def _near(mean: Float, centre: Float, excluded: NDArray[np.bool_]) -> NDArray[np.int64]:
    distance = np.where(excluded, np.inf, np.linalg.norm(mean - centre, axis=1))
    return np.flatnonzero(distance <= max(RADIUS, np.partition(distance, AT_LEAST)[AT_LEAST]))


def _points(samples: NDArray[np.float32], welded: Welded, chosen: NDArray[np.int64]) -> Float:
    points = samples[:, welded.of_half[chosen]].astype(np.float64)
    points[..., 0] *= np.where(welded.imaged[chosen], -1.0, 1.0)
    return points


def _bends(points: Float, skinning: Float, centres: Float, joint: int) -> Float:
    """Return terms (24, M, 3) with weighted sums of 0 if turning any joint takes the mean along with `joint`.

    Let turning joint k by R about its centre c move the share s of a vertex x. The vertex goes to
    x + s (R - 1)(x - c), so a weighted mean that equals the joint at rest follows it (when k is an ancestor,
    or itself) if the sum of (1 - s)(x - c) is zero, and stays (otherwise) if that of s (x - c) is.
    """
    terms = np.empty((len(PARENTS), *points.shape))
    for turned, centre in enumerate(centres):
        moved = skinning[:, [_descends(other, turned) for other in range(len(PARENTS))]].sum(axis=1)
        share = 1.0 - moved if _descends(joint, turned) else moved
        terms[turned] = share[:, None] * (points - centre)
    return terms


def _descends(joint: int, ancestor: int) -> bool:
    while joint > ancestor:
        joint = PARENTS[joint]
    return joint == ancestor


def _fit(points: Float, target: Float, bends: Float) -> Float:
    """Non-negative weights (M,), summing to one, that take points (N, M, 3) closest to the target (N, 3)."""
    n, m, _ = points.shape
    matrix = points.transpose(0, 2, 1).reshape(-1, m)
    still = BENDING * bends.transpose(0, 2, 1).reshape(-1, m)
    gram = matrix.T @ matrix / n + still.T @ still + SUM_ROW**2 + RIDGE**2 * np.eye(m)
    right = matrix.T @ target.reshape(-1) / n + SUM_ROW**2
    # The normal equations' Cholesky factor gives a small problem with the same solution.
    factor = cholesky(gram)
    weights = nnls(factor, solve_triangular(factor, right, trans="T"))[0]
    weights[weights < SMALLEST] = 0.0
    normalised: Float = weights / weights.sum()
    return normalised
