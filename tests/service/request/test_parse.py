"""From bytes to a checked request."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.keypoints.layouts import Layout
from service.errors import InvalidInputError, NotJsonError, ServiceError
from service.request.parse import parse_json, read_request
from service.schemas.camera import CameraSource
from tests.service.people import CAMERA, IMAGE, document, keypoints, person

BAD_EXTRAS: list[tuple[dict[str, Any], str]] = [
    ({"camera": []}, "camera"),
    ({"camera": 700}, "camera"),
    ({"camera": {}}, "camera"),
    ({"camera": {"f": 700}}, "camera"),
    ({"camera": {"focal_mm": 35, "fov_deg": 60}}, "camera"),
    ({"camera": {"fx": 700}}, "camera.fy"),
    ({"camera": {**CAMERA, "k1": 0.1}}, "camera.k1"),
    ({"camera": {**CAMERA, "fx": 0}}, "camera.fx"),
    ({"camera": {**CAMERA, "fy": -1}}, "camera.fy"),
    ({"camera": {**CAMERA, "fx": "700"}}, "camera.fx"),
    ({"camera": {**CAMERA, "cx": float("nan")}}, "camera.cx"),
    ({"camera": {**CAMERA, "cx": float("inf")}}, "camera.cx"),
    ({"camera": {**CAMERA, "fov_deg": 60}}, "camera"),
    ({"camera": {"sensor_mm": 36}, "image": IMAGE}, "camera.focal_mm"),
    ({"camera": {"fov_deg": 60}}, "camera.fov_deg"),
    ({"camera": {"fov_deg": 0}, "image": IMAGE}, "camera.fov_deg"),
    ({"camera": {"fov_deg": 180}, "image": IMAGE}, "camera.fov_deg"),
    ({"camera": {"focal_mm": 35}, "image": IMAGE}, "camera.sensor_mm"),
    ({"camera": {"focal_mm": 35, "sensor_mm": 36}}, "camera.focal_mm"),
    ({"image": {"width": 640}}, "image.height"),
    ({"image": {"width": 640, "height": 0}}, "image.height"),
    ({"image": {"width": 640, "height": 480, "depth": 3}}, "image.depth"),
    ({"image": [640, 480]}, "image"),
    ({"layout": "BODY_135"}, "layout"),
    ({"layout": 25}, "layout"),
    ({"layout": "COCO_18"}, "people[0].pose_keypoints_2d"),
    ({"options": {"steps": -1}}, "options.steps"),
    ({"options": {"steps": 33}}, "options.steps"),
    ({"options": {"steps": 2.5}}, "options.steps"),
    ({"options": {"steps": "4"}}, "options.steps"),
    ({"options": {"steps": True}}, "options.steps"),
    ({"options": {"mesh": 1}}, "options.mesh"),
    ({"options": {"mesh_encoding": "hex"}}, "options.mesh_encoding"),
    ({"options": {"stepz": 4}}, "options.stepz"),
    ({"options": {"betas": [0] * 9}}, "options.betas"),
    ({"options": {"betas": [0] * 9 + [11]}}, "options.betas[9]"),
    ({"options": {"betas": [0] * 9 + [None]}}, "options.betas[9]"),
    ({"people": 3}, "people"),
]

NOT_JSON = [
    b"",
    b"  ",
    b"{",
    b"[1,]",
    b"{'people': []}",
    b"\xff\xfe\xfa",
    b"people",
    b"[" * 100_000,
    b"1" * 5000,
]


def read(value: Any) -> Any:
    return read_request(json.dumps(value).encode())


def warned(value: Any) -> list[str]:
    return [str(input_warning) for input_warning in read(value).input_warnings]


@pytest.mark.parametrize("data", NOT_JSON, ids=range(len(NOT_JSON)))
def test_what_is_not_json_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ServiceError) as caught:
        read_request(data)
    assert isinstance(caught.value, NotJsonError | InvalidInputError)


def test_the_place_of_a_slip_is_named() -> None:
    with pytest.raises(NotJsonError, match="line 2, column"):
        parse_json(b'{"people":\n [1 2]}')


@pytest.mark.parametrize(("extras", "path"), BAD_EXTRAS)
def test_an_unusable_value_is_named(extras: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(document() | extras)
    assert path in [fault.path for fault in caught.value.errors]
    assert path in str(caught.value)


def test_all_unusable_values_beside_people_are_named_at_once() -> None:
    with pytest.raises(InvalidInputError, match="and 2 more") as caught:
        read(document(options={"steps": 99, "mesh": "yes"}, image={"width": 1, "height": -1}))
    assert len(caught.value.errors) == 3


@pytest.mark.parametrize(
    "camera",
    [
        {},
        [],
        7,
        {"f": 700},
        CAMERA | {"fov_deg": 60},
        CAMERA | {"sensor_mm": 36},
        {"fov_deg": 60, "fx": None},
    ],
)
def test_a_camera_of_no_one_form_is_told_the_forms(camera: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(document(camera=camera, image=IMAGE))
    (fault,) = caught.value.errors
    assert fault.path == "camera"
    assert "either fx, fy, cx and cy, or fov_deg, or focal_mm and sensor_mm" in fault.message


def test_nan_is_found_where_it_is() -> None:
    entry = person()
    entry["pose_keypoints_2d"][7] = float("nan")
    with pytest.raises(
        InvalidInputError, match=r"people\[0\]\.pose_keypoints_2d\[7\]: must be a finite number"
    ):
        read(document(entry))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_no_harm(encoding: str) -> None:
    assert len(read_request(json.dumps(document()).encode(encoding)).detections.people) == 1


def test_other_keys_and_nulls_do_no_harm() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("camera", "image", "layout", "options"))
    request = read(document(version="1.3", part_candidates=[{}], **nothing))
    assert request.options.steps == 4
    assert request.camera.source is CameraSource.ASSUMED


def test_controlnets_list_may_have_keys_beside_people() -> None:
    request = read([document(person(keypoints(Layout.COCO_18)), camera=CAMERA, options={"steps": 2})])
    assert request.options.steps == 2
    assert request.camera.fx == 700


def test_the_canvas_is_the_image() -> None:
    request = read(document(canvas_width=640, canvas_height=480, camera={"fov_deg": 90}))
    assert request.camera.fx == pytest.approx(320)
    both = read(document(canvas_width=640, canvas_height=480, image={"width": 1000, "height": 480}))
    assert both.detections.image_size == (1000, 480)


def test_an_assumed_camera_is_warned_of() -> None:
    assert any("`image`" in warning for warning in warned(document()))
    assert any("diagonal" in warning for warning in warned(document(image=IMAGE)))
    assert warned(document(camera=CAMERA)) == []
    assert any("no people" in warning for warning in warned({"people": []}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["people", "camera", "options", "image", "layout", "pose_keypoints_2d", "fx", "steps"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_json_comes_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(InvalidInputError):
        assert isinstance(read(value).detections.people, list)


@given(st.binary(max_size=200))
def test_whatever_bytes_come_are_refused(data: bytes) -> None:
    with pytest.raises(ServiceError):
        read_request(data)
