"""`hmr weights`: check a run, promote it to the served weights, merge runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.errors import exit_on
from service.cli.offline.evaluate import show_errors

if TYPE_CHECKING:
    from model.train.release.validate_run import Check

app = typer.Typer(help="The served weights.", no_args_is_help=True, add_completion=False)

Run = Annotated[Path, typer.Argument(help="Folder of a finished training run.")]
Validation = Annotated[
    list[Path] | None,
    typer.Option(help="Pose library that the run was not trained on, may be repeated; else prior samples."),
]
Folder = Annotated[
    Path | None, typer.Option(help="Folder of the served weights; by default the served ones.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the new weights.")]
Threads = Annotated[int, typer.Option(min=1, help="Processor threads.")]


@app.command("check")
def check(
    run: Run,
    validation: Validation = None,
    weights: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON rather than a table.")] = False,
    threads: Threads = 1,
) -> None:
    """Check a run, and compare it with the served weights; exit status 1 if it should not be served."""
    found = _checked(run, validation, weights, threads)
    _show(found, run, as_json)
    if found.worse:
        raise typer.Exit(1)


@app.command("promote")
def promote(
    run: Run,
    version: Annotated[str, typer.Option(help="Name of these weights, such as 1.0.")],
    validation: Validation = None,
    weights: Folder = None,
    force: Annotated[bool, typer.Option(help="Even if they are worse, or can't be compared.")] = False,
    prune: Annotated[bool, typer.Option(help="Remove weights that are served no more.")] = False,
    threads: Threads = 1,
) -> None:
    """Serve a run's weights from now on, if they are no worse: writes them, their card and the manifest."""
    from model.train.release import promote
    from model.weights import WeightsError, weights_folder

    found = _checked(run, validation, weights, threads)
    _show(found, run, as_json=False)
    folder = weights or weights_folder()
    with exit_on(WeightsError, OSError):
        typer.echo(f"Wrote {promote.promote(found, folder, version, force=force)}")
        for path in promote.left_over(folder):
            if prune:
                path.unlink()
            typer.echo(f"Removed {path}" if prune else f"Served no more, may be removed (--prune): {path}")


@app.command("graft")
def graft(optimizer: Run, guess: Run, out: Out) -> None:
    """Combine the optimizer of one run with the initial guess of another."""
    from model.train.release import merge_weights
    from model.weights import WeightsError

    with exit_on(WeightsError, OSError):
        typer.echo(f"Wrote {merge_weights.graft(optimizer, guess, out)}")


@app.command("average")
def average(
    one: Run,
    other: Run,
    out: Out,
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="Of the other run.")] = 0.5,
) -> None:
    """Average two runs that began with the same weights."""
    from model.train.release import merge_weights
    from model.weights import WeightsError

    with exit_on(WeightsError, OSError):
        typer.echo(f"Wrote {merge_weights.average(one, other, share, out)}")


def _checked(run: Path, validation: list[Path] | None, weights: Path | None, threads: int) -> "Check":
    import torch

    from model.body.arrays import BodyError
    from model.data.library import LibraryError
    from model.prior.file import PriorError
    from model.train.poses import poses_to_validate_on
    from model.train.release.validate_run import check_run
    from model.weights import WeightsError, weights_folder

    torch.set_num_threads(threads)
    with exit_on(WeightsError, BodyError, LibraryError, PriorError, OSError):
        poses = poses_to_validate_on(validation or [], lambda line: typer.echo(line, err=True))
        return check_run(run, poses, weights or weights_folder())


def _show(found: "Check", run: Path, as_json: bool) -> None:
    rows = {f"{run.name}, {name}": asdict(values) for name, values in found.errors.items()}
    for name, values in (found.served_errors or {}).items():
        rows[f"{found.served_version} (served), {name}"] = asdict(values)
    if as_json:
        typer.echo(json.dumps({"errors": rows, "worse": found.worse, "reason": found.reason}, indent=2))
        return
    show_errors(rows, False, f"{found.validation['poses']} poses")
    if found.record is None:
        typer.echo(f"{run} has no run.json: that it was trained on this body is taken on trust.")
    if found.reason:
        typer.echo(f"Not compared: {found.reason}")
    elif found.worse:
        typer.echo("Worse than what is served.")
    else:
        typer.echo("No worse than what is served.")
