"""A small body for tests: a ball around each joint, mirror-symmetric, with SMPL's landmark numbers."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.body.joints import JOINT_NAMES, MIRRORED_JOINTS, NUM_BETAS, NUM_JOINTS, PARENTS, mirrored
from model.body.landmarks import LANDMARK_VERTICES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Metres, y up, the body's left at +x; the right side is the left one's mirror image.
_JOINTS: dict[str, tuple[float, float, float]] = {
    "pelvis": (0.0, 0.0, 0.0), "left_hip": (0.07, -0.08, 0.0), "spine1": (0.0, 0.11, -0.02),
    "left_knee": (0.10, -0.47, 0.0), "spine2": (0.0, 0.25, 0.0), "left_ankle": (0.09, -0.87, -0.03),
    "spine3": (0.0, 0.30, 0.02), "left_foot": (0.11, -0.93, 0.08), "neck": (0.0, 0.51, -0.01),
    "left_collar": (0.08, 0.42, 0.0), "head": (0.0, 0.60, 0.03), "left_shoulder": (0.17, 0.45, -0.02),
    "left_elbow": (0.43, 0.44, -0.03), "left_wrist": (0.68, 0.45, -0.03), "left_hand": (0.77, 0.44, -0.04),
}  # fmt: skip

# The joint that moves each landmark, and where it is from there, metres.
_LANDMARKS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "nose": ("head", (0.0, 0.03, 0.10)), "left_eye": ("head", (0.03, 0.06, 0.08)),
    "left_ear": ("head", (0.07, 0.05, 0.0)), "head_top": ("head", (0.0, 0.20, 0.0)),
    "left_big_toe": ("left_foot", (0.0, -0.02, 0.08)), "left_small_toe": ("left_foot", (0.05, -0.02, 0.05)),
    "left_heel": ("left_ankle", (0.0, -0.06, -0.05)),
}  # fmt: skip

_RINGS, _SEGMENTS, _RADIUS = 12, 24, 0.05
_BALL = _RINGS * _SEGMENTS + 2
NUM_VERTICES = NUM_JOINTS * _BALL
_MIRROR = np.array([-1.0, 1.0, 1.0])


class _Ball(NamedTuple):
    """Points (n, 3), triangles counter-clockwise seen from outside, and each point's mirror image (n,)."""

    points: Floats
    triangles: list[list[int]]
    twins: Ints


@cache
def stick_body() -> BodyArrays:
    """The same arrays each time; don't change them in place."""
    ball, number = _ball(), _numbering()
    owner = np.repeat(np.arange(NUM_JOINTS), _BALL)
    points = np.tile(ball.points, (NUM_JOINTS, 1))
    for name in LANDMARK_VERTICES:
        points[_natural_landmark(name)] = _landmark(name)[1]
    template = _joints()[owner] + points
    directions = _shape_directions()[owner]
    directions[..., 0] += 0.03 * template
    faces = np.concatenate([np.array(ball.triangles) + _BALL * joint for joint in range(NUM_JOINTS)])
    regressor = np.kron(np.eye(NUM_JOINTS), np.full(_BALL, 1 / _BALL))
    back = np.argsort(number)
    return BodyArrays(
        name="stick",
        licence="Apache-2.0",
        provenance={"made by": "tests"},
        v_template=template[back].astype(np.float32),
        shapedirs=directions[back].astype(np.float32),
        faces=number[faces].astype(np.int32),
        parents=np.array(PARENTS),
        j_regressor=np.ascontiguousarray(regressor[:, back], np.float32),
        skin_joints=owner[back][:, None],
        skin_weights=np.ones((NUM_VERTICES, 1), np.float32),
    )


def mirror_vertices() -> Ints:
    """For each vertex (V,) the one at its mirror image; itself on the midline."""
    joints = np.array(MIRRORED_JOINTS)[:, None] * _BALL
    natural = (joints + _ball().twins).ravel()
    number = _numbering()
    twins: Ints = number[natural[np.argsort(number)]]
    return twins


def _ball() -> _Ball:
    polar = np.pi * np.arange(1, _RINGS + 1) / (_RINGS + 1)
    around = 2 * np.pi * np.arange(_SEGMENTS) / _SEGMENTS
    ring = np.stack([np.cos(around), np.zeros(_SEGMENTS), -np.sin(around)], 1)
    rings = [np.sin(p) * ring + [0, np.cos(p), 0] for p in polar]
    points = _RADIUS * np.concatenate([[[0, 1, 0]], *rings, [[0, -1, 0]]])
    opposite = (_SEGMENTS // 2 - np.arange(_SEGMENTS)) % _SEGMENTS
    twins = np.concatenate([[0], *(1 + r * _SEGMENTS + opposite for r in range(_RINGS)), [_BALL - 1]])
    points = (points + points[twins] * _MIRROR) / 2  # without rounding's difference
    return _Ball(points, [*_triangles()], twins)


def _triangles() -> list[list[int]]:
    triangles = []
    last = 1 + (_RINGS - 1) * _SEGMENTS
    for s in range(_SEGMENTS):
        t = (s + 1) % _SEGMENTS
        triangles += [[0, 1 + s, 1 + t], [last + s, _BALL - 1, last + t]]
        for a in range(1, last, _SEGMENTS):
            b = a + _SEGMENTS
            triangles += [[a + s, b + s, b + t], [a + s, b + t, a + t]]
    return triangles


def _joints() -> Floats:
    return np.array([_JOINTS.get(name) or _JOINTS[mirrored(name)] * _MIRROR for name in JOINT_NAMES])


def _landmark(name: str) -> tuple[int, Floats]:
    """The joint that moves a landmark, and its place from there."""
    if name in _LANDMARKS:
        joint, place = _LANDMARKS[name]
        return JOINT_NAMES.index(joint), np.array(place)
    joint, place = _LANDMARKS[mirrored(name)]
    return JOINT_NAMES.index(mirrored(joint)), np.array(place) * _MIRROR


def _natural_landmark(name: str) -> int:
    """The vertex of the unnumbered balls that is pulled out to be the landmark."""
    ball = _ball()
    joint, place = _landmark(name)
    if name not in _LANDMARKS:
        return joint * _BALL + int(ball.twins[_natural_landmark(mirrored(name)) % _BALL])
    midline = ball.twins == np.arange(_BALL)
    fitting = midline if mirrored(name) == name else ~midline
    along = np.where(fitting, ball.points @ place, -np.inf)
    return joint * _BALL + int(along.argmax())


def _numbering() -> Ints:
    """The number (V,) that each vertex of the balls gets, so that landmarks have SMPL's."""
    number = np.arange(NUM_VERTICES)
    for name, wanted in LANDMARK_VERTICES.items():
        vertex, holder = _natural_landmark(name), int(np.flatnonzero(number == wanted)[0])
        number[[vertex, holder]] = number[[holder, vertex]]
    return number


def _shape_directions() -> Floats:
    """How each joint's ball moves with shape (24, 3, 10), metres; mirror-symmetric."""
    directions = np.random.default_rng(0).normal(0, 0.005, (NUM_JOINTS, 3, NUM_BETAS))
    even: Floats = (directions + directions[list(MIRRORED_JOINTS)] * _MIRROR[:, None]) / 2
    return even
