"""Reading OpenPose's JSON."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.keypoints.errors import InputError
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.openpose import LEAST_CONFIDENCE, Detections, ImageSize, read_openpose
from tests.service.people import document, keypoints, moved, person

BAD_PEOPLE: list[tuple[Any, str]] = [
    (None, "people"),
    ({}, "people"),
    ("two", "people"),
    ([None], "people[0]"),
    ([person(), [1, 2, 3]], "people[1]"),
    ([{"pose_keypoints_2d": {}}], "people[0].pose_keypoints_2d"),
    ([{"pose_keypoints_2d": "1 2 3"}], "people[0].pose_keypoints_2d"),
    ([{"pose_keypoints_2d": [1.0] * 74}], "people[0].pose_keypoints_2d"),
    ([{"pose_keypoints_2d": [1.0] * 45}], "people[0].pose_keypoints_2d"),
    ([{"pose_keypoints_2d": [1.0] * 3000}], "people[0].pose_keypoints_2d"),
    ([{"pose_keypoints_2d": [[1.0, 2.0]] * 25}], "people[0].pose_keypoints_2d[0]"),
    ([{"pose_keypoints_2d": [[1.0, 2.0, 1.0]] * 24 + [1.0]}], "people[0].pose_keypoints_2d"),
    ([{"pose_keypoints": [1.0] * 74 + ["x"]}], "people[0].pose_keypoints[74]"),
    (
        [{"pose_keypoints_2d": [[1.0, 2.0, 1.0]] * 24 + [[1.0, None, 1.0]]}],
        "people[0].pose_keypoints_2d[24][1]",
    ),
]

BAD_NUMBERS = [math.nan, math.inf, -math.inf, 1e8, -1e8, 10**400, "12", None, True, [], {}]


def warnings_of(found: Detections) -> list[str]:
    return [str(input_warning) for input_warning in found.input_warnings]


def read_one(**entry: Any) -> Any:
    return read_openpose({"people": [entry]}).people[0]


@pytest.mark.parametrize(("people", "path"), BAD_PEOPLE)
def test_says_where_an_unusable_file_is_unusable(people: Any, path: str) -> None:
    with pytest.raises(InputError) as caught:
        read_openpose({"people": people})
    assert caught.value.path == path


@pytest.mark.parametrize("value", BAD_NUMBERS, ids=repr)
@pytest.mark.parametrize("place", [0, 14, 74])
def test_no_number_passes_that_is_none(value: Any, place: int) -> None:
    entry = person()
    entry["pose_keypoints_2d"][place] = value
    with pytest.raises(InputError) as caught:
        read_openpose(document(person(), person(), entry))
    assert caught.value.path == f"people[2].pose_keypoints_2d[{place}]"


@pytest.mark.parametrize("value", [5, "text", None, [], [{}, {}]], ids=repr)
def test_a_document_of_another_form_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        read_openpose(value)


@pytest.mark.parametrize("layout", [Layout.BODY_25, Layout.COCO_18, Layout.HALPE_26, Layout.COCO_17])
def test_the_number_of_keypoints_decides_the_layout(layout: Layout) -> None:
    (found,) = read_openpose(document(person(keypoints(layout)))).people
    assert found.layout is layout
    np.testing.assert_array_equal(found.points, keypoints(layout))


@pytest.mark.parametrize("layout", Layout)
def test_a_layout_that_is_named_is_taken(layout: Layout) -> None:
    (found,) = read_openpose(document(person(keypoints(layout))), layout).people
    assert found.layout is layout


@pytest.mark.parametrize("layout", [Layout.COCO_18, Layout.HALPE_26, Layout.COCO_17])
def test_a_layout_of_another_length_is_refused(layout: Layout) -> None:
    with pytest.raises(InputError, match=layout) as caught:
        read_openpose(document(), layout)
    assert caught.value.path == "people[0].pose_keypoints_2d"


@given(st.lists(st.floats(-1e7, 1e7), min_size=75, max_size=75))
def test_every_accepted_input_is_usable(numbers: list[float]) -> None:
    points = read_one(pose_keypoints_2d=numbers).points
    assert np.isfinite(points).all()
    assert ((points[:, 2] >= LEAST_CONFIDENCE) & (points[:, 2] <= 1) | (points == 0).all(1)).all()


@given(st.lists(st.floats(0, 1000), min_size=75, max_size=75))
def test_nested_triplets_and_old_names_read_alike(numbers: list[float]) -> None:
    flat = read_one(pose_keypoints_2d=numbers)
    nested = read_one(pose_keypoints_2d=np.reshape(numbers, (25, 3)).tolist())
    old = read_one(pose_keypoints=numbers)
    np.testing.assert_array_equal(flat.points, nested.points)
    np.testing.assert_array_equal(flat.points, old.points)


@pytest.mark.parametrize("entry", [{}, {"pose_keypoints_2d": []}, {"pose_keypoints_2d": None}])
def test_a_person_without_keypoints_has_the_layout_of_the_others(entry: dict[str, Any]) -> None:
    found = read_openpose(document(entry, person(keypoints(Layout.COCO_18))))
    assert found.people[0].layout is Layout.COCO_18
    assert not found.people[0].observed.any()
    assert read_openpose(document(entry)).people[0].layout is Layout.BODY_25


def test_a_trailing_zero_triplet_is_dropped() -> None:
    padded = np.vstack([keypoints(), np.zeros((1, 3))])
    found = read_openpose(document(person(padded), person()))
    assert [p.layout for p in found.people] == [Layout.BODY_25] * 2
    assert any("0, 0, 0" in warning and "people 0)" in warning for warning in warnings_of(found))
    assert read_openpose(document(person(padded)), Layout.BODY_25B).people[0].layout is Layout.BODY_25B


def test_a_halpe_person_without_a_right_heel_stays_halpe_among_others() -> None:
    without_heel = keypoints(Layout.HALPE_26)
    without_heel[-1] = 0
    among = read_openpose(document(person(without_heel), person(keypoints(Layout.HALPE_26))))
    named = read_openpose(document(person(without_heel)), Layout.HALPE_26)
    assert [p.layout for p in (*among.people, *named.people)] == [Layout.HALPE_26] * 3


def test_faint_keypoints_are_missing_and_confidences_are_clipped() -> None:
    points = keypoints()
    points[:4, 2] = [LEAST_CONFIDENCE / 2, -1, 0, 7]
    found = read_openpose(document(person(points)))
    np.testing.assert_array_equal(found.people[0].points[:3], np.zeros((3, 3)))
    assert found.people[0].points[3, 2] == 1
    assert any("clipped" in warning for warning in warnings_of(found))


@pytest.mark.parametrize(("axis", "confidence"), [(0, 0.65), (1, 1.0), (0, 0.01)])
def test_a_keypoint_at_zero_is_no_detection(axis: int, confidence: float) -> None:
    points = keypoints()
    points[3, axis], points[3, 2] = 0.0, confidence
    found = read_openpose(document(person(), person(points)))
    assert found.people[1].points[3].tolist() == [0, 0, 0]
    assert found.people[1].observed.sum() == found.people[0].observed.sum() - 1
    said = [text for text in warnings_of(found) if "x = 0 or y = 0" in text]
    assert len(said) == (confidence > LEAST_CONFIDENCE)
    assert all(text.endswith("(people 1)") for text in said)


@pytest.mark.parametrize("axis", [0, 1])
def test_zero_is_a_place_as_any_other_where_keypoints_lie_beyond(axis: int) -> None:
    points = keypoints()
    points[3, axis], points[4, axis] = 0.0, -20.0
    found = read_openpose(document(person(points)))
    np.testing.assert_array_equal(found.people[0].points, points)


def test_coordinates_outside_of_the_image_are_fine() -> None:
    points = moved(-1000, -50)
    found = read_openpose(document(person(points)), image_size=(640, 480))
    np.testing.assert_array_equal(found.people[0].points, points)
    assert warnings_of(found) == []


def test_controlnets_form_is_read() -> None:
    shares = keypoints(Layout.COCO_18) / [640, 480, 1]
    entry = {"pose_keypoints_2d": shares.ravel().tolist(), "face_keypoints_2d": None}
    found = read_openpose([{"people": [entry], "canvas_width": 640, "canvas_height": 480}])
    assert found.image_size == (640, 480)
    np.testing.assert_allclose(found.people[0].points, keypoints(Layout.COCO_18))
    assert any("scaled" in warning for warning in warnings_of(found))


def test_shares_of_an_unknown_image_are_remarked_on() -> None:
    found = read_openpose(document(person(keypoints() / [640, 480, 1])))
    assert any("`image`" in warning for warning in warnings_of(found))


@pytest.mark.parametrize("image", [None, (640.0, 480.0)])
def test_coordinates_around_the_centre_of_an_image_are_remarked_on(image: ImageSize | None) -> None:
    centred = keypoints() / [320, 240, 1] - [1, 1, 0]
    found = read_openpose(document(person(centred), person(centred)), image_size=image)
    assert len([warning for warning in warnings_of(found) if "-1 to 1" in warning]) == 1
    np.testing.assert_array_equal(found.people[0].points, centred)


@pytest.mark.parametrize("corner", [(0, -4), (-4, 0), (-400, -500), (1, 1)])
@pytest.mark.parametrize("size", [3.0, 30.0])
def test_even_small_people_in_pixels_are_not_taken_for_shares(
    corner: tuple[float, float], size: float
) -> None:
    points = (keypoints() - [240, 60, 0]) * [size / 400, size / 400, 1] + [*corner, 0]
    assert read_openpose(document(person(points))).input_warnings == []


@pytest.mark.parametrize("value", ["640", 0, -1, math.nan, True, {}])
def test_a_canvas_without_a_size_is_refused(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_openpose(document(canvas_width=value, canvas_height=480))
    assert caught.value.path == "canvas_width"
    with pytest.raises(InputError):
        read_openpose(document(canvas_width=value), image_size=(640, 480))


def test_ignored_parts_are_reported_once() -> None:
    entry = person() | {"face_keypoints_2d": [1.0] * 210, "hand_left_keypoints_2d": ["anything"]}
    found = read_openpose(document(entry, entry))
    assert len([warning for warning in warnings_of(found) if "Face" in warning]) == 1
    assert read_openpose(document()).input_warnings == []


def test_more_people_than_allowed_are_refused() -> None:
    crowd = document(*[person()] * 4)
    assert len(read_openpose(crowd, max_people=4).people) == 4
    with pytest.raises(InputError, match="at most 3"):
        read_openpose(crowd, max_people=3)


def test_the_twin_layout_is_recognised() -> None:
    as_25b = read_openpose(document(person(keypoints(Layout.BODY_25B))))
    assert any("BODY_25B" in warning for warning in warnings_of(as_25b))
    assert read_openpose(document(person(keypoints(Layout.BODY_25B))), Layout.BODY_25B).input_warnings == []
    as_25 = read_openpose(document(), Layout.BODY_25B)
    assert any("look like BODY_25," in warning for warning in warnings_of(as_25))


@pytest.mark.parametrize(("folder", "twins"), [("BODY_25B", True), ("BODY_25_converted", False)])
def test_layouts_of_real_files_are_distinguished(shared_dir: Path, folder: str, twins: bool) -> None:
    files = sorted((shared_dir / "real/pose2sim_dev" / folder).glob("cam01/*.json"))
    assert files
    for file in files:
        warnings = warnings_of(read_openpose(json.loads(file.read_bytes())))
        assert any("look like BODY_25B" in warning for warning in warnings) is twins, file.name


def test_every_real_file_is_read(shared_dir: Path) -> None:
    files = sorted((shared_dir / "real/openpose_zoo").glob("*.json"))
    assert files
    for file in files:
        raw = json.loads(file.read_bytes())
        found = read_openpose(raw)
        assert len(found.people) == len(raw["people"])
        for entry in found.people:
            assert entry.points.shape == (len(LAYOUT_NAMES[entry.layout]), 3)
            assert np.isfinite(entry.points).all()
