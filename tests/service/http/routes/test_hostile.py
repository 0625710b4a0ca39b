"""What clients send by mistake or on purpose: an answer or a problem document, and never a 5xx."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.http.routes.test_fit import numbers, strict
from tests.service.http.routes.test_problems import problem
from tests.service.people import document, person

GOOD = json.dumps(document()).encode()


def with_number(text: str) -> bytes:
    """The good document with one coordinate written otherwise."""
    return GOOD.replace(b"320.0", text.encode(), 1)


TABLE: list[tuple[str, bytes, int]] = [
    ("nothing", b"", 400),
    ("white space", b" \r\n\t", 400),
    ("cut short", GOOD[:-2], 400),
    ("something follows", GOOD + b"{}", 400),
    ("zero bytes", GOOD + b"\0", 400),
    ("single quotes", GOOD.replace(b'"', b"'"), 400),
    ("Latin-1", '{"people": [], "who": "é"}'.encode("latin-1"), 400),
    ("UTF-8 with a mark", b"\xef\xbb\xbf" + GOOD, 200),
    ("UTF-16", GOOD.decode().encode("utf-16"), 200),
    ("UTF-32", GOOD.decode().encode("utf-32"), 200),
    ("half a surrogate", b'{"people": [], "who": "\\ud800"}', 200),
    ("lists within lists", b"[" * 900 + b"]" * 900, 422),
    ("lists within lists, too deep", b"[" * 100_000 + b"]" * 100_000, 400),
    ("objects within objects", b'{"people":' * 50_000, 400),
    ("deep within a key that is ignored", b'{"people": [], "x": ' + b"[" * 900 + b"]" * 900 + b"}", 200),
    ("NaN", with_number("NaN"), 422),
    ("Infinity", with_number("-Infinity"), 422),
    ("a number beyond floats", with_number("1e400"), 422),
    ("a number beyond pictures", with_number("1e8"), 422),
    ("a long number", with_number("1" * 4000), 422),
    ("a number of too many digits", with_number("1" * 5000), 400),
    ("a text for a number", with_number('"320.0"'), 422),
    ("true for a number", with_number("true"), 422),
    ("null for a number", with_number("null"), 422),
    ("a list for a number", with_number("[320.0]"), 422),
    ("nested triplets", json.dumps({"people": [{"pose_keypoints_2d": [[1, 2, 1]] * 25}]}).encode(), 200),
    ("the same key twice", b'{"people": 3, "people": []}', 200),
    ("a person who is null", b'{"people": [null]}', 422),
    ("a person without keys", b'{"people": [{}]}', 200),
    ("no people", b'{"people": []}', 200),
    ("two documents", b"[" + GOOD + b"," + GOOD + b"]", 422),
    ("only a number", b"1", 422),
    ("not JSON but gzip", gzip.compress(GOOD), 400),
    ("too many people", json.dumps({"people": [{}] * 129}).encode(), 422),
    ("50 MB", b" " * 50_000_000, 413),
]


@pytest.mark.parametrize(("data", "status"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
@pytest.mark.parametrize("packed", [False, True])
def test_whatever_is_sent_has_its_answer(client: TestClient, data: bytes, status: int, packed: bool) -> None:
    if packed:
        headers = {"Content-Encoding": "gzip"}
        response = client.post("/v1/fit", content=gzip.compress(data, 1), headers=headers)
    else:
        response = client.post("/v1/fit", content=data)
    if status == 200:
        assert response.status_code == 200, response.text
        strict(response.text)
    else:
        assert len(problem(response, status).detail) < 1000


VERSIONS: list[dict[str, Any]] = [
    {"version": 1.0, "people": [{"pose_keypoints": person()["pose_keypoints_2d"]}]},
    {"version": 1.1, "people": [person()]},
    {
        "version": "1.2",
        "people": [person() | {"face_keypoints_2d": None, "hand_left_keypoints_2d": [1.0] * 63}],
    },
    {"people": [person() | {"person_id": 3}]},
    {"people": [{k: v for k, v in person().items() if k != "person_id"}]},
    {"people": [person()], "part_candidates": [{}], "face_keypoints_2d": [1.0] * 210, "hands": []},
    {"people": [person() | {"pose_keypoints_2d": person()["pose_keypoints_2d"] + [0, 0, 0]}]},
    {"people": [person()], "canvas_width": 640, "canvas_height": 480},
]


@pytest.mark.parametrize("value", VERSIONS, ids=range(len(VERSIONS)))
def test_every_version_is_read_alike(client: TestClient, value: dict[str, Any]) -> None:
    (found,) = client.post("/v1/fit", json=value).json()["people"]
    (usual,) = client.post("/v1/fit", json=document()).json()["people"]
    assert (found["status"], found["layout"]) == ("ok", "BODY_25")
    assert found["observed"] == usual["observed"]


def mutations(data: bytes) -> st.SearchStrategy[bytes]:
    """A file with some of its bytes or some of its values exchanged."""
    places = st.integers(0, len(data) - 1)
    words = st.sampled_from(
        [b"null", b"NaN", b"1e309", b"-1", b"[]", b"{}", b'"x"', b",", b"0", b"\xff", b""]
    )
    edits = st.lists(st.tuples(places, st.integers(0, 40), words), min_size=1, max_size=4)

    def edited(changes: list[tuple[int, int, bytes]]) -> bytes:
        result = data
        for start, length, word in changes:
            result = result[:start] + word + result[start + length :]
        return result

    return edits.map(edited)


def check(client: TestClient, data: bytes) -> None:
    response = client.post("/v1/fit", content=data)
    answer = strict(response.text)
    assert all(number == number and abs(number) != float("inf") for number in numbers(answer))
    if response.status_code != 200:
        assert 400 <= response.status_code < 500
        problem(response, response.status_code)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutations(GOOD))
def test_mutated_files_have_an_answer(client: TestClient, data: bytes) -> None:
    check(client, data)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutated_real_files_have_an_answer(client: TestClient, shared_dir: Path, data: st.DataObject) -> None:
    files = sorted((shared_dir / "real/openpose_zoo").glob("*.json"))
    file = data.draw(st.sampled_from(files))
    check(client, data.draw(mutations(file.read_bytes())))
