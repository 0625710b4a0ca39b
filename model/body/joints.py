"""The 24 joints of SMPL's skeleton: names, order, parents, and which mirrors which."""

JOINT_NAMES: tuple[str, ...] = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hand",
    "right_hand",
)

NUM_JOINTS = len(JOINT_NAMES)
NUM_BETAS = 10

PARENTS: tuple[int, ...] = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
"""Parent of each joint, -1 for the root; a parent always comes before its children."""


def mirrored(name: str) -> str:
    """Return the name on the body's other side: "left_knee" for "right_knee"; the same if it has no side."""
    side, _, part = name.partition("_")
    return {"left": f"right_{part}", "right": f"left_{part}"}.get(side, name)


MIRRORED_JOINTS: tuple[int, ...] = tuple(JOINT_NAMES.index(mirrored(name)) for name in JOINT_NAMES)
"""For each joint the one on the other side of the body (itself on the midline)."""
