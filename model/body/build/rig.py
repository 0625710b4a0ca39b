"""From MakeHuman's 163 bones to SMPL's 24 joints: skinning weights and where the joints are."""

import re

import numpy as np
from numpy.typing import NDArray

from model.body.build.source import Float, Source
from model.body.joints import JOINT_NAMES

SMALLEST_WEIGHT = 0.004
INFLUENCES = 4

# Bones without their side -> joints and shares, tried in order; what no pattern names is the head's.
_SHARES: tuple[tuple[str, dict[str, float]], ...] = (
    (r"root|pelvis|spine05", {"pelvis": 1.0}),
    (r"spine04", {"pelvis": 0.5, "spine1": 0.5}),
    (r"spine03", {"spine1": 1.0}),
    (r"spine02", {"spine2": 1.0}),
    (r"breast", {"spine2": 0.5, "spine3": 0.5}),
    (r"spine01", {"spine3": 1.0}),
    (r"neck01|neck02", {"neck": 1.0}),
    (r"neck03", {"neck": 0.5, "head": 0.5}),
    (r"clavicle", {"collar": 1.0}),
    (r"shoulder01", {"collar": 0.5, "shoulder": 0.5}),
    (r"upperarm0[12]", {"shoulder": 1.0}),
    (r"lowerarm0[12]", {"elbow": 1.0}),
    (r"wrist|metacarpal\d|finger1-\d", {"wrist": 1.0}),
    (r"finger[2-5]-\d", {"hand": 1.0}),
    (r"upperleg0[12]", {"hip": 1.0}),
    (r"lowerleg0[12]", {"knee": 1.0}),
    (r"foot", {"ankle": 1.0}),
    (r"toe\d-\d", {"foot": 1.0}),
)

_SPINE = ("spine1", "spine2", "spine3")

# Joint -> bones; the mean of their heads is the joint; hips and spine are made differently in the end.
_HEADS: dict[str, tuple[str, ...]] = {
    "pelvis": ("spine05", "spine04"),
    "spine1": ("spine03",),
    "spine2": ("spine02",),
    "spine3": ("spine01",),
    "neck": ("neck01",),
    "head": ("head",),
    "collar": ("clavicle.{}", "shoulder01.{}"),
    "shoulder": ("upperarm01.{}",),
    "elbow": ("lowerarm01.{}",),
    "wrist": ("wrist.{}",),
    "hand": ("finger2-1.{}", "finger3-1.{}", "finger4-1.{}"),
    "knee": ("lowerleg01.{}",),
    "ankle": ("foot.{}",),
    "foot": tuple(f"toe{i}-1.{{}}" for i in range(1, 6)),
}


def joint_shares(bones: tuple[str, ...]) -> Float:
    """Return (B, 24): how much of each bone's weight goes to each joint; rows sum to one."""
    shares = np.zeros((len(bones), len(JOINT_NAMES)))
    for row, bone in enumerate(bones):
        name, _, side = bone.partition(".")
        for joint, share in _share_of(name).items():
            shares[row, JOINT_NAMES.index(_sided(joint, side))] = share
    return shares


def joint_positions(source: Source, heads: Float) -> Float:
    """Joints (N, 24, 3) from T-posed bone heads (N, B, 3)."""
    joints = np.empty((len(heads), len(JOINT_NAMES), 3))
    for index, name in enumerate(JOINT_NAMES):
        side, _, part = name.partition("_")
        letter = {"left": "L", "right": "R"}.get(side, "")
        if part == "hip":
            joints[:, index] = _hip(source, heads, letter)
        else:
            bones = [source.bone(bone.format(letter)) for bone in _HEADS[part or name]]
            joints[:, index] = heads[:, bones].mean(axis=1)
    _even_spine(joints)
    return joints


def sparse_weights(dense: Float) -> tuple[NDArray[np.int64], Float]:
    """The few largest weights of each vertex, (V, 4) joints and weights that sum to one.

    A weight equal to the first one left out goes too: on the midline the two belong to a left and a right
    joint, and keeping one of them would favour its side.
    """
    kept = np.where(dense < SMALLEST_WEIGHT, 0.0, dense)
    order = np.argsort(-kept, axis=1, kind="stable")
    joints, first_out = order[:, :INFLUENCES], order[:, INFLUENCES : INFLUENCES + 1]
    weights = np.take_along_axis(kept, joints, axis=1)
    weights = np.where(weights > np.take_along_axis(kept, first_out, axis=1), weights, 0.0)
    joints = np.where(weights > 0, joints, 0)
    return joints, weights / weights.sum(axis=1, keepdims=True)


def _share_of(bone: str) -> dict[str, float]:
    for pattern, shares in _SHARES:
        if re.fullmatch(pattern, bone):
            return shares
    return {"head": 1.0}


def _sided(joint: str, side: str) -> str:
    sided = {"L": f"left_{joint}", "R": f"right_{joint}"}.get(side, joint)
    return sided if sided in JOINT_NAMES else joint


def _even_spine(joints: Float) -> None:
    """Put the spine's joints, in place, at the population's mean place on each line from pelvis to neck.

    MakeHuman's women have their upper spine bones 5 cm off the men's, for no reason of anatomy; no mean of
    skin vertices can follow that.
    """
    pelvis, line = joints[:, 0], joints[:, JOINT_NAMES.index("neck")] - joints[:, 0]
    for spine in map(JOINT_NAMES.index, _SPINE):
        offset = joints[:, spine] - pelvis
        fraction = (offset[:, 1] / line[:, 1]).mean()
        forward = (offset - fraction * line)[:, 2].mean()
        joints[:, spine] = pelvis + fraction * line + [0.0, 0.0, forward]


def _hip(source: Source, heads: Float, side: str) -> Float:
    """The centre of the hip joint: MakeHuman's bone starts too far out and too high for it."""
    upper, lower = (heads[:, source.bone(f"upperleg0{i}.{side}")] for i in (1, 2))
    hip = lower + 0.8 * (upper - lower)
    hip[:, 0] *= 0.8
    hip[:, 2] = upper[:, 2]
    return hip
