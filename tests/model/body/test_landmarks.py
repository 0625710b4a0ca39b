"""Which joints and vertices make a keypoint."""

import pytest
import torch

from model.body.joints import JOINT_NAMES, MIRRORED_JOINTS, PARENTS, mirrored
from model.body.landmarks import LANDMARK_VERTICES, keypoint_matrix, keypoint_parts
from model.keypoints.names import CANONICAL_NAMES, KEYPOINT_NAMES

SOURCES = [*JOINT_NAMES, *LANDMARK_VERTICES]


def test_every_keypoint_is_a_weighted_mean() -> None:
    """So a keypoint moves with the body, wherever that stands."""
    matrix = keypoint_matrix()
    assert matrix.shape == (len(KEYPOINT_NAMES), len(SOURCES))
    torch.testing.assert_close(matrix.sum(1), torch.ones(len(KEYPOINT_NAMES)))


def test_mirrored_names_are_made_of_mirrored_parts() -> None:
    matrix = keypoint_matrix()
    rows = [KEYPOINT_NAMES.index(mirrored(name)) for name in KEYPOINT_NAMES]
    columns = [SOURCES.index(mirrored(name)) for name in SOURCES]
    torch.testing.assert_close(matrix, matrix[rows][:, columns])


@pytest.mark.parametrize("name", KEYPOINT_NAMES)
def test_parts_are_known_and_what_the_name_says_weighs_most(name: str) -> None:
    parts = keypoint_parts(name)
    assert {part.name for part in parts} <= set(SOURCES)
    if name in SOURCES and name != "neck":
        heaviest = max(parts, key=lambda part: part.weight)
        assert heaviest.name == name


def test_the_neck_is_between_the_shoulders_as_detectors_have_it() -> None:
    """The neck joint is higher; COCO's layouts, which have no neck, get the middle of the shoulders too."""
    matrix = keypoint_matrix()
    for middle, ends in (("neck", "shoulder"), ("mid_hip", "hip")):
        left, right = (matrix[KEYPOINT_NAMES.index(f"{side}_{ends}")] for side in ("left", "right"))
        torch.testing.assert_close(matrix[KEYPOINT_NAMES.index(middle)], (left + right) / 2)


def test_landmarks_and_canonical_names_don_t_overlap_by_mistake() -> None:
    assert len(set(LANDMARK_VERTICES.values())) == len(LANDMARK_VERTICES)
    assert set(CANONICAL_NAMES) < set(KEYPOINT_NAMES)
    assert len(set(KEYPOINT_NAMES)) == len(KEYPOINT_NAMES)


def test_the_skeleton_is_a_symmetric_tree() -> None:
    assert [MIRRORED_JOINTS[MIRRORED_JOINTS[j]] for j in range(24)] == list(range(24))
    assert all(parent < joint for joint, parent in enumerate(PARENTS))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            assert PARENTS[MIRRORED_JOINTS[joint]] == MIRRORED_JOINTS[parent]
