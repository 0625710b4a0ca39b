"""The load script of the examples: it runs, counts answers, and says so."""

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


def test_each_client_has_a_person_of_its_own(load: ModuleType) -> None:
    assert len(set(load.requests(3, ""))) == 3


def test_it_counts_answers(load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]) -> None:
    with live(served) as (url, _, fitter):
        run(load, url, "--seconds", "0.5", "--pid", str(os.getpid()))
    said = capsys.readouterr().out
    assert "MiB" in said
    assert f"{{200: {sum(fitter.people)}}}, broken connections: 0" in said


def test_a_crowd_comes_as_often_as_it_is_told_to(
    load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(served) as (url, _, fitter):
        run(load, url, "--seconds", "1", "--rate", "40", "--deadline", "20")
    said = capsys.readouterr().out
    # Poisson's: 40 with a standard deviation of 6, always the same ones.
    assert 20 < sum(fitter.people) < 60
    assert f"{{200: {sum(fitter.people)}}}" in said
    assert f"0 of {sum(fitter.people)} fitted later than the deadline of 20 s" in said


def test_it_tells_who_was_turned_away_and_for_how_long_they_waited(
    load: ModuleType, served: ServedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    with live(served, queue_size=1, max_batch_people=1) as (url, _, _):
        run(load, url, "--seconds", "0.5", "--of-capacity", "8")
    capacity, crowd = capsys.readouterr().out.split("people a second for")
    assert "3 clients" in capacity
    away = re.search(r"503: (\d+)", crowd)
    assert away is not None
    assert f"0 of {away[1]} turned away were not told when to come back" in crowd


def test_a_service_that_is_not_there_is_a_broken_connection(
    load: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    run(load, "http://127.0.0.1:9", "--seconds", "0.2", "--rate", "50")
    assert re.search(r"broken connections: [1-9]", capsys.readouterr().out)


def test_it_tells_of_answers_with_another_number_of_people(load: ModuleType) -> None:
    log = load.Log()
    for people in (1, 0, 2):
        log.note(200, b"", b'{"people":[' + b'{"status":"ok"}' * people + b"]}", log.start)
    assert "2 of 3 answers do not hold the one person that was sent" in load.summary(log, 1.0, None)
