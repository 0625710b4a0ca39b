"""The whole comparison on made-up people: resumed, stopped, reported."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from model.benchmark.dataset import DatasetError
from model.benchmark.methods.method import Iterate, Pace
from model.benchmark.methods.registry import QUICK, all_methods, chosen
from model.benchmark.report.tables import write_report
from model.benchmark.run import Comparison, Finished, Limits, compare, usable
from model.body.body import Body
from model.fit.network import Recovery
from model.fit.observation import Observation
from tests.model.benchmark.people import Knowing, silent, some_people
from tests.model.people import people_in_picture
from tests.model.prior.priors import small_prior


@pytest.fixture
def comparison(body: Body, recovery: Recovery, tmp_path: Path) -> Comparison:
    methods = chosen(all_methods(recovery, small_prior(), None, QUICK), ["mean-pose", "initializer", "adam"])
    return Comparison(
        methods,
        [some_people(body)],
        body,
        small_prior(),
        Limits(4, 2, 1, timed=2, seconds=0.0),
        {"weights": "1"},
        tmp_path,
    )


def test_finished_parts_are_read_again(comparison: Comparison) -> None:
    said: list[str] = []
    first, again = Finished(), Finished()
    compare(comparison, first, said.append)
    assert [len(score.people) for score in first.scores] == [4, 4, 2]
    compare(comparison, again, said.append)
    assert sum("finished before" in line for line in said) == 6
    assert again == first


def test_other_data_or_weights_are_refused(comparison: Comparison, body: Body) -> None:
    compare(comparison, Finished(), silent)
    with pytest.raises(DatasetError, match="of another weights"):
        compare(replace(comparison, identity={"weights": "2"}), Finished(), silent)
    with pytest.raises(DatasetError, match="of another data"):
        compare(replace(comparison, datasets=[some_people(body, seed=1)]), Finished(), silent)
    with pytest.raises(DatasetError, match="of another people"):
        compare(replace(comparison, limits=Limits(3, 2, 1, timed=2, seconds=0.0)), Finished(), silent)


class _Stopping(Knowing):
    """Ctrl-C at its third call."""

    calls = 0

    def fit(self, body: Body, observation: Observation) -> list[Iterate]:
        self.calls += 1
        if self.calls == 3:
            raise KeyboardInterrupt
        return []


def test_finished_results_are_kept_when_stopped(comparison: Comparison, body: Body) -> None:
    stopping = _Stopping(people_in_picture(body, 1), name="slow", pace=Pace.SLOW, batched=False)
    stopped = replace(comparison, methods=[*comparison.methods[:2], stopping])
    finished = Finished()
    stopping.calls = 2
    with pytest.raises(KeyboardInterrupt):
        compare(stopped, finished, silent)
    assert [score.method for score in finished.scores] == ["mean-pose", "initializer"]
    assert "initializer" in write_report(finished, stopped).read_text()


def test_the_report_covers_every_method_and_data_set(comparison: Comparison) -> None:
    finished = Finished()
    compare(comparison, finished, silent)
    text = write_report(finished, comparison).read_text()
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert rows == 2 * (["method", "mean-pose", "initializer", "adam"])
    for heading in ("PA-MPJPE", "PVE", "success, %", "memory, MiB", "## made-up", "weights: 1"):
        assert heading in text
    written = json.loads((comparison.out / "benchmark.json").read_text())
    assert [row["method"] for row in written["rows"]] == ["mean-pose", "initializer", "adam"]


def test_people_that_can_t_be_fitted_are_left_out_and_counted(body: Body) -> None:
    people = some_people(body)
    people.confidence[2, 3:] = 0.0
    good, refused = usable(people)
    assert (len(good), refused) == (3, 1)
    assert good.group.tolist() == [0, 1, 3]


def test_slowest_methods_fit_no_sequences(comparison: Comparison, body: Body) -> None:
    people = some_people(body)
    sequence = replace(people, frame=people.group, group=people.group * 0, fps=30.0)
    slowest = Knowing(people_in_picture(body, 4), pace=Pace.SLOWEST, name="slowest")
    finished = Finished()
    compare(
        replace(comparison, methods=[comparison.methods[0], slowest], datasets=[sequence]), finished, silent
    )
    assert [score.method for score in finished.scores] == ["mean-pose"]
