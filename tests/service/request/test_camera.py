"""The camera of a request."""

import math

import pytest

from model.keypoints.errors import InputError
from service.request.camera import resolve_camera
from service.schemas.camera import CameraSource, FieldOfView, Intrinsics, Lens

IMAGE = (1920.0, 1080.0)


def test_intrinsics_are_taken_as_they_are() -> None:
    camera = resolve_camera(Intrinsics(fx=1000, fy=1100, cx=900, cy=500), None)
    assert camera == (CameraSource.GIVEN, 1000, 1100, 900, 500)
    assert camera.numbers == (1000, 1100, 900, 500)


@pytest.mark.parametrize("angle", [10.0, 60.0, 90.0, 120.0])
def test_a_field_of_view_spans_the_width(angle: float) -> None:
    fx, fy, cx, cy = resolve_camera(FieldOfView(fov_deg=angle), IMAGE).numbers
    assert math.degrees(2 * math.atan(cx / fx)) == pytest.approx(angle)
    assert (fx, cx, cy) == (fy, 960, 540)


def test_a_lens_and_its_sensor_give_pixels() -> None:
    # 36 mm of lens before 36 mm of sensor: as long as the picture is wide.
    assert resolve_camera(Lens(focal_mm=36, sensor_mm=36), IMAGE).fx == pytest.approx(1920)
    assert resolve_camera(Lens(focal_mm=50, sensor_mm=36), IMAGE).fx == pytest.approx(1920 * 50 / 36)


def test_an_image_alone_gives_a_usual_camera() -> None:
    camera = resolve_camera(None, IMAGE)
    assert camera.source is CameraSource.ASSUMED_FROM_IMAGE
    assert camera.fx == camera.fy == math.hypot(*IMAGE)


def test_nothing_gives_no_common_camera() -> None:
    camera = resolve_camera(None, None)
    assert camera.source is CameraSource.ASSUMED
    assert camera.fx is None
    assert all(math.isnan(number) for number in camera.numbers)


@pytest.mark.parametrize(
    ("camera", "path"),
    [(FieldOfView(fov_deg=60), "camera.fov_deg"), (Lens(focal_mm=35, sensor_mm=36), "camera.focal_mm")],
)
def test_what_needs_the_pictures_size_says_so(camera: FieldOfView | Lens, path: str) -> None:
    with pytest.raises(InputError, match="`image`") as caught:
        resolve_camera(camera, None)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("camera", "path"),
    [
        (Intrinsics(fx=35, fy=35, cx=960, cy=540), "camera.fx"),  # millimetres
        (Intrinsics(fx=1e6, fy=1e6, cx=960, cy=540), "camera.fx"),
        (Intrinsics(fx=1000, fy=1000, cx=50_000, cy=540), "camera.cx"),
        (Intrinsics(fx=1000, fy=1000, cx=960, cy=-50_000), "camera.cy"),
        (Lens(focal_mm=0.1, sensor_mm=36), "camera.focal_mm"),
        (Lens(focal_mm=35, sensor_mm=0.36), "camera.focal_mm"),
    ],
)
def test_implausible_cameras_are_refused(camera: Intrinsics | Lens, path: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve_camera(camera, IMAGE)
    assert caught.value.path == path
