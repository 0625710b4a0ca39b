"""Quick runs of all experiments: what they write, that they are gone on with, that no plot lacks its data."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from model.experiments.errors import ExperimentError
from model.experiments.registry import EXPERIMENTS, names, run_experiment
from model.experiments.report.page import write_report
from tests.paths import ROOT

PLOTS = {
    "quadratics": {"error", "cosine"},
    "quadratics-ablation": {"rows"},
    "profiles": {"profiles"},
}


def silent(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a quick run of every experiment."""
    out = tmp_path_factory.mktemp("experiments")
    for name in EXPERIMENTS:
        run_experiment(name, out, quick=True, report=silent)
    return out


def result(done: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((done / name / "result.json").read_text())
    return found


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_plot_has_its_data(done: Path, name: str) -> None:
    assert {path.stem for path in (done / name).glob("*.png")} == PLOTS[name]
    assert {path.stem for path in (done / name).glob("*.csv")} == PLOTS[name]
    for plot in PLOTS[name]:
        assert (done / name / f"{plot}.png").read_bytes().startswith(b"\x89PNG")
        assert rows_of(done / name / f"{plot}.csv")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_result_holds_its_settings(done: Path, name: str) -> None:
    found = result(done, name)
    assert found["quick"] is True
    assert found["seconds"] > 0
    assert json.loads((done / name / "parts" / "settings.json").read_text()) == found["settings"]


def test_a_second_call_trains_nothing_and_writes_the_same(done: Path) -> None:
    before = {name: result(done, name) for name in EXPERIMENTS}
    pictures = {path: path.read_bytes() for path in done.glob("*/*.png")}
    for name in EXPERIMENTS:
        said: list[str] = []
        run_experiment(name, done, quick=True, report=said.append)
        assert not any("meta-iterations" in line for line in said)
        assert result(done, name) == before[name]
    assert {path: path.read_bytes() for path in pictures} == pictures


def test_quick_and_full_are_never_mixed(done: Path) -> None:
    with pytest.raises(ExperimentError, match="other settings"):
        run_experiment("quadratics", done, quick=False, report=silent)


def test_a_stopped_run_goes_on_where_it_was(done: Path, tmp_path: Path) -> None:
    def stop(line: str) -> None:
        if line.startswith("without-2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_experiment("quadratics", tmp_path, quick=True, report=stop)
    assert not (tmp_path / "quadratics" / "result.json").exists()
    said: list[str] = []
    run_experiment("quadratics", tmp_path, quick=True, report=said.append)
    assert [line for line in said if "meta-iterations" in line] == ["without-2: 3 meta-iterations"]
    assert result(tmp_path, "quadratics")["values"] == result(done, "quadratics")["values"]


def test_the_quadratics_have_a_line_for_each_solver_seed_and_buffer(done: Path) -> None:
    lines = result(done, "quadratics")["values"]["lines"]
    assert len(lines) == 2 + 2 * 2 * 2
    data = rows_of(done / "quadratics" / "error.csv")
    assert len(data) == len(lines) * (6 + 1)
    assert {row["step"] for row in data} == {str(k) for k in range(7)}
    assert all(float(row["error"]) == pytest.approx(1) for row in data if row["step"] == "0")


def test_every_row_and_seed_of_the_ablation_is_there(done: Path) -> None:
    found = result(done, "quadratics-ablation")
    for name, row in found["settings"]["rows"].items():
        runs = found["values"]["rows"][name]["runs"]
        assert [run["seed"] for run in runs] == (row["seeds"] or found["settings"]["seeds"])
    assert len({run["runs"][0]["error"] for run in found["values"]["rows"].values()}) > 10


def test_profiles_are_over_all_problems_and_rates_are_of_the_grid(done: Path) -> None:
    found = result(done, "profiles")
    for name, problems in found["values"]["rows"].items():
        assert len({(row["family"], row["size"]) for row in problems}) == len(problems) == 6 * 2
        rates = found["settings"]["rates"].get(name)
        assert all(row["rate"] in rates if rates else row["rate"] is None for row in problems)
    assert all(min(column) == 1 for column in zip(*found["values"]["ratios"].values(), strict=True))


def test_the_page_covers_every_experiment_and_is_reproduced_from_its_copies(
    done: Path, tmp_path: Path
) -> None:
    for folder, file, text in (
        ("ablation", "table.md", "# Ablation\n\n## PA-MPJPE\n\n| lsr1 |\n"),
        ("benchmark", "benchmark.md", "# Benchmark\n\n| smplify |\n"),
    ):
        (done / folder).mkdir(exist_ok=True)
        (done / folder / file).write_text(text)
        (done / folder / "notes.md").write_text(f"Notes of the {folder}.\n")
    (done / "benchmark" / "plots").mkdir()
    for file in ("error_by_time.png", "error_by_time.json"):
        (done / "benchmark" / "plots" / file).touch()
    (done / "profiles" / "notes.md").write_text("Notes of the profiles.\n")
    page = tmp_path / "docs" / "RESULTS.md"
    write_report(done, page)
    text = page.read_text()
    for name in EXPERIMENTS:
        assert f"\n## {name}\n" in text
    for part in ("This was a try with --quick", "| lsr1 |", "### PA-MPJPE", "| smplify |", "-2.56", "51.58"):
        assert part in text
    assert text.index("Notes of the ablation.") < text.index("### PA-MPJPE")
    assert text.index("Notes of the benchmark.") < text.index("| smplify |")
    assert text.index("\n## profiles\n") < text.index("Notes of the profiles.") < text.index("## People")
    assert text.endswith("![error_by_time](results/benchmark/plots/error_by_time.png)\n")
    assert (page.parent / "results/benchmark/plots/error_by_time.json").exists()
    linked = [line.split("(")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")][:-1]
    assert len(linked) == 4
    assert all((page.parent / path).with_suffix(end).exists() for path in linked for end in (".png", ".csv"))
    assert not list(page.parent.glob("results/*/parts"))
    write_report(page.parent / "results", page)
    assert page.read_text() == text


def test_the_page_of_this_repository_is_rendered_from_its_results(tmp_path: Path) -> None:
    docs = ROOT / "docs"
    write_report(docs / "results", tmp_path / "RESULTS.md")
    assert (tmp_path / "RESULTS.md").read_text() == (docs / "RESULTS.md").read_text()


def test_a_folder_without_results_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="holds no results"):
        write_report(tmp_path, tmp_path / "RESULTS.md")
    (tmp_path / "quadratics").mkdir()
    (tmp_path / "quadratics" / "result.json").write_text("{}")
    with pytest.raises(ExperimentError, match="no result of quadratics"):
        write_report(tmp_path, tmp_path / "RESULTS.md")


def test_names() -> None:
    assert names("all") == list(EXPERIMENTS)
    assert names("profiles") == ["profiles"]
    with pytest.raises(ExperimentError, match="Unknown experiment profile; known are quadratics"):
        names("profile")
