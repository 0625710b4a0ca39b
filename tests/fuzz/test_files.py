"""Mutated OpenPose files get an answer of finite numbers or a problem document."""

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.cases import FILES, examples
from tests.service.http.routes.test_fit import numbers, strict
from tests.service.http.routes.test_hostile import mutations
from tests.service.http.test_openapi import validator
from tests.service.people import crowd, document

tried: Counter[int] = Counter()

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([[], {}, 0, -1, 1e-300, 1e6, 1e38, "NaN", [[]], {"people": []}]),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every list or object within a document, paired with each of its keys."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def changed(draw: st.DrawFn, original: Any) -> bytes:
    """Draw a document with some values replaced, removed or scaled."""
    value = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 4))):
        found = places(value)
        if not found:
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        if draw(st.booleans()) and isinstance(holder[key], int | float):
            holder[key] *= draw(st.sampled_from([0, -1, 1e-6, 1e3, 1e9]))
        elif draw(st.booleans()):
            holder[key] = draw(ODD)
        else:
            del holder[key]
    return json.dumps(value).encode()


@pytest.fixture(scope="module")
def schemas(client: TestClient) -> Iterator[dict[str, Any]]:
    openapi = client.get("/openapi.json").json()
    yield {name: validator(openapi, name) for name in ("FitAnswer", "Problem")}
    print(f"\nfiles by status: {dict(tried)}, {tried.total()} in all")


@pytest.fixture(scope="module")
def documented(client: TestClient) -> set[int]:
    responses = client.get("/openapi.json").json()["paths"]["/v1/fit"]["post"]["responses"]
    return {int(status) for status in responses}


def check(client: TestClient, schemas: dict[str, jsonschema_rs.Validator], data: bytes) -> int:
    """Post a file, check the answer, and return its status."""
    response = client.post("/v1/fit", content=data)
    answer = strict(response.text)
    assert all(abs(number) < float("inf") for number in numbers(answer))
    schemas["FitAnswer" if response.status_code == 200 else "Problem"].validate(answer)
    assert response.status_code < 500
    tried[response.status_code] += 1
    return response.status_code


MADE_UP = document(
    *crowd(2), camera={"fov_deg": 60}, image={"width": 640, "height": 480}, options={"steps": 4}
)


@examples(FILES // 2)
@given(st.one_of(changed(MADE_UP), mutations(json.dumps(MADE_UP).encode())))
def test_mutated_files_get_documented_answers(
    client: TestClient, schemas: dict[str, Any], documented: set[int], data: bytes
) -> None:
    assert check(client, schemas, data) in documented


@examples(FILES - FILES // 2)
@given(data=st.data())
def test_mutated_real_files_get_documented_answers(
    client: TestClient, schemas: dict[str, Any], documented: set[int], shared_dir: Path, data: st.DataObject
) -> None:
    files = sorted((shared_dir / "real/openpose_zoo").glob("*.json"))
    original = data.draw(st.sampled_from(files)).read_bytes()
    edited = data.draw(st.one_of(changed(json.loads(original)), mutations(original)))
    assert check(client, schemas, edited) in documented
