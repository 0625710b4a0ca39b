"""SMPL's T-pose on MakeHuman's rig: straight limbs, elbows that bend forward, palms down."""

import numpy as np
from numpy.typing import NDArray

from model.body.build.source import Float, Source

Meshes = NDArray[np.float32]

CLAVICLE_RAISE = np.deg2rad(10.0)
SHOULDER_RAISE = np.deg2rad(18.0)
"""Rotation of shoulder01, the clavicle's included."""

DOWN = np.array([0.0, -1.0, 0.0])
FORWARD = np.array([0.0, 0.0, 1.0])


def tpose_rotations(source: Source, heads: Float) -> Float:
    """World rotation of every bone from rest to T-pose, (N, B, 3, 3), for rest heads (N, B, 3)."""
    chosen: dict[int, Float] = {0: np.broadcast_to(np.eye(3), (len(heads), 3, 3))}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        named = {**_arm(source, heads, side, sign), **_leg(source, heads, side)}
        chosen |= {source.bone(f"{name}.{side}"): rotation for name, rotation in named.items()}
    rotations = np.empty((*heads.shape[:2], 3, 3))
    for bone, parent in enumerate(source.bone_parents):
        rotations[:, bone] = chosen.get(bone, rotations[:, max(parent, 0)])
    return rotations


def posed_heads(source: Source, heads: Float, rotations: Float) -> Float:
    """Bone heads (N, B, 3) after turning the bones; the root stays where it is."""
    posed = heads.copy()
    for bone, parent in enumerate(source.bone_parents):
        if parent >= 0:
            offset = heads[:, bone] - heads[:, parent]
            posed[:, bone] = posed[:, parent] + np.einsum("nij,nj->ni", rotations[:, parent], offset)
    return posed


def skin(source: Source, vertices: Meshes, heads: Float, rotations: Float) -> Meshes:
    """Rest meshes (N, V, 3) skinned with all bones' weights."""
    shift = posed_heads(source, heads, rotations) - np.einsum("nbij,nbj->nbi", rotations, heads)
    motions = np.concatenate([rotations, shift[..., None]], axis=-1).astype(np.float32)
    weights = source.weights.astype(np.float32)
    posed = np.empty_like(vertices)
    for out, points, motion in zip(posed, vertices, motions, strict=True):
        blended = (weights @ motion.reshape(len(motion), 12)).reshape(-1, 3, 4)
        np.einsum("vij,vj->vi", blended[..., :3], points, out=out)
        out += blended[..., 3]
    return posed


def leg_gain(source: Source, heads: Float) -> Float:
    """Return the height (N,) that the T-pose gains over the rest pose, which has spread legs."""
    hip, knee, ankle = (heads[:, source.bone(f"{b}.L")] for b in ("upperleg01", "lowerleg01", "foot"))
    length: Float = np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1)
    return length - (hip - ankle)[:, 1]


def _arm(source: Source, heads: Float, side: str, sign: float) -> dict[str, Float]:
    """Rotations of an arm's bones; `sign` is +1 on the left, where the arm points to +x."""
    at = {b: heads[:, source.bone(f"{b}.{side}")] for b in _ARM}
    upper = _unit(at["lowerarm01"] - at["upperarm01"])
    fore = _unit(at["wrist"] - at["lowerarm01"])
    hand = _unit(at["finger3-1"] - at["wrist"])
    # The rest elbow is bent by about 40 degrees, so its hinge is known: the normal of the bend.
    hinge = _unit(np.cross(upper, fore))
    out = np.array([sign, 0.0, 0.0])
    straight_hinge = sign * DOWN
    upper_turn = _frame_to_frame(upper, hinge, out, straight_hinge)
    fore_turn = _frame_to_frame(fore, hinge, out, straight_hinge)
    hand_turn = _frame_to_frame(hand, at["finger2-1"] - at["finger5-1"], out, FORWARD)
    return {
        "clavicle": _about_z(len(heads), sign * CLAVICLE_RAISE),
        "shoulder01": _about_z(len(heads), sign * SHOULDER_RAISE),
        "upperarm01": upper_turn,
        "upperarm02": upper_turn,
        "lowerarm01": fore_turn,
        "lowerarm02": _half_twist_x(hand_turn @ fore_turn.swapaxes(1, 2)) @ fore_turn,
        "wrist": hand_turn,
    }


_ARM = ("upperarm01", "lowerarm01", "wrist", "finger2-1", "finger3-1", "finger5-1")


def _leg(source: Source, heads: Float, side: str) -> dict[str, Float]:
    """Thigh and shin straight down; the foot keeps its rest rotation."""
    hip, knee, ankle = (heads[:, source.bone(f"{b}.{side}")] for b in ("upperleg01", "lowerleg01", "foot"))
    thigh, shin = _swing(_unit(knee - hip), DOWN), _swing(_unit(ankle - knee), DOWN)
    still = np.broadcast_to(np.eye(3), thigh.shape)
    return {"upperleg01": thigh, "upperleg02": thigh, "lowerleg01": shin, "lowerleg02": shin, "foot": still}


def _unit(vectors: Float) -> Float:
    unit: Float = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def _frame(first: Float, second: Float) -> Float:
    """Orthonormal frames with `first` as first axis and `second` made orthogonal to it as second."""
    second = _unit(second - (second * first).sum(-1, keepdims=True) * first)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def _frame_to_frame(first: Float, second: Float, to_first: Float, to_second: Float) -> Float:
    return _frame(to_first, to_second) @ _frame(first, second).swapaxes(-1, -2)


def _swing(start: Float, end: Float) -> Float:
    """Smallest rotation (N, 3, 3) that takes unit vectors `start` (N, 3) to `end` (3,)."""
    axis = np.cross(start, end)
    cross = np.zeros((len(start), 3, 3))
    cross[:, [2, 0, 1], [1, 2, 0]] = axis
    cross[:, [1, 2, 0], [2, 0, 1]] = -axis
    return np.eye(3) + cross + cross @ cross / (1.0 + start @ end)[:, None, None]


def _about_z(n: int, angle: float) -> Float:
    c, s = np.cos(angle), np.sin(angle)
    return np.broadcast_to(np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]), (n, 3, 3))


def _half_twist_x(rotations: Float) -> Float:
    """Half of each rotation's turn about the x axis, where the straight forearm lies."""
    half = 0.5 * np.arctan2(rotations[:, 2, 1] - rotations[:, 1, 2], rotations[:, 1, 1] + rotations[:, 2, 2])
    turned = np.zeros_like(rotations)
    turned[:, 0, 0] = 1.0
    turned[:, 1, 1] = turned[:, 2, 2] = np.cos(half)
    turned[:, 2, 1] = np.sin(half)
    turned[:, 1, 2] = -np.sin(half)
    return turned
