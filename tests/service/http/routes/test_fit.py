"""`POST /v1/fit` as clients see it."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import roma
import torch
from fastapi.testclient import TestClient

from model.keypoints.layouts import LAYOUT_NAMES, Layout
from service.media import MediaType
from tests.service.people import CAMERA, IMAGE, crowd, document, keypoints, moved, person

FIT_FIELDS = {
    "pose", "betas", "transl", "joints3d", "keypoints3d", "keypoints2d", "residual_px", "objective",
    "best_step", "camera",
}  # fmt: skip


def post(client: TestClient, value: Any) -> Any:
    response = client.post("/v1/fit", json=value)
    assert response.status_code == 200, response.text
    return response.json()


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for inner in value.values() for n in numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in numbers(inner)]
    return [value] if isinstance(value, int | float) else []


def strict(text: str) -> Any:
    """JSON without the NaN and Infinity that Python's reader lets through."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in an answer")

    return json.loads(text, parse_constant=refuse)


def assert_same_person(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The same fit to 1e-5 (of a box of 400 px, for pixels), whatever its place in a file."""
    for name in ("betas", "transl", "joints3d", "keypoints3d", "objective"):
        np.testing.assert_allclose(one[name], other[name], atol=1e-5, rtol=1e-5, err_msg=name)
    np.testing.assert_allclose(one["keypoints2d"], other["keypoints2d"], atol=4e-3, rtol=1e-5)
    rotations = [roma.rotvec_to_rotmat(torch.tensor(p["pose"])) for p in (one, other)]
    torch.testing.assert_close(rotations[0], rotations[1], atol=1e-5, rtol=0)
    assert one["status"] == other["status"]


def test_the_answer_has_what_is_promised(client: TestClient) -> None:
    answer = post(client, document(*crowd(2), camera=CAMERA, image=IMAGE))
    assert [p["index"] for p in answer["people"]] == [0, 1]
    for entry in answer["people"]:
        assert entry["status"] == "ok"
        assert np.shape(entry["pose"]) == np.shape(entry["joints3d"]) == (24, 3)
        assert np.shape(entry["keypoints3d"]) == (25, 3)
        assert np.shape(entry["keypoints2d"]) == (25, 2)
        assert len(entry["objective"]) == 5
        assert entry["mesh"] is None
    assert answer["camera"] == {"source": "given", **CAMERA}
    assert answer["layout"] == "BODY_25"
    # These networks were never trained.
    (warning,) = answer["warnings"]
    assert "off its keypoints" in warning
    assert warning.endswith("(people 0, 1)")
    assert answer["faces"] is None
    assert all(value >= 0 for value in answer["timing_ms"].values())


@pytest.mark.parametrize("layout", Layout)
def test_keypoints_come_back_in_the_requests_layout(client: TestClient, layout: Layout) -> None:
    points = keypoints(layout)
    points[3] = 0
    value = document(person(points), layout=layout, camera=CAMERA)
    (entry,) = post(client, value)["people"]
    assert entry["layout"] == layout
    assert entry["observed"] == [i != 3 for i in range(len(LAYOUT_NAMES[layout]))]
    projected = np.array(entry["keypoints3d"])
    pixels = projected[:, :2] / projected[:, 2:] * 700 + [320, 240]
    np.testing.assert_allclose(entry["keypoints2d"], pixels, atol=0.02)


def test_the_residual_is_the_mean_distance_to_the_detections(client: TestClient) -> None:
    points = keypoints()
    points[::2, 2] = 0.3
    (entry,) = post(client, document(person(points), camera=CAMERA))["people"]
    distance = np.linalg.norm(np.array(entry["keypoints2d"]) - points[:, :2], axis=1)
    assert entry["residual_px"] == pytest.approx(np.average(distance, weights=points[:, 2]), rel=1e-4)


def test_people_of_several_layouts_are_fitted_together(client: TestClient) -> None:
    answer = post(client, document(person(), person(keypoints(Layout.COCO_18)), {}))
    assert answer["layout"] is None
    assert [p["layout"] for p in answer["people"]] == ["BODY_25", "COCO_18", "BODY_25"]


def test_one_among_many_is_as_alone(client: TestClient) -> None:
    people = crowd(64)
    among = post(client, document(*people, camera=CAMERA))["people"]
    for i in (0, 17, 63):
        (alone,) = post(client, document(people[i], camera=CAMERA))["people"]
        assert_same_person(alone, among[i])
    reverse = post(client, document(*people[::-1], camera=CAMERA))["people"][::-1]
    for one, other in zip(among, reverse, strict=True):
        assert_same_person(one, other)


UNUSABLE = [
    {},
    {"pose_keypoints_2d": []},
    person(np.zeros((25, 3))),
    person(np.tile([10.0, 10.0, 1.0], (25, 1))),
    person(np.vstack([keypoints()[:3], np.zeros((22, 3))])),
]


@pytest.mark.parametrize("bad", UNUSABLE, ids=range(len(UNUSABLE)))
def test_one_unusable_person_leaves_the_others_alone(client: TestClient, bad: dict[str, Any]) -> None:
    people = crowd(3)
    good = post(client, document(*people))["people"]
    mixed = post(client, document(people[0], bad, *people[1:]))["people"]
    assert mixed[1]["status"] in ("too_few_keypoints", "no_extent")
    assert mixed[1]["message"].endswith(".")
    assert {name for name, value in mixed[1].items() if value is None} == FIT_FIELDS | {"mesh"}
    for one, other in zip(good, [mixed[0], *mixed[2:]], strict=True):
        assert_same_person(one, other)


def test_nobody_is_an_answer_too(client: TestClient) -> None:
    answer = post(client, {"people": []})
    assert answer["people"] == []
    assert answer["warnings"]


def test_a_field_of_view_and_its_intrinsics_are_the_same_camera(client: TestClient) -> None:
    fov = post(client, document(camera={"fov_deg": 50}, image=IMAGE))
    focal = 320 / math.tan(math.radians(25))
    same = {"fx": focal, "fy": focal, "cx": 320, "cy": 240}
    assert fov["camera"] == pytest.approx({"source": "given", **same})
    assert_same_person(fov["people"][0], post(client, document(camera=same))["people"][0])


def test_without_a_camera_everybody_has_one_of_their_own(client: TestClient) -> None:
    answer = post(client, document(*crowd(2)))
    assert answer["camera"] == {"source": "assumed", "fx": None, "fy": None, "cx": None, "cy": None}
    cameras = [p["camera"] for p in answer["people"]]
    assert cameras[0] != cameras[1]
    assert all(camera["fx"] > 0 for camera in cameras)


def test_moving_and_scaling_the_picture_changes_the_camera_alone(client: TestClient) -> None:
    elsewhere = moved(120, -32) * [2.5, 2.5, 1]
    one, other = post(client, document(person(), person(elsewhere)))["people"]
    np.testing.assert_allclose(one["joints3d"], other["joints3d"], atol=1e-4)
    assert other["camera"]["fx"] == pytest.approx(2.5 * one["camera"]["fx"])


def test_options_are_obeyed(client: TestClient) -> None:
    betas = [1.0, -1.0, 0, 0, 0, 0, 0, 0, 0, 0]
    (entry,) = post(client, document(options={"steps": 2, "betas": betas}))["people"]
    assert len(entry["objective"]) == 3
    np.testing.assert_allclose(entry["betas"], betas)


@pytest.mark.parametrize("media", MediaType)
def test_each_format_is_given_as_asked_for(client: TestClient, media: MediaType) -> None:
    response = client.post("/v1/fit", json=document(), headers={"Accept": media})
    assert response.status_code == 200
    assert response.headers["content-type"] == media
    assert response.headers["vary"] == "Accept"
    assert "fit;dur=" in response.headers["server-timing"]
    if media is not MediaType.JSON:
        assert any("Send `camera`" in warning for warning in json.loads(response.headers["hmr-warnings"]))
        assert media.extension in response.headers["content-disposition"]


@pytest.mark.parametrize("media", [m for m in MediaType if m is not MediaType.JSON])
@pytest.mark.parametrize("people", [[], [{}, {}]], ids=["nobody", "unusable"])
def test_a_mesh_of_nobody_is_a_problem(client: TestClient, media: MediaType, people: list[Any]) -> None:
    response = client.post("/v1/fit", json={"people": people}, headers={"Accept": media})
    assert response.status_code == 422
    assert response.json()["type"] == "urn:hmr:problem:nobody-fitted"
    assert [fault["path"] for fault in response.json()["errors"]] == [
        f"people[{i}]" for i in range(len(people))
    ]


def test_warnings_fit_into_a_header(client: TestClient) -> None:
    people = [person(keypoints() * [1, 1, 1.2]) for _ in range(128)]
    response = client.post("/v1/fit", json=document(*people), headers={"Accept": "application/ply"})
    assert response.status_code == 200
    assert len(response.headers["hmr-warnings"]) <= 4000


EXTREMES = [
    keypoints() * [1e-6, 1e-6, 1],
    keypoints() * [1e4, 1e4, 1],
    moved(9e6, -9e6),
    keypoints() * [1, 0, 1],
    keypoints() * [0, 1, 1],
    keypoints() * [1, 1, 0.06],
    np.random.default_rng(0).uniform(-1e7, 1e7, (25, 3)),
]


@pytest.mark.parametrize("points", EXTREMES, ids=range(len(EXTREMES)))
@pytest.mark.parametrize("camera", [None, CAMERA, {**CAMERA, "fx": 1.0, "fy": 1e7}])
def test_nothing_but_finite_numbers_leaves(
    client: TestClient, points: Any, camera: dict[str, float] | None
) -> None:
    response = client.post("/v1/fit", json=document(person(points), camera=camera, options={"mesh": True}))
    assert response.status_code == 200, response.text
    answer = strict(response.text)
    assert all(math.isfinite(number) for number in numbers(answer))
    if answer["people"][0]["status"] == "ok":
        assert None not in [answer["people"][0][name] for name in FIT_FIELDS]


def test_every_real_file_gets_bodies_or_a_reason(client: TestClient, shared_dir: Path) -> None:
    files = sorted((shared_dir / "real/openpose_zoo").glob("*.json"))
    assert files
    for file in files:
        response = client.post("/v1/fit", content=file.read_bytes())
        answer = strict(response.text)
        assert all(math.isfinite(number) for number in numbers(answer))
        if response.status_code == 200:
            assert len(answer["people"]) == len(json.loads(file.read_bytes())["people"]), file.name
        else:
            assert 400 <= response.status_code < 500
            assert response.headers["content-type"] == "application/problem+json"
