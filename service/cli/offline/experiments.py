"""`hmr experiments`: optimizers compared under equal conditions."""

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from service.cli.errors import exit_on
from service.cli.targets import check_target

N = TypeVar("N", int, float)

app = typer.Typer(
    help="Research: optimizers, trained and compared under equal conditions.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("ablation")
def ablation(
    out: Annotated[Path, typer.Option(help="Folder for the rows and the table.")],
    data: Annotated[
        list[Path] | None, typer.Option(help="Pose library to train on; may be repeated.")
    ] = None,
    validation: Annotated[list[Path] | None, typer.Option(help="Pose library to measure on.")] = None,
    shares: Annotated[str, typer.Option(help="How often each data file is drawn from, as 0.8,0.2.")] = "",
    rows: Annotated[str, typer.Option(help="Some rows only, as lsr1,lgd.")] = "",
    seeds: Annotated[str, typer.Option(help="Of training, as 1,2.")] = "1",
    iterations: Annotated[int, typer.Option(min=1, help="Meta-iterations of each trained row.")] = 1200,
    batch: Annotated[int, typer.Option(min=1, help="People in each.")] = 128,
    quick: Annotated[bool, typer.Option(help="A try in seconds; without --data, on random poses.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
) -> None:
    """Train and measure one row for each change. Stop with Ctrl-C; the same command goes on from there."""
    import torch

    from model.body.arrays import BodyError
    from model.data.library import LibraryError
    from model.experiments.ablation import Options, run
    from model.experiments.errors import ExperimentError
    from model.experiments.setup import QUICK, Budget
    from model.train.checkpoint import CheckpointError
    from model.weights import WeightsError

    if not quick and not (data and validation):
        raise typer.BadParameter("give --data and --validation, or --quick")
    torch.set_num_threads(threads)
    options = Options(
        out,
        data or [],
        validation or [],
        _numbers(shares, float, "--shares") if shares else [],
        rows.split(",") if rows else [],
        _numbers(seeds, int, "--seeds"),
        QUICK if quick else Budget(iterations=iterations, batch=batch),
    )
    stopped = f"Stopped; run the same command to go on from {out}."
    with exit_on(BodyError, LibraryError, WeightsError, CheckpointError, ExperimentError, stopped=stopped):
        run(options, typer.echo)
    typer.echo(f"Table: {out / 'table.md'}")


@app.command("list")
def list_experiments() -> None:
    """List the experiments on analytic problems with their times."""
    from model.experiments.registry import EXPERIMENTS

    for name, experiment in EXPERIMENTS.items():
        typer.echo(f"{name:20} {experiment.description}; {experiment.minutes} min of one core")
    typer.echo(f"{'(people)':20} see `hmr experiments ablation --help`: it needs pose libraries")


@app.command("run")
def run(
    name: Annotated[str, typer.Argument(help="An experiment of `hmr experiments list`, or all.")],
    out: Annotated[Path, typer.Option(help="Folder for the results, one in it for each.")] = Path(
        "runs/experiments"
    ),
    config: Annotated[
        Path | None, typer.Option(help="TOML file in place of the one that ships; for one experiment.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="A try in seconds; the figures mean nothing.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
) -> None:
    """Train, measure and plot. Stop with Ctrl-C; the same command goes on from the last finished part."""
    import torch

    from model.experiments.errors import ExperimentError
    from model.experiments.registry import names, run_experiment

    if config and name == "all":
        raise typer.BadParameter("a configuration is of one experiment", param_hint="--config")
    torch.set_num_threads(threads)
    stopped = f"Stopped; run the same command to go on from {out}."
    with exit_on(ExperimentError, OSError, stopped=stopped):
        for one in names(name):
            folder = run_experiment(one, out, quick=quick, report=typer.echo, config=config)
            typer.echo(f"Results: {folder}")


@app.command("report")
def report(
    results: Annotated[Path, typer.Option(help="Folder that `run` wrote to.")] = Path("runs/experiments"),
    out: Annotated[Path, typer.Option("--out", "-o", help="The page.")] = Path("docs/RESULTS.md"),
    force: Annotated[bool, typer.Option(help="Replace a page that is there.")] = False,
) -> None:
    """Make the page of results; plots, data and tables that it shows are copied to results/ beside it."""
    from model.experiments.errors import ExperimentError
    from model.experiments.report.page import write_report

    with exit_on(ExperimentError, OSError):
        check_target(out, force)
        sections = write_report(results, out)
    typer.echo(f"{out}: {', '.join(sections)}")


def _numbers(text: str, kind: type[N], option: str) -> list[N]:
    """Parse numbers between commas."""
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no list of numbers", param_hint=option) from None
