"""Reading a run's log back, drawing it, and TensorBoard's copy of it."""

import json
import sys
from pathlib import Path

import pytest

from model.train.report.log import LogError, Pace, RunLog, read_log
from model.train.report.plot import curves, plot_runs
from model.train.report.tensorboard import scalars, tensorboard

PNG = b"\x89PNG\r\n\x1a\n"


def write_run(folder: Path) -> Path:
    """A log with two training events, a crash that repeats the second, and a validation."""
    folder.mkdir()
    log = RunLog(folder, lambda line: None)
    for iteration, loss in ((10, 3.0), (20, 2.0), (20, 1.5)):
        log.write("train", iteration=iteration, unroll=4, people_per_second=9.0, loss=loss, norm=1.0)
    log.write("validation", iteration=20, data="clean", pa_mpjpe_mm=[5.0, 4.0], mpjpe_mm=[9.0, 8.0])
    log.write("stopped", iteration=20)
    return folder


def test_events_are_read_back_but_for_half_a_line(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    events = read_log(folder)
    assert [event["event"] for event in events] == ["train", "train", "train", "validation", "stopped"]
    with (folder / "log.jsonl").open("a") as file:
        file.write('{"event": "tra')
    assert read_log(folder) == events


@pytest.mark.parametrize("text", ["no JSON\n", "[]\n", '{"loss": 1}\n'])
def test_a_file_of_another_form_is_no_log(tmp_path: Path, text: str) -> None:
    with pytest.raises(LogError, match=r"log\.jsonl"):
        read_log(tmp_path)
    (tmp_path / "log.jsonl").write_text(text)
    with pytest.raises(LogError, match=r"log\.jsonl"):
        read_log(tmp_path)


def test_a_log_without_a_folder_reports_nothing(tmp_path: Path) -> None:
    reported: list[str] = []
    RunLog(None, reported.append).write("train", iteration=1, loss=1.0)
    assert not reported


def test_curves_take_the_last_value_of_an_iteration(tmp_path: Path) -> None:
    assert curves(write_run(tmp_path / "run")) == {
        "loss": {"": [(10, 3.0), (20, 1.5)]},
        "norm": {"": [(10, 1.0), (20, 1.0)]},
        "PA-MPJPE, clean, mm": {"initializer": [(20, 5.0)], "step 1": [(20, 4.0)]},
    }


@pytest.mark.parametrize(
    ("name", "start"), [("plot.png", PNG), ("plot.svg", b"<?xml"), ("plot.pdf", b"%PDF")]
)
def test_several_runs_make_one_picture(tmp_path: Path, name: str, start: bytes) -> None:
    runs = [write_run(tmp_path / "one"), write_run(tmp_path / "two")]
    plot_runs(runs, tmp_path / name)
    drawn = (tmp_path / name).read_bytes()
    assert drawn.startswith(start)


def test_undrawable_runs_are_errors(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    with pytest.raises(LogError, match=r"plot\.frob"):
        plot_runs([run], tmp_path / "plot.frob")
    (run / "log.jsonl").write_text(json.dumps({"event": "resumed", "iteration": 3}) + "\n")
    with pytest.raises(LogError, match="nothing to draw"):
        plot_runs([run], tmp_path / "plot.png")


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("matplotlib.figure", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LogError, match=r"matplotlib is not installed: pip install 'hmr-lsr1\[train\]'"):
        plot_runs([], tmp_path / "plot.png")
    with pytest.raises(LogError, match="TensorBoard is not installed"), tensorboard(tmp_path):
        pass


def test_tensorboard_holds_the_numbers_of_the_log(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (tmp_path / "run").mkdir()
    with tensorboard(tmp_path / "tb") as sink:
        log = RunLog(tmp_path / "run", lambda line: None, [sink])
        log.write("train", iteration=7, unroll=4, loss=0.5)
        log.write("validation", iteration=8, data="clean", pa_mpjpe_mm=[5.0, 4.0])
    held = EventAccumulator(str(tmp_path / "tb"))
    held.Reload()
    found = {tag: [(e.step, e.value) for e in held.Scalars(tag)] for tag in held.Tags()["scalars"]}
    assert found == {
        "train/unroll": [(7, 4.0)],
        "train/loss": [(7, 0.5)],
        "validation/clean/pa_mpjpe_mm/step_0": [(8, 5.0)],
        "validation/clean/pa_mpjpe_mm/step_1": [(8, 4.0)],
    }


def test_texts_are_no_curves() -> None:
    assert list(scalars("x", {"data": "clean", "name": "text", "value": 2.0})) == [("x/clean/value", 2.0)]


def test_the_pace_is_counted_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 2.0, 3.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    pace = Pace()
    pace.count(3)
    pace.count(5)
    assert pace.per_second() == 4.0
    pace.count(1)
    assert pace.per_second() == 1.0
