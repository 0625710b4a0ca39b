"""The load script of the examples: requests, counts and summaries."""

import asyncio
import os
import re
import threading
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
    with live(served, queue_size=1, max_batch_people=1) as (url, _, fitter):
        # No fit ends while requests come in: all but one in the fit and one in the queue are rejected.
        fitter.gate.clear()
        opener = threading.Timer(2.0, fitter.gate.set)
        opener.start()
        run(load, url, "--seconds", "0.5", "--rate", "40")
        opener.join()
    output = capsys.readouterr().out
    rejected = re.search(r"503: (\d+)", output)
    assert rejected is not None
    assert int(rejected[1]) >= 5
    assert f"0 of {rejected[1]} rejected without Retry-After" in output


def test_rate_is_a_multiple_of_the_measured_capacity(
    load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(served) as (url, _, _):
        run(load, url, "--seconds", "0.5", "--of-capacity", "0.5")
    output = capsys.readouterr().out
    assert output.startswith("3 clients for 0.5 s")
    capacity = re.search(r"([\d.]+) people/s; fitted", output)
    rate = re.search(r"([\d.]+) people a second for", output)
    assert capacity is not None
    assert rate is not None
    assert float(rate[1]) == pytest.approx(0.5 * float(capacity[1]), abs=0.1)


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
