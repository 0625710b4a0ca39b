"""The load script of the examples: it runs, counts answers, and says so."""

import argparse
import asyncio
import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from model.weights import ServedModel
from tests.service.conftest import make_served
from tests.service.gated_fitter import live

SCRIPT = Path(__file__).parents[1] / "examples/load.py"


@pytest.fixture(scope="module")
def served() -> ServedModel:
    return make_served()


def test_it_counts_answers(served: ServedModel, capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("load", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    load = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(load)
    assert len(set(load.requests(3, ""))) == 3
    with live(served) as (url, _, fitter):
        place = urlsplit(url)
        options = argparse.Namespace(
            host=place.hostname, port=place.port, clients=3, seconds=0.5, every=0.25, key=None, pid=None
        )
        asyncio.run(load.run(options))
    said = capsys.readouterr().out
    assert "people/s" in said
    assert f"{{200: {sum(fitter.people)}}}" in said
