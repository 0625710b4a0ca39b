"""Vertex numbers: the landmarks take the ones that code written for SMPL expects them at."""

import numpy as np
from numpy.typing import NDArray

from model.body.build.source import Float
from model.body.build.symmetry import Welded

MIDLINE_NUMBERS: dict[str, int] = {"nose": 332, "head_top": 411}

SIDED_NUMBERS: dict[str, tuple[int, int]] = {
    "eye": (2800, 6260),
    "ear": (583, 4071),
    "big_toe": (3216, 6617),
    "small_toe": (3226, 6624),
    "heel": (3387, 6787),
    "thumb": (2746, 6191),
    "index": (2319, 5782),
    "middle": (2445, 5905),
    "ring": (2556, 6016),
    "pinky": (2673, 6133),
}
"""Left and right vertex numbers on SMPL's mesh, as OpenPose's and COCO's keypoints are read from it."""


def landmarks_first(welded: Welded, landmarks: dict[str, int]) -> NDArray[np.int64]:
    """The permutation (old numbers in their new order) that gives the landmarks SMPL's numbers.

    Args:
        welded: the mesh.
        landmarks: name -> vertex, the left one of a pair.
    """
    wanted = {number: landmarks[name] for name, number in MIDLINE_NUMBERS.items()}
    for name, (left, right) in SIDED_NUMBERS.items():
        wanted[left] = landmarks[name]
        wanted[right] = int(welded.mirror[landmarks[name]])
    n = len(welded.mirror)
    order = np.full(n, -1)
    order[list(wanted)] = list(wanted.values())
    order[order < 0] = np.setdiff1d(np.arange(n), list(wanted.values()))
    return order


def find_landmarks(
    points: Float, bone_weights: Float, bones: tuple[str, ...], heads: Float
) -> dict[str, int]:
    """Landmarks on a T-posed left half: name -> vertex.

    Args:
        points: (n, 3) vertices of the half.
        bone_weights: (n, B) skinning weights of MakeHuman's bones.
        bones: their names.
        heads: (B, 3) where they start.
    """
    strongest = np.array(bones)[bone_weights.argmax(axis=1)]
    eye = heads[bones.index("eye.L")]
    head = points[:, 1] > heads[bones.index("neck03"), 1]

    def tip(bone: str, direction: tuple[float, float, float]) -> int:
        return _furthest(points, strongest == f"{bone}.L", direction)

    nose_height = head & (np.abs(points[:, 1] - eye[1] + 0.04) < 0.03)
    return {
        "nose": _furthest(points, nose_height & (points[:, 0] == 0), (0, 0, 1)),
        "head_top": _furthest(points, points[:, 0] == 0, (0, 1, 0)),
        "eye": _nearest(points[:, :2], eye[:2], head & (points[:, 2] > eye[2])),
        "ear": _ear(points, head),
        "big_toe": tip("toe1-2", (0, 0, 1)),
        "small_toe": tip("toe5-3", (0.5, 0, 1)),
        "heel": tip("foot", (0, -0.5, -1)),
        "thumb": _furthest(points, strongest == "finger1-3.L", _along(heads, bones, "finger1")),
        **{
            name: _furthest(points, strongest == f"finger{i}-3.L", _along(heads, bones, f"finger{i}"))
            for i, name in enumerate(("index", "middle", "ring", "pinky"), start=2)
        },
    }


def _furthest(points: Float, among: NDArray[np.bool_], direction: tuple[float, float, float] | Float) -> int:
    chosen = np.flatnonzero(among)
    return int(chosen[(points[chosen] @ np.asarray(direction, dtype=float)).argmax()])


def _nearest(points: Float, target: Float, among: NDArray[np.bool_]) -> int:
    chosen = np.flatnonzero(among)
    return int(chosen[np.linalg.norm(points[chosen] - target, axis=1).argmin()])


def _along(heads: Float, bones: tuple[str, ...], finger: str) -> Float:
    direction: Float = heads[bones.index(f"{finger}-3.L")] - heads[bones.index(f"{finger}-2.L")]
    return direction


def _ear(points: Float, head: NDArray[np.bool_]) -> int:
    """The middle of the ear: what stands out furthest at the side of the head is its rim."""
    rim = head & (points[:, 0] > points[head, 0].max() - 0.012)
    return _nearest(points, points[rim].mean(axis=0), head)
