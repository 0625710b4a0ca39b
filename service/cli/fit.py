"""`hmr fit`: fit files locally, without a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.errors import INTERRUPTED, exit_on
from service.media import MediaType
from service.models.served import identity_of

if TYPE_CHECKING:
    from model.keypoints.layouts import Layout
    from service.files.plan import Plan
    from service.files.report import Report

_MOST_SHOWN = 20
_MOST_WARNINGS_SHOWN = 5

_FORMATS = {media.extension.removeprefix("."): media for media in MediaType}


def _media(name: str) -> MediaType:
    if name not in _FORMATS:
        raise typer.BadParameter(f"one of {', '.join(_FORMATS)}")
    return _FORMATS[name]


def _layout(name: str) -> str:
    from model.keypoints.layouts import Layout

    if name not in list(Layout):
        raise typer.BadParameter(f"one of {', '.join(Layout)}")
    return name


def fit(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="OpenPose files, or folders of them.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            help="Folder for the answers. Or a file: .glb, .obj, .ply, .npz or .json; for several inputs a "
            "pattern such as 'out/{}.glb', where {} is the input's name.",
        ),
    ],
    media: Annotated[
        MediaType | None,
        typer.Option(
            "--format", parser=_media, metavar="EXT", help="Format of files in a folder; json by default."
        ),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            parser=_layout,
            metavar="NAME",
            help="Order of the keypoints in files that name none: BODY_25, COCO_18, BODY_25B, HALPE_26 or "
            "COCO_17. By default inferred from their number.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option(help="Overwrite files that exist.")] = False,
) -> None:
    """Fit the people of OpenPose files and write the results.

    With a folder as target, a second run fits only what is not done yet, and the folder's
    hmr-fit-report.json lists problems and warnings. With problems, the exit status is 1.
    """
    from model.keypoints.layouts import Layout
    from service.errors import ServiceError
    from service.files.plan import PlanError, make_plan
    from service.models.load import StartupError
    from service.settings import SettingsError

    with exit_on(SettingsError, StartupError, ServiceError, PlanError, OSError):
        plan = make_plan(inputs, out, media)
        if plan.folder is None and not force:
            _check_free(plan)
        report = _run(plan, force, Layout(layout) if layout else None)
        _print_outcome(report, plan)


def _check_free(plan: "Plan") -> None:
    for task in plan.tasks:
        if task.target.exists():
            raise FileExistsError(f"{task.target} exists; --force overwrites it.")


def _run(plan: "Plan", force: bool, layout: "Layout | None") -> "Report":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from service.files.ledger import Ledger
    from service.files.run import FileFitter
    from service.models.load import load_model
    from service.settings import load_settings

    model = load_model(load_settings())
    ledger = None
    if plan.folder is not None:
        plan.folder.mkdir(parents=True, exist_ok=True)
        ledger = Ledger(plan.folder, identity_of(model))
    console = Console(stderr=True)
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        shown = bar.add_task("files", total=len(plan.tasks))
        fitter = FileFitter(
            model,
            plan.media,
            ledger=ledger,
            force=force,
            layout=layout,
            progress=lambda count: bar.advance(shown, count),
        )
        try:
            return fitter.run(plan.tasks)
        except KeyboardInterrupt:
            typer.echo(f"Stopped after {fitter.report.files} files; the same command continues.", err=True)
            raise typer.Exit(INTERRUPTED) from None


def _print_outcome(report: "Report", plan: "Plan") -> None:
    problems = report.problems
    for source, problem in problems[:_MOST_SHOWN]:
        typer.echo(f"hmr: {source}: {problem}", err=True)
    if len(problems) > _MOST_SHOWN:
        typer.echo(f"hmr: … and {len(problems) - _MOST_SHOWN} more", err=True)
    for line in report.warnings.summary(_MOST_WARNINGS_SHOWN):
        typer.echo(f"hmr: warning: {line}", err=True)
    typer.echo(
        f"{report.people} people of {report.files} files fitted, {report.skipped} files done before, "
        f"{len(problems)} with problems"
    )
    if plan.folder is not None:
        report.write(plan.folder)
    if problems:
        raise typer.Exit(1)
