"""The load script of the examples: requests, counts and summaries."""

import asyncio
import os
import re
from types import ModuleType
from urllib.parse import urlsplit

import pytest

from model.weights import ServedModel
from tests.example_script import load_script
from tests.service.conftest import make_served
from tests.service.gated_fitter import live


@pytest.fixture(scope="module")
def served() -> ServedModel:
    return make_served()


@pytest.fixture(scope="module")
def load() -> ModuleType:
    return load_script("load")


def run(load: ModuleType, url: str, *arguments: str) -> None:
    place = urlsplit(url)
    always = ["--host", str(place.hostname), "--port", str(place.port), "--clients", "3", "--every", "0.25"]
    asyncio.run(load.run(load.parser().parse_args([*always, *arguments])))


def test_clients_send_different_people(load: ModuleType) -> None:
    assert len(set(load.requests(3, ""))) == 3


def test_answers_are_counted(
    load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(served) as (url, _, fitter):
        run(load, url, "--seconds", "0.5", "--pid", str(os.getpid()))
    output = capsys.readouterr().out
    assert "MiB" in output
    assert f"{{200: {sum(fitter.people)}}}, broken connections: 0" in output


def test_requests_follow_the_given_rate(
    load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(served) as (url, _, fitter):
        run(load, url, "--seconds", "1", "--rate", "40", "--deadline", "20")
    output = capsys.readouterr().out
    # A Poisson process with a fixed seed: 40 requests, with a standard deviation of 6.
    assert 20 < sum(fitter.people) < 60
    assert f"{{200: {sum(fitter.people)}}}" in output
    assert f"0 of {sum(fitter.people)} fitted later than the deadline of 20 s" in output


def test_rejections_are_counted_and_timed(
    load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(served, queue_size=1, max_batch_people=1) as (url, _, _):
        run(load, url, "--seconds", "0.5", "--of-capacity", "8")
    capacity, crowd = capsys.readouterr().out.split("people a second for")
    assert "3 clients" in capacity
    rejected = re.search(r"503: (\d+)", crowd)
    assert rejected is not None
    assert f"0 of {rejected[1]} rejected without Retry-After" in crowd


def test_missing_service_counts_as_broken_connections(
    load: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    run(load, "http://127.0.0.1:9", "--seconds", "0.2", "--rate", "50")
    assert re.search(r"broken connections: [1-9]", capsys.readouterr().out)


def test_answers_with_a_wrong_number_of_people_are_reported(load: ModuleType) -> None:
    log = load.Log()
    for people in (1, 0, 2):
        log.add(200, b"", b'{"people":[' + b'{"status":"ok"}' * people + b"]}", log.start)
    assert "2 of 3 answers do not hold the one person that was sent" in load.summary(log, 1.0, None)
