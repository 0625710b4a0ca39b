"""A population of adults to learn the shape space from, drawn by stature, body mass index and build."""

from dataclasses import dataclass

import numpy as np

from model.body.build.measure import body_mass_index, stature
from model.body.build.source import Float, Source
from model.body.build.tpose import leg_gain

YOUNG_ADULT = 2.0 / 3.0
"""anny's age at which a body is grown; 1 is old."""

STATURE = {"m": (1.765, 0.072), "f": (1.632, 0.066)}
"""Mean and standard deviation, metres."""

BMI = {"m": (25.3, 0.16), "f": (24.6, 0.20)}
"""Median, and standard deviation of the logarithm, of the body mass index in kg/m2."""

BMI_RANGE = (17.5, 38.0)
MUSCLE = {"m": 0.55, "f": 0.48}
WEIGHT_RANGE = (-0.3, 2.6)
HEIGHT_RANGE = (-0.3, 1.3)
BELLY_FROM_BMI = 25.0

LOCAL_SPREAD: dict[str, float] = {
    "upperlegs-height-incr": 0.12,
    "lowerlegs-height-incr": 0.12,
    "measure-upperarm-length-incr": 0.09,
    "measure-lowerarm-length-incr": 0.08,
    "torso-scale-vert-incr": 0.12,
    "torso-scale-horiz-incr": 0.15,
    "measure-shoulder-dist-incr": 0.15,
    "hip-scale-horiz-incr": 0.25,
    "neck-scale-vert-incr": 0.10,
    "torso-vshape-incr": 0.15,
    "stomach-tone-incr": 0.4,
    "buttocks-volume-incr": 0.4,
}
"""Standard deviation of each local change that is drawn by itself."""

HEAD_SIZE = ("head-scale-vert-incr", "head-scale-horiz-incr", "head-scale-depth-incr")
HEAD_SPREAD = 0.2
BELLY = "stomach-pregnant-incr"
BELLY_SPREAD = 0.4

SOLVER_STEPS = 6
LARGEST_STEP = 0.5
_FIRST_SLOPES = (1.0, 7.0)
"""Metres per unit of `height` and kg/m2 per unit of `weight`: where the solver starts."""


@dataclass(frozen=True)
class Draws:
    """N people: anny's phenotypes and local changes, each (N,), and what they were drawn to be."""

    phenotypes: dict[str, Float]
    changes: dict[str, Float]
    stature: Float
    bmi: Float


def draw(n: int, rng: np.random.Generator) -> Draws:
    """Draw n people, half of them women; `height` and `weight` are still to be solved for."""
    female = np.arange(n) % 2 == 1
    off = np.abs(rng.normal(0.0, 0.1, n))
    race = rng.dirichlet(np.ones(3), n)
    phenotypes = {
        "gender": np.where(female, 1.0 - off, off),
        "age": YOUNG_ADULT + rng.uniform(0.0, 0.25, n),
        "muscle": np.clip(rng.normal(np.where(female, MUSCLE["f"], MUSCLE["m"]), 0.2), 0.0, 1.0),
        "proportions": rng.beta(2.0, 2.0, n),
        "cupsize": np.clip(rng.normal(0.5, 0.2, n), 0.0, 1.0),
        "firmness": np.clip(rng.normal(0.5, 0.2, n), 0.0, 1.0),
        "african": race[:, 0],
        "asian": race[:, 1],
        "caucasian": race[:, 2],
        "height": np.full(n, 0.5),
        "weight": np.full(n, 0.5),
    }
    statures = rng.normal(*_by_sex(female, STATURE))
    median, sigma = _by_sex(female, BMI)
    bmi = np.clip(median * np.exp(rng.normal(0.0, sigma)), *BMI_RANGE)
    changes = {name: rng.normal(0.0, spread, n) for name, spread in LOCAL_SPREAD.items()}
    changes |= dict.fromkeys(HEAD_SIZE, rng.normal(0.0, HEAD_SPREAD, n))
    heavy = np.clip((bmi - BELLY_FROM_BMI) / 10.0, 0.0, 1.0)
    changes[BELLY] = heavy * np.abs(rng.normal(0.0, BELLY_SPREAD, n))
    return Draws(phenotypes, changes, statures, bmi)


def solve(source: Source, draws: Draws) -> Float:
    """Blend shape weights (N, K) of people with the stature and body mass index drawn.

    anny's `height` and `weight` are found by Broyden's method, the secant's for two unknowns: each
    step corrects the estimated Jacobian by what the last one got wrong.
    """
    wanted = np.stack([draws.stature, draws.bmi], axis=1)
    low, high = np.transpose([HEIGHT_RANGE, WEIGHT_RANGE])
    x = np.full(wanted.shape, 0.5)
    y = _stature_and_bmi(source, draws, x)
    jacobian = np.tile(np.diag(_FIRST_SLOPES), (len(x), 1, 1))
    for _ in range(SOLVER_STEPS):
        step = np.linalg.solve(jacobian, (wanted - y)[..., None])[..., 0]
        step = np.clip(x + np.clip(step, -LARGEST_STEP, LARGEST_STEP), low, high) - x
        x = x + step
        reached = _stature_and_bmi(source, draws, x)
        surprise = reached - y - np.einsum("nij,nj->ni", jacobian, step)
        length = np.maximum((step**2).sum(axis=1), 1e-8)
        jacobian += np.einsum("ni,nj->nij", surprise, step) / length[:, None, None]
        y = reached
    return _coefficients(source, draws, x)


def _coefficients(source: Source, draws: Draws, x: Float) -> Float:
    return source.coefficients({**draws.phenotypes, "height": x[:, 0], "weight": x[:, 1]}, draws.changes)


def _stature_and_bmi(source: Source, draws: Draws, x: Float, chunk: int = 300) -> Float:
    coefficients = _coefficients(source, draws, x)
    # The half's faces leave it open only on the plane through the origin, which adds nothing to a volume.
    measured = np.empty((len(x), 2))
    for start in range(0, len(x), chunk):
        part = coefficients[start : start + chunk]
        meshes = source.rest_vertices(part)
        tall = stature(meshes) + leg_gain(source, source.rest_heads(part))
        bmi = 2.0 * body_mass_index(meshes, source.faces, tall)
        measured[start : start + chunk] = np.stack([tall, bmi], axis=1)
    return measured


def _by_sex(female: np.ndarray, table: dict[str, tuple[float, float]]) -> tuple[Float, Float]:
    first, second = (np.where(female, table["f"][i], table["m"][i]) for i in (0, 1))
    return first, second
