"""`POST /v1/fit/batch`: each line for itself."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.app import create_app
from service.errors import InvalidInputError, TooLargeError
from service.schemas.batch import BulkAnswerLine
from service.settings import Settings
from tests.service.conftest import wait_until_ready
from tests.service.gated_fitter import gated
from tests.service.http.routes.test_fit import assert_same_person, strict
from tests.service.http.routes.test_problems import problem
from tests.service.people import CAMERA, crowd, document, person

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(*values: Any) -> bytes:
    return b"\n".join(value if isinstance(value, bytes) else json.dumps(value).encode() for value in values)


def post(client: TestClient, body: bytes) -> list[dict[str, Any]]:
    response = client.post("/v1/fit/batch", content=body, headers=NDJSON)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.text.endswith("\n")
    answers = [strict(line) for line in response.text.splitlines()]
    for answer in answers:
        BulkAnswerLine.model_validate(answer, strict=False)
        assert ("result" in answer) == (answer["status"] == 200) == ("problem" not in answer)
    return answers


def test_each_line_is_answered_as_alone(client: TestClient) -> None:
    people = crowd(9)
    values = [
        document(*people[:3], camera=CAMERA, id="a"),
        document(people[3], options={"steps": 2, "mesh": True}, id=7),
        [document(people[4], id="controlnet")],
        {"people": []},
        document(*people[5:], {}),
    ]
    answers = post(client, lines(*values))
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4, 5]
    assert [answer["id"] for answer in answers] == ["a", 7, "controlnet", None, None]
    for value, answer in zip(values, answers, strict=True):
        alone = client.post("/v1/fit", json=value).json()
        assert {k: v for k, v in answer["result"].items() if k not in ("people", "timing_ms")} == {
            k: v for k, v in alone.items() if k not in ("people", "timing_ms")
        }
        for one, other in zip(answer["result"]["people"], alone["people"], strict=True):
            if one["status"] == "ok":
                assert_same_person(one, other)


BAD: list[tuple[bytes, int]] = [
    (b"{", 400),
    (b"\xff\xfe\xfa", 400),
    (b'{"people": 3, "id": "x"}', 422),
    (b'{"people": [{"pose_keypoints_2d": [NaN, 1, 1]}]}', 422),
    (b"[" * 5000, 400),
    (b'{"people": [{},{},{},{},{}]}', 422),
    (b'{"people": [], "x": "' + b"y" * 6000 + b'"}', 413),
]


def test_a_bad_line_is_one_bad_line(served: ServedModel) -> None:
    settings = Settings(max_body_bytes=6000, max_people=4)
    with TestClient(create_app(settings, served)) as client:
        wait_until_ready(client)
        small = {"people": [{"pose_keypoints_2d": [0] * 75}]}
        body = b"".join(lines(small, data, b"  \r", b"") for data, _ in BAD)
        answers = post(client, body + b"\n\n")
    assert [answer["line"] for answer in answers[::2]] == [3 * i + 1 for i in range(len(BAD))]
    assert [answer["line"] for answer in answers[1::2]] == [3 * i + 2 for i in range(len(BAD))]
    assert [answer["status"] for answer in answers[::2]] == [200] * len(BAD)
    for (_, status), answer in zip(BAD, answers[1::2], strict=True):
        assert answer["status"] == answer["problem"]["status"] == status
        assert answer["problem"]["instance"] == f"/v1/fit/batch#{answer['line']}"
    assert answers[5]["id"] == "x"


@pytest.mark.parametrize(
    "name", [1.5, 7.0, True, False, [1], {"a": 1}, "x" * 201, "\ud800", 2**63, -(2**63), 2**64, float("nan")]
)
def test_an_id_that_would_be_lost_is_refused(client: TestClient, name: Any) -> None:
    """Its line alone, with `NaN` elsewhere or not, alone or in a list."""
    bad = {"people": [], "id": name}
    answers = post(client, lines({"people": [], "id": 1}, bad, [bad], bad | {"version": float("nan")}, {}))
    assert [answer["line"] for answer in answers] == [1, 2, 3, 4, 5]
    assert [answer["id"] for answer in answers] == [1, None, None, None, None]
    assert [answer["status"] for answer in answers] == [200, 422, 422, 422, 422]
    for answer in answers[1:4]:
        (fault,) = answer["problem"]["errors"]
        assert fault["path"] == "id"
        assert "text of at most 200" in fault["message"]


@pytest.mark.parametrize("name", [None, "", "x" * 200, "é\n\U0001f9cd", 0, -1, 2**63 - 1])
def test_any_other_id_comes_back(client: TestClient, name: Any) -> None:
    long = {"people": [], "id": name, "x": "y" * 1_100_000}
    answers = post(client, lines({"people": [], "id": name, "version": float("nan")}, long, {"id": name}))
    assert [answer["id"] for answer in answers] == [name] * 3
    assert [answer["status"] for answer in answers] == [200, 200, 422]


FINE = ["", "*/*", "application/*", "application/json", "application/x-ndjson", "text/html, */*;q=0.1"]


@pytest.mark.parametrize("accept", [*FINE, "Application/X-NDJSON; charset=utf-8", "application/jsonl"])
def test_who_takes_json_takes_lines(client: TestClient, accept: str) -> None:
    headers = NDJSON | {"Accept": accept}
    response = client.post("/v1/fit/batch", content=b'{"people": []}', headers=headers)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("accept", ["model/gltf-binary", "text/html", "application/x-ndjson;q=0"])
def test_lines_are_not_given_to_who_does_not_take_them(client: TestClient, accept: str) -> None:
    headers = NDJSON | {"Accept": accept}
    found = problem(client.post("/v1/fit/batch", content=b'{"people": []}', headers=headers), 406)
    assert "application/x-ndjson" in found.detail
    responses = client.get("/openapi.json").json()["paths"]["/v1/fit/batch"]["post"]["responses"]
    assert "406" in responses


def test_several_lines_of_accept_are_one_list(client: TestClient) -> None:
    glb, lined = ("Accept", "model/gltf-binary"), ("Accept", "application/x-ndjson;q=0.5")
    for order in ([glb, lined], [lined, glb]):
        response = client.post("/v1/fit/batch", content=b"{}", headers=[*NDJSON.items(), *order])
        assert response.status_code == 200
    html = ("Accept", "text/html")
    for order in ([glb, html], [html, glb]):
        response = client.post("/v1/fit", json=document(), headers=order)
        assert response.headers["content-type"] == "model/gltf-binary"


def test_more_lines_than_are_in_flight_come_in_order(client: TestClient) -> None:
    answers = post(client, lines(*({"people": [{}], "id": i} for i in range(300))))
    assert [answer["id"] for answer in answers] == list(range(300))


def test_what_breaks_in_the_fit_breaks_its_line_alone(served: ServedModel) -> None:
    client, fitter = gated(served)
    with client:
        wait_until_ready(client)
        fitter.breaks_on = 3
        answers = post(client, lines(document(), document(*crowd(3), options={"steps": 1}), document()))
    assert [answer["status"] for answer in answers] == [200, 500, 200]


def test_limits_of_the_whole(served: ServedModel) -> None:
    settings = Settings(max_bulk_bytes=1000, max_bulk_lines=3, max_bulk_requests=1)
    with TestClient(create_app(settings, served)) as client:
        wait_until_ready(client)
        for body, status in ((b"{}\n" * 4, 413), (b" " * 1001, 413), (b"\n \n", 422)):
            problem(client.post("/v1/fit/batch", content=body, headers=NDJSON), status)
        as_json = {"Content-Type": "application/json"}
        problem(client.post("/v1/fit/batch", content=b"{}", headers=as_json), 415)


def test_few_are_served_at_a_time(served: ServedModel) -> None:
    client, fitter = gated(served, max_bulk_requests=1)
    with client, ThreadPoolExecutor(1) as pool:
        wait_until_ready(client)
        fitter.gate.clear()
        fitter.entered.clear()
        first = pool.submit(post, client, lines(document(person())))
        assert fitter.entered.wait(10)
        response = client.post("/v1/fit/batch", content=b"{}", headers=NDJSON)
        problem(response, 503)
        assert int(response.headers["Retry-After"]) >= 1
        fitter.gate.set()
        assert first.result()[0]["status"] == 200
        assert post(client, lines(document()))[0]["status"] == 200


def test_errors_of_the_whole_are_the_services() -> None:
    from service.http.batch_stream import split_lines

    with pytest.raises(TooLargeError):
        split_lines(b"1\n2\n3", 2)
    with pytest.raises(InvalidInputError):
        split_lines(b" \n", 2)
