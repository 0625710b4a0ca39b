"""Requests generated from the OpenAPI document, valid and invalid, get documented answers."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from model.weights import ServedModel
from tests.fuzz.cases import REQUESTS, examples
from tests.service.gated_fitter import live
from tests.service.http.routes.test_fit import strict

NDJSON = "application/x-ndjson"
CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Longer than the service's deadline, so that a slow fit shows as status 504.
CLIENT_SECONDS = 60
# Share of the requests by path; paths without a body have hardly more than one case.
SHARE = {"/v1/fit": 0.3, "/v1/fit/batch": 0.2}

tried: Counter[str] = Counter()


@schemathesis.serializer(NDJSON)
def one_line(_: Any, value: Any) -> bytes:
    return json.dumps(value).encode()


@schemathesis.deserializer(NDJSON)
def first_line(_: Any, response: Any) -> Any:
    return strict(response.text.splitlines()[0])


@pytest.fixture(scope="module")
def address(served: ServedModel) -> Iterator[str]:
    with live(served) as (url, _, _):
        yield url
    print(f"\nrequests by path: {dict(tried)}, {tried.total()} in all")


@pytest.mark.parametrize("mode", GenerationMode)
def test_answers_match_the_openapi_document(address: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and operation.path not in SHARE:
            continue

        @examples(max(1, round(REQUESTS * SHARE.get(operation.path, 0.02))))
        @given(case=operation.as_strategy(generation_mode=mode))
        def answered(case: Any) -> None:
            response = case.call(base_url=address, timeout=CLIENT_SECONDS)
            tried[case.operation.path] += 1
            case.validate_response(response, checks=CHECKED)
            if "json" in response.headers["content-type"][0]:
                strict(response.text)

        answered()
