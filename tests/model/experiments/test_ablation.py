"""Rows are trained alike, skipped when finished, gone on with when stopped, and never mixed up."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.body.body import Body
from model.evaluate.poses import evaluate_poses
from model.evaluate.starts import mean_rotations
from model.experiments.ablation import ROWS, Job, ablate, jobs
from model.experiments.errors import ExperimentError
from model.experiments.result import load_results
from model.experiments.rows import BASE
from model.experiments.setup import answer_always
from model.fit.network import RecoveryConfig
from model.fit.observation import look_at_person
from model.train.finished_run import load_run
from model.train.warm_start import with_fresh_optimizer
from tests.model.experiments.settings import tiny_setting
from tests.model.people import TINY, people_in_picture, tiny_recovery

STEPS = ["0", "1", "2"]


@pytest.fixture(scope="module")
def done(body: Body, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three finished rows, one of them with two seeds."""
    out = tmp_path_factory.mktemp("ablation")
    ablate(tiny_setting(body), jobs(["lgd", "lsr1"], [1]), out, lambda line: None)
    ablate(tiny_setting(body), jobs(["lsr1", "adam"], [1, 2]), out, lambda line: None)
    return out


def silent(line: str) -> None:
    """Say nothing."""


def test_every_row_has_a_result(done: Path) -> None:
    results = {(result.row, result.seed): result for result in load_results(done)}
    assert results.keys() == {("lgd", 1), ("lsr1", 1), ("lsr1", 2), ("adam", 0)}
    for (row, _), result in results.items():
        assert result.errors.keys() == {"clean", "noisy"}
        for measures in result.errors.values():
            steps = ["0", "2", "3"] if row == "adam" else STEPS
            assert all(list(values) == steps for values in measures.values())


def test_all_rows_begin_at_the_same_initializer(done: Path, body: Body) -> None:
    setup = tiny_setting(body)
    errors = evaluate_poses(setup.start, body, setup.data.validation, 0)
    for result in load_results(done):
        for protocol, measures in result.errors.items():
            for name, values in measures.items():
                assert values["0"] == pytest.approx(getattr(errors[protocol], name)[0], rel=1e-4), result.row


def test_an_initializer_that_answers_always_the_same(body: Body) -> None:
    setup = tiny_setting(body)
    rotations = mean_rotations(setup.data.train)
    recovery = tiny_recovery()
    answer_always(recovery.initializer, rotations)
    people = people_in_picture(body, 3)
    guess = recovery.initializer(look_at_person(people.pixels, people.confidence, people.camera).observation)
    torch.testing.assert_close(guess.rotations[:, :22], rotations[:22].expand(3, -1, -1, -1))
    assert not guess.betas.any()


def test_rows_and_seeds_differ_after_it(done: Path) -> None:
    after = [result.errors["clean"]["mpjpe_mm"]["2"] for result in load_results(done)]
    assert len({round(error, 3) for error in after}) == len(after)


def test_parameters_are_those_of_the_networks(done: Path) -> None:
    for result in load_results(done):
        if result.row == "adam":
            assert (result.parameters, result.context_parameters) == (0, 0)
            continue
        state = load_run(done / f"{result.row}-{result.seed}").state_dict()
        learned = sum(value.numel() for name, value in state.items() if not name.startswith("initializer"))
        assert result.parameters == learned
        assert result.context_parameters == sum(
            value.numel() for name, value in state.items() if name.startswith("initializer.context")
        )


def test_the_table_holds_all_rows_in_the_common_order(done: Path) -> None:
    text = (done / "table.md").read_text()
    lines = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    first = lines[: lines.index("row", 1)]
    assert first == ["row", "lsr1", "lgd"]
    assert [name for name in ROWS if name in lines[-3:]] == ["lsr1", "lgd", "adam"] == lines[-3:]
    assert "±" in text
    assert len(json.loads((done / "table.json").read_text())) == 4


def test_finished_rows_are_not_run_again(done: Path, body: Body) -> None:
    reported: list[str] = []
    ablate(tiny_setting(body), jobs(["lsr1", "adam"], [1]), done, reported.append)
    assert reported == ["lsr1-1: finished before", "adam: finished before"]


def test_results_of_another_budget_are_refused(done: Path, body: Body) -> None:
    setup = tiny_setting(body)
    other = replace(setup, budget=replace(setup.budget, iterations=3))
    with pytest.raises(ExperimentError, match="another budget"):
        ablate(other, jobs(["lsr1"], [1]), done, silent)


def test_a_stopped_row_is_resumed(done: Path, body: Body, tmp_path: Path) -> None:
    def stop_at(start: str) -> Callable[[str], None]:
        def report(line: str) -> None:
            if line.startswith(start):
                raise KeyboardInterrupt

        return report

    for start in ("train: iteration 1", "clean"):
        with pytest.raises(KeyboardInterrupt):
            ablate(tiny_setting(body), jobs(["lsr1"], [1]), tmp_path, stop_at(start))
        assert not load_results(tmp_path)
    (result,) = ablate(tiny_setting(body), jobs(["lsr1"], [1]), tmp_path, silent)
    (whole,) = (r for r in load_results(done) if r.row == "lsr1" and r.seed == 1)
    assert result.errors == whole.errors
    assert not (tmp_path / "lsr1-1" / "checkpoint.pt").exists()


def test_a_broken_result_is_an_error(body: Body, tmp_path: Path) -> None:
    (tmp_path / "lsr1-1").mkdir()
    (tmp_path / "lsr1-1" / "result.json").write_text("half a f")
    with pytest.raises(ExperimentError, match=r"result\.json is no result"):
        ablate(tiny_setting(body), jobs(["lsr1"], [1]), tmp_path, silent)


def test_jobs_keep_the_order_and_classical_rows_have_no_seeds() -> None:
    todo = jobs(["lbfgs", "lsr1"], [1, 2])
    assert todo == [Job("lbfgs"), Job("lsr1", 1), Job("lsr1", 2)]
    assert [job.folder for job in todo] == ["lbfgs", "lsr1-1", "lsr1-2"]


def test_an_unknown_row_is_an_error() -> None:
    with pytest.raises(ExperimentError, match="Unknown row lrs1; the rows are lsr1, lgd"):
        jobs(["lrs1"], [1])


def test_a_fresh_optimizer_has_the_guess_of_the_start_and_nothing_else() -> None:
    start = tiny_recovery()
    fresh = with_fresh_optimizer(RecoveryConfig(TINY.initializer, BASE), start, seed=1).state_dict()
    for name, value in start.state_dict().items():
        of_guess = name.startswith("initializer") and not name.startswith("initializer.context")
        same = fresh[name].shape == value.shape and torch.equal(fresh[name], value)
        assert same == of_guess, name
