"""Answers to encode."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from model.weights import ServedModel
from service.exchange import fit_document
from service.media import MediaType
from service.response.answer import Answer
from tests.service.people import document

Fit = Callable[..., Answer]


def as_bytes(*people: dict[str, Any], **extras: Any) -> bytes:
    """Return a file as a client sends it."""
    return json.dumps(document(*people, **extras)).encode()


@pytest.fixture(scope="session")
def fit(served: ServedModel) -> Fit:
    """Return a function that fits people, with further keys of the file."""

    def fit(*people: dict[str, Any], **extras: Any) -> Answer:
        return fit_document(as_bytes(*people, **extras), served, MediaType.GLB)

    return fit
