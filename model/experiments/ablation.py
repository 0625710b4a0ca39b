"""The ablation: runs the rows that are not finished, one after another, and writes the table after each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model.body.body import Body
from model.experiments.classical import CLASSICAL, run_classical
from model.experiments.errors import ExperimentError
from model.experiments.report.ablation_table import write_tables
from model.experiments.result import Result, load_result, load_results, save_result
from model.experiments.rows import TRAINED
from model.experiments.setup import QUICK, Budget, Setup, load_data, synthetic_data
from model.experiments.trained import run_trained
from model.fit.network import Recovery
from model.train.config import load_config
from model.train.identity import TrainData
from model.train.run import CONFIGS
from model.weights import load_served

ROWS = (*TRAINED, *CLASSICAL)

# People are drawn, and losses weighed, as for the served weights.
_CONFIG = CONFIGS / "unrolled.toml"


@dataclass(frozen=True)
class Job:
    """A row and, where it is trained, the seed."""

    row: str
    seed: int = 0

    @property
    def folder(self) -> str:
        """Name of the folder of its files."""
        return f"{self.row}-{self.seed}" if self.row in TRAINED else self.row


@dataclass(frozen=True)
class Options:
    """Options of `hmr experiments ablation`.

    Attributes:
        out: folder for the rows and the table.
        data, validation: pose libraries to train on and to measure on; random poses if empty.
        shares: how often each library is drawn from; by its size if empty.
        rows: names of rows; all if empty.
        seeds: seeds of training.
        budget: budget of a row.
    """

    out: Path
    data: Sequence[Path] = ()
    validation: Sequence[Path] = ()
    shares: Sequence[float] = ()
    rows: Sequence[str] = ()
    seeds: Sequence[int] = (1,)
    budget: Budget = QUICK


def run(options: Options, report: Callable[[str], None] = print) -> list[Result]:
    """Train and measure rows on the served initializer; returns all results in the folder.

    Raises:
        LibraryError, WeightsError, BodyError: an input can't be used; the message says which.
        ExperimentError, CheckpointError, KeyboardInterrupt: as for `ablate`.
    """
    todo = jobs(options.rows or ROWS, options.seeds)
    with_data = options.data and options.validation
    data = load_data(options.data, options.validation, options.shares) if with_data else synthetic_data()
    served = load_served().fitter
    return ablate(make_setup(served.recovery, served.body, data, options.budget), todo, options.out, report)


def make_setup(start: Recovery, body: Body, data: TrainData, budget: Budget) -> Setup:
    """Return the common setup, with a finished initializer."""
    served = load_config(_CONFIG)
    # The paper's secant loss in full, so that the row without it shows its effect.
    config = replace(served, data_shares=(), loss=replace(served.loss, secant=1.0))
    return Setup(start, body, data, config, budget)


def jobs(rows: Sequence[str], seeds: Sequence[int]) -> list[Job]:
    """Return the jobs of rows in the given order; ExperimentError on an unknown row."""
    unknown = [name for name in rows if name not in ROWS]
    if unknown:
        raise ExperimentError(f"Unknown row {', '.join(unknown)}; the rows are {', '.join(ROWS)}.")
    return [Job(name, seed) for name in rows for seed in (seeds if name in TRAINED else (0,))]


def ablate(
    setup: Setup, todo: Sequence[Job], out: Path, report: Callable[[str], None] = print
) -> list[Result]:
    """Run jobs that are not finished, and rewrite the table after each; returns all results in the folder.

    Raises:
        ExperimentError: the folder holds results of another budget or other data.
        CheckpointError: a half-trained row can't be resumed.
        KeyboardInterrupt: stopped; the same call resumes.
    """
    out.mkdir(parents=True, exist_ok=True)
    _refuse_strangers(setup, out)
    for number, job in enumerate(todo, 1):
        folder = out / job.folder
        if load_result(folder) is not None:
            report(f"{job.folder}: finished before")
            continue
        report(f"{job.folder}: row {number} of {len(todo)}")
        save_result(_run(job, setup, folder, report), folder)
        write_tables(load_results(out), ROWS, out)
    return load_results(out)


def _run(job: Job, setup: Setup, folder: Path, report: Callable[[str], None]) -> Result:
    if job.row in CLASSICAL:
        return run_classical(job.row, CLASSICAL[job.row], setup, report)
    return run_trained(job.row, TRAINED[job.row], job.seed, setup, folder, report)


def _refuse_strangers(setup: Setup, out: Path) -> None:
    """Raise ExperimentError if the folder holds rows of another budget, which can't be compared."""
    for result in load_results(out):
        if result.budget != setup.budget_values():
            raise ExperimentError(
                f"{out} holds a result of another budget or other data ({result.row}): give another folder."
            )
