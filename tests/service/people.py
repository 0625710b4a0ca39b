"""OpenPose documents to send: a person who stands and waves, and what may be done to them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.keypoints.layouts import LAYOUT_NAMES, Layout

# A picture of 640 x 480: the person's right is at the left of it.
_PLACES: dict[str, tuple[float, float]] = {
    "nose": (320, 92), "neck": (320, 130), "right_shoulder": (286, 130), "right_elbow": (262, 180),
    "right_wrist": (250, 232), "left_shoulder": (354, 131), "left_elbow": (392, 122), "left_wrist": (402, 70),
    "mid_hip": (320, 246), "right_hip": (300, 246), "right_knee": (297, 325), "right_ankle": (296, 402),
    "left_hip": (340, 246), "left_knee": (345, 324), "left_ankle": (350, 400), "right_eye": (313, 86),
    "left_eye": (327, 86), "right_ear": (303, 90), "left_ear": (337, 90), "left_big_toe": (358, 418),
    "left_small_toe": (366, 414), "left_heel": (347, 408), "right_big_toe": (288, 419),
    "right_small_toe": (280, 415), "right_heel": (298, 410), "head_top": (320, 62), "upper_neck": (320, 115),
}  # fmt: skip

CAMERA = {"fx": 700.0, "fy": 700.0, "cx": 320.0, "cy": 240.0}
IMAGE = {"width": 640, "height": 480}


def keypoints(layout: Layout = Layout.BODY_25, *, jitter: float = 0.0, seed: int = 0) -> NDArray[np.float64]:
    """(J, 3), with every point moved by `jitter` pixels or so."""
    points = np.array([[*_PLACES[name], 0.9] for name in LAYOUT_NAMES[layout]])
    points[:, :2] += np.random.default_rng(seed).normal(0, 1, (len(points), 2)) * jitter
    return points


def moved(x: float, y: float) -> NDArray[np.float64]:
    """The same person elsewhere in the picture."""
    shift: NDArray[np.float64] = keypoints() + np.array([x, y, 0])
    return shift


def person(points: NDArray[np.float64] | None = None) -> dict[str, Any]:
    """As OpenPose writes a person."""
    points = keypoints() if points is None else points
    return {
        "person_id": [-1],
        "pose_keypoints_2d": points.ravel().tolist(),
        "face_keypoints_2d": [],
        "hand_left_keypoints_2d": [],
        "hand_right_keypoints_2d": [],
    }


def document(*people: dict[str, Any], **extras: Any) -> dict[str, Any]:
    """As OpenPose writes a file, with keys beside; one person by default."""
    return {"version": 1.3, "people": list(people) or [person()], **extras}


def crowd(count: int) -> list[dict[str, Any]]:
    """People who stand a little differently, in different places."""
    return [
        person(keypoints(jitter=4, seed=seed) * [1 + 0.02 * seed, 1 + 0.02 * seed, 1])
        for seed in range(count)
    ]
