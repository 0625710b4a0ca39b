"""Every field of the request, sent in every wrong form: the messages speak of JSON, not of Python."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from service.errors import InvalidInputError
from service.request.parse import read_request, sentence
from service.schemas.request import FitRequest
from tests.service.people import CAMERA, IMAGE, document

SCHEMA = FitRequest.model_json_schema()

# Of pydantic, of Python, and of our own insides.
STRANGE = (
    "dictionary", "instance of", "validation", "_type", "none", "input", "valid ", "boolean", "integer",
    "float", "str_", "pydantic", "tuple", "python", "discriminator", "<", "{", "}", "()",
)  # fmt: skip

WRONG: list[Any] = [
    None, True, "", "text", "x" * 10_000, "\ud800", 0, 7, -7, 1.5, -1e9, 1e300, 10**30, 10**400,
    float("nan"), float("inf"), [], [1], [0] * 9, [0] * 11, ["a"] * 10, [[]], [{}], [None] * 75,
    [[1] * 3] * 999, [0] * 99_999, {}, {"a": 1}, {"\ud800": []}, {"fx": {}, "fov_deg": []},
]  # fmt: skip

# Every field is there, so that each can be exchanged alone.
FULL = document(
    {"pose_keypoints_2d": [1.0, 2.0, 0.5] * 25, "pose_keypoints": [1.0, 2.0, 0.5] * 25},
    image=IMAGE,
    camera=CAMERA,
    layout="BODY_25",
    canvas_width=640,
    canvas_height=480,
    options={
        "steps": 4, "mesh": False, "mesh_encoding": "list", "faces": False, "rig": True, "quantize": None,
        "draco": False, "betas": [0.0] * 10,
    },
)  # fmt: skip
CAMERAS: list[dict[str, Any]] = [CAMERA, {"fov_deg": 60}, {"focal_mm": 35, "sensor_mm": 36}]

Place = tuple[str | int, ...]


def places(schema: dict[str, Any], at: Place = ()) -> Iterator[Place]:
    """Where the schema has fields, and the first entry of each of its lists."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    for form in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from places(form, at)
    if "items" in schema:
        yield (*at, 0)
        yield from places(schema["items"], (*at, 0))
    for name, inner in schema.get("properties", {}).items():
        yield (*at, name)
        yield from places(inner, (*at, name))


PLACES = sorted(set(places({"$ref": "#/$defs/OpenPoseDocument"})), key=str)


def exchanged(place: Place, value: Any) -> dict[str, Any]:
    """The full document with another value somewhere."""
    result = copy.deepcopy(FULL)
    if place[0] == "camera" and len(place) > 1:
        result["camera"] = dict(next(camera for camera in CAMERAS if place[1] in camera))
    if place[-2:] == (0, 0):
        result["people"][0][place[2]] = [[1.0, 2.0, 0.5] for _ in range(25)]
    inside(result, place[:-1])[place[-1]] = value
    return result


def inside(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def faults(value: Any) -> list[tuple[str, str]]:
    try:
        read_request(json.dumps(value).encode())
    except InvalidInputError as error:
        return [*error.errors, ("", error.detail)]
    return []


def as_path(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def test_all_fields_are_known() -> None:
    names = {place[-1] for place in PLACES}
    assert {"width", "fx", "fov_deg", "sensor_mm", "layout", "draco", "betas", "pose_keypoints"} <= names
    assert not faults(FULL)


@pytest.mark.parametrize("place", PLACES, ids=as_path)
def test_a_wrong_value_is_told_in_the_words_of_json(place: Place) -> None:
    refused = 0
    for value in WRONG:
        found = faults(exchanged(place, value))
        refused += bool(found)
        for path, message in found:
            words = message.replace(path, "").lower()
            assert not [word for word in STRANGE if word in words], (value, message)
            assert len(message) < 400
    assert refused >= len(WRONG) // 3


@pytest.mark.parametrize("place", PLACES, ids=as_path)
def test_a_wrong_value_is_told_where_it_is(place: Place) -> None:
    for value in ("text", 10**400, [None]):
        found = faults(exchanged(place, value))
        assert any(path.startswith(as_path(place)) for path, _ in found), (value, found)


@pytest.mark.parametrize("where", [(), ("image",), ("camera",), ("options",), ("people", 0)])
def test_what_is_left_out_and_what_is_unknown(where: Place) -> None:
    for name in (*inside(FULL, where), "unknown"):
        value = copy.deepcopy(FULL)
        holder = inside(value, where)
        if name == "unknown":
            holder[name] = None
        else:
            del holder[name]
        for _, message in faults(value):
            assert "missing" in message or "not a recognised key" in message or "must be a list" in message


@pytest.mark.parametrize("value", WRONG[:-5], ids=range(len(WRONG) - 5))
def test_a_document_that_is_none_is_told_so(value: Any) -> None:
    (path, message), _ = faults(value)
    assert path in ("$", "people")
    assert not [word for word in STRANGE if word in message.lower()]


def test_sentences_hold_their_numbers() -> None:
    assert sentence({"type": "too_short", "ctx": {"min_length": 10, "actual_length": 9}, "msg": ""}) == (
        "must have at least 10 entries, not 9"
    )
    assert (
        sentence({"type": "less_than_equal", "ctx": {"le": 1e7}, "msg": ""}) == "must be at most 10,000,000"
    )
    assert sentence({"type": "nobody knows", "msg": "is wrong"}) == "is wrong"
