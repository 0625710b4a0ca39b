"""Cameras and images that are hardly meant, and the sound ones that nothing is said of."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from model.keypoints.input_warnings import InputWarning
from model.keypoints.layouts import Layout
from model.keypoints.openpose import DetectedPerson, ImageSize
from service.request.parse import read_request
from service.request.plausibility import plausibility_warnings
from service.schemas.camera import CameraSource, ResolvedCamera
from tests.service.people import CAMERA, IMAGE, document, keypoints, moved, person

HD = {"width": 1280, "height": 720}
BROAD, OBLIQUE, UNLIKE, OFF_CENTRE, OUTSIDE = (
    "field of view over the image", "off the camera's axis", "more than a factor of two", "principal point",
    "outside the image: `image`",
)  # fmt: skip
ALL = (BROAD, OBLIQUE, UNLIKE, OFF_CENTRE, OUTSIDE)


def intrinsics(fx: float, fy: float, cx: float, cy: float) -> dict[str, float]:
    return {"fx": fx, "fy": fy, "cx": cx, "cy": cy}


def sentences(input_warnings: list[InputWarning]) -> list[str]:
    return [str(input_warning) for input_warning in input_warnings]


def warnings(*people: dict[str, Any], **extras: Any) -> list[str]:
    return sentences(read_request(json.dumps(document(*people, **extras)).encode()).input_warnings)


def raised(found: list[str]) -> set[str]:
    return {kind for kind in ALL for warning in found if kind in warning}


DOUBTFUL: list[tuple[dict[str, Any], str]] = [
    ({"camera": intrinsics(35, 35, 640, 360), "image": HD}, BROAD),
    ({"camera": intrinsics(900, 150, 320, 400), "image": {"width": 640, "height": 800}} , BROAD),
    ({"camera": {"fov_deg": 130}, "image": HD}, BROAD),
    ({"camera": intrinsics(1100, 10, 640, 360), "image": HD}, UNLIKE),
    ({"camera": intrinsics(500, 1001, 640, 360)}, UNLIKE),
    ({"camera": intrinsics(1100, 1100, 5000, 360), "image": HD}, OFF_CENTRE),
    ({"camera": intrinsics(1100, 1100, 640, -1), "image": HD}, OFF_CENTRE),
    ({"camera": intrinsics(1.1, 1.1, 0.5, 0.5)}, OBLIQUE),
    ({"camera": intrinsics(35, 35, 320, 240)}, OBLIQUE),
    ({"image": {"width": 100, "height": 60}}, OUTSIDE),
    ({"canvas_width": 100, "canvas_height": 60}, OUTSIDE),
    ({"image": {"width": 640, "height": 200}, "camera": CAMERA | {"cy": 100}}, OUTSIDE),
]  # fmt: skip

SOUND: list[dict[str, Any]] = [
    {},
    {"image": IMAGE},
    {"camera": CAMERA},
    {"camera": CAMERA, "image": IMAGE},
    {"camera": {"fov_deg": 120}, "image": IMAGE},
    {"camera": {"fov_deg": 1}, "image": IMAGE},
    {"camera": {"focal_mm": 14, "sensor_mm": 36}, "image": IMAGE},
    {"camera": intrinsics(700, 1400, 320, 240), "image": IMAGE},
    {"camera": intrinsics(700, 700, 0, 480), "image": IMAGE},
    {"camera": intrinsics(700, 700, 0.5, 0.5)},
    {"camera": intrinsics(700, 700, -400, 240)},
]


@pytest.mark.parametrize(("extras", "kind"), DOUBTFUL)
def test_what_is_hardly_meant_is_warned_of(extras: dict[str, Any], kind: str) -> None:
    found = warnings(**extras)
    assert kind in raised(found)
    assert len([warning for warning in found if kind in warning]) == 1


@pytest.mark.parametrize("extras", SOUND)
def test_what_is_sound_is_not(extras: dict[str, Any]) -> None:
    assert not raised(warnings(**extras))


def test_people_outside_of_the_image_are_named() -> None:
    few = keypoints()
    few[:12, 0] += 1000
    people = [person(), person(moved(5000, 0)), person(few), {}, person(moved(0, -5000))]
    found = [warning for warning in warnings(*people, image=IMAGE) if OUTSIDE in warning]
    assert len(found) == 1
    assert found[0].endswith("(people 1, 4)")


def test_without_people_nothing_is_in_doubt() -> None:
    found = read_request(
        json.dumps(
            {"people": [], "camera": intrinsics(1, 90, -5, 0), "image": {"width": 2, "height": 2}}
        ).encode()
    )
    assert not raised(sentences(found.input_warnings))


def test_an_answer_says_it(client: TestClient) -> None:
    value = document(camera=intrinsics(1100, 10, 5000, 360), image=HD)
    assert raised(client.post("/v1/fit", json=value).json()["warnings"]) == {BROAD, UNLIKE, OFF_CENTRE}
    header = client.post("/v1/fit", json=value, headers={"Accept": "model/obj"}).headers["HMR-Warnings"]
    assert raised(json.loads(header)) == {BROAD, UNLIKE, OFF_CENTRE}


def detected(points: np.ndarray) -> DetectedPerson:
    return DetectedPerson(Layout.BODY_25, points)


SIDES = st.sampled_from([60.0, 640.0, 1920.0])
CAMERAS = st.builds(
    lambda focal, ratio, cx, cy: ResolvedCamera(CameraSource.GIVEN, focal, focal * ratio, cx, cy),
    st.floats(1, 3000), st.floats(0.1, 10), st.floats(-3000, 3000), st.floats(-3000, 3000),
)  # fmt: skip
PEOPLE = st.lists(st.builds(moved, st.floats(-2000, 2000), st.floats(-2000, 2000)), min_size=1, max_size=4)


@given(CAMERAS, st.none() | st.tuples(SIDES, SIDES), PEOPLE, st.sampled_from([2.0**-9, 0.25, 2.0, 2.0**10]))
def test_scale_changes_nothing(
    camera: ResolvedCamera, image: ImageSize | None, people: list[np.ndarray], scale: float
) -> None:
    one = plausibility_warnings(camera, image, [detected(points) for points in people])
    scaled = ResolvedCamera(camera.source, *(scale * number for number in camera.numbers))
    size = None if image is None else (scale * image[0], scale * image[1])
    assert (
        plausibility_warnings(scaled, size, [detected(points * [scale, scale, 1]) for points in people])
        == one
    )


@given(CAMERAS, st.none() | st.tuples(SIDES, SIDES), PEOPLE)
def test_order_changes_nothing_but_the_order(
    camera: ResolvedCamera, image: ImageSize | None, people: list[np.ndarray]
) -> None:
    def named(order: list[np.ndarray]) -> dict[str, set[int]]:
        return {
            text: set(who) for text, who in plausibility_warnings(camera, image, list(map(detected, order)))
        }

    last = len(people) - 1
    mirrored = {text: {last - i for i in who} for text, who in named(people[::-1]).items()}
    assert mirrored == named(people)


def test_nothing_is_in_doubt_of_real_files(shared_dir: Path) -> None:
    folder = shared_dir / "real/pose2sim_dev"
    files = 0
    for name, camera in json.loads((folder / "cameras.json").read_text()).items():
        (fx, _, cx), (_, fy, cy), _ = camera["K"]
        image = {"width": camera["width"], "height": camera["height"]}
        for file in folder.glob(f"*/{name}/*.json"):
            value = json.loads(file.read_text())
            for extras in ({"camera": intrinsics(fx, fy, cx, cy)}, {"image": image}):
                for given_ in (extras, extras | {"image": image}):
                    assert not raised(
                        sentences(read_request(json.dumps(value | given_).encode()).input_warnings)
                    ), file
            files += 1
    for file in (shared_dir / "real/openpose_zoo").glob("*.json"):
        assert not raised(sentences(read_request(file.read_bytes()).input_warnings)), file
    assert files > 100
