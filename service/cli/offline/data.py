"""`hmr data`: import motions of other data sets into pose libraries, and report on libraries."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from service.cli.errors import exit_on
from service.cli.offline import data_report
from service.cli.targets import check_target

if TYPE_CHECKING:
    from model.data.importing.import_job import ImportOptions, Job, Outcome

app = typer.Typer(
    help="Pose libraries: import motions, report what is covered.", no_args_is_help=True, add_completion=False
)
imports = typer.Typer(
    help="Turn motions into a pose library (npz).", no_args_is_help=True, add_completion=False
)
app.add_typer(imports, name="import")
app.command("report")(data_report.report)

_MAX_PROBLEMS = 20


class Up(StrEnum):
    """Axis of a file's world that points up; a camera's y points down."""

    y = "y"
    z = "z"
    camera = "camera"


Out = Annotated[Path, typer.Option("-o", "--out", help="Pose library to write (.npz).")]
Rate = Annotated[float, typer.Option(min=0.1, max=30, help="Poses to keep of each second.")]
Closest = Annotated[
    float, typer.Option(min=0, help="Leave out poses nearer than this to another of the subject, metres.")
]
Weight = Annotated[
    list[str] | None,
    typer.Option(help="PATTERN=FACTOR: draw trials with a matching name so many times as often; repeatable."),
]
Force = Annotated[bool, typer.Option(help="Overwrite the library if it exists.")]


@imports.command("amass")
def import_amass(
    folder: Annotated[Path, typer.Argument(help="Folder of AMASS files (SMPL-H or SMPL-X npz).")],
    out: Out,
    rate: Rate = 10.0,
    closest: Closest = 0.02,
    weight: Weight = None,
    up: Annotated[Up, typer.Option(help="Axis that points up.")] = Up.z,
    force: Force = False,
) -> None:
    """Import motions of AMASS. Its licence, for trained weights too, allows non-commercial research only."""
    from model.data.importing.amass import amass_jobs
    from model.data.importing.clip import ClipError

    with exit_on(ClipError):
        jobs = amass_jobs(folder, up)
    _run(jobs, f"amass {up}", _options(out, rate, closest, weight), force)


@imports.command("cmu")
def import_cmu(
    folder: Annotated[Path, typer.Argument(help="Folder of CMU's ASF and AMC, or BVH files.")],
    out: Out,
    fps: Annotated[float, typer.Option(min=1, help="Frames per second of AMC files.")] = 120.0,
    body: Annotated[
        Path | None, typer.Option(help="Body that the poses are for; by default the open one.")
    ] = None,
    rate: Rate = 10.0,
    closest: Closest = 0.02,
    weight: Weight = None,
    force: Force = False,
) -> None:
    """Import motions of CMU's database, put onto a body's skeleton so that limbs point as they did."""
    from model.body.arrays import BodyError
    from model.data.importing.clip import ClipError
    from model.data.importing.cmu import cmu_jobs
    from model.data.skeleton import body_skeleton

    with exit_on(ClipError, BodyError):
        jobs = cmu_jobs(folder, body_skeleton(body), fps)
    _run(jobs, f"cmu {fps} {body}", _options(out, rate, closest, weight), force)


@imports.command("poses")
def import_poses(
    files: Annotated[list[Path], typer.Argument(help="Pose libraries, or npz or npy of SMPL poses.")],
    out: Out,
    up: Annotated[Up, typer.Option(help="Axis that points up; 'camera' for fits of `hmr fit`.")] = Up.y,
    fps: Annotated[
        float | None, typer.Option(min=1, help="Frames per second, if files are recordings in order.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where the poses come from.")] = "",
    licence: Annotated[str, typer.Option(help="Their licence.")] = "",
    rate: Rate = 10.0,
    closest: Closest = 0.02,
    weight: Weight = None,
    force: Force = False,
) -> None:
    """Import poses in SMPL form from anywhere; several files are joined. Libraries keep trials and texts."""
    from model.data.importing.arrays import array_job

    jobs = [array_job(file, up, fps, source, licence) for file in files]
    _run(jobs, f"poses {up} {fps} {source} {licence}", _options(out, rate, closest, weight), force)


def _options(out: Path, rate: float, closest: float, weight: list[str] | None) -> "ImportOptions":
    from model.data.importing.import_job import ImportOptions

    with exit_on(ValueError):
        return ImportOptions(out, rate, closest, [_weight(text) for text in weight or []])


def _weight(text: str) -> tuple[str, float]:
    """Parse PATTERN=FACTOR."""
    pattern, equals, factor = text.rpartition("=")
    try:
        number = float(factor) if equals else -1.0
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"--weight must be PATTERN=FACTOR with a number from 0 up, not '{text}'.")
    return pattern, number


def _run(jobs: "Sequence[Job]", settings: str, options: "ImportOptions", force: bool) -> None:
    """Read every job with progress, write the library, and print the counts."""
    from model.body.arrays import BodyError
    from model.data.importing.import_job import Import
    from model.data.library import LibraryError
    from model.data.skeleton import body_skeleton

    stopped = "Stopped; run the same command to go on from there."
    with exit_on(LibraryError, BodyError, ValueError, OSError, stopped=stopped):
        check_target(options.out, force)
        importing = Import(options, settings)
        # Progress goes to standard error, so that it can't mix with the result.
        for job in track(jobs, "Reading", console=Console(stderr=True)):
            importing.take(job)
        outcome = importing.finish(jobs, body_skeleton())
    _print_outcome(outcome, options.out)


def _print_outcome(outcome: "Outcome", out: Path) -> None:
    tally = outcome.tally
    table = Table("poses", "", title=out.name)
    table.add_row(f"{tally.read}", "read")
    for reason, number in tally.left_out.most_common():
        table.add_row(f"{number}", f"left out: {reason}")
    table.add_row(f"{tally.kept}", "kept")
    for change, number in tally.changed.most_common():
        table.add_row(f"{number}", change)
    Console().print(table)
    typer.echo(f"Trials with poses: {outcome.trials}")
    for name, reason in list(outcome.problems.items())[:_MAX_PROBLEMS]:
        typer.echo(f"hmr: {name} was skipped: {reason}", err=True)
    if len(outcome.problems) > _MAX_PROBLEMS:
        typer.echo(f"hmr: and {len(outcome.problems) - _MAX_PROBLEMS} files more.", err=True)
