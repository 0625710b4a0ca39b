"""`hmr data report`: what kinds of pose libraries cover, as a table, JSON and a picture."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.cli.errors import exit_on
from service.cli.targets import check_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from model.data.coverage import Coverage
    from model.data.skeleton import Skeleton


def report(
    files: Annotated[list[Path], typer.Argument(help="Pose libraries (npz).")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Picture to write (needs the extra `train`).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON rather than a table.")] = False,
    count: Annotated[int, typer.Option(min=1, max=400, help="Poses in the picture.")] = 24,
    seed: Annotated[int, typer.Option(help="Of the choice of poses in the picture.")] = 0,
    force: Annotated[bool, typer.Option(help="Overwrite the picture if it exists.")] = False,
) -> None:
    """Return what kinds of pose libraries cover: of all poses, and of those that training draws."""
    import torch

    from model.body.arrays import BodyError
    from model.data.coverage import coverage
    from model.data.library import LibraryError, load_library
    from model.data.skeleton import body_skeleton

    with exit_on(LibraryError, BodyError, FileExistsError, ImportError, ValueError, OSError):
        if out is not None:
            check_target(out, force)
            draw = _drawing()
        covered = {str(file): coverage(file, body_skeleton()) for file in files}
        if out is not None:
            generator = torch.Generator().manual_seed(seed)
            draw(load_library(files).draw(count, generator), out, body_skeleton())
    if as_json:
        typer.echo(json.dumps({name: asdict(found) for name, found in covered.items()}, indent=2))
        return
    for name, found in covered.items():
        _console().print(_coverage_table(Path(name).name, found))
        if found.never_turned:
            typer.echo(f"Never turned: {', '.join(found.never_turned)}")
    if out is not None:
        typer.echo(f"Picture: {out}")


def _drawing() -> "Callable[[Tensor, Path, Skeleton], None]":
    """Return what draws the picture; ImportError with a sentence where its extra isn't installed."""
    try:
        from model.data.contact_sheet import draw_contact_sheet
    except ImportError as error:
        raise ImportError(f"A picture needs {error.name}: install the extra 'train'.") from error
    return draw_contact_sheet


def _coverage_table(name: str, found: "Coverage") -> Table:
    title = f"{name}: {found.poses} poses, {found.trials} trials, {found.subjects} subjects"
    table = Table("kind", "poses", "share", "drawn", title=title)
    for kind, share in found.kinds.items():
        table.add_row(kind, f"{share.poses}", f"{share.share:.2%}", f"{share.drawn:.2%}")
    return table


def _console() -> Console:
    console = Console()
    console.width = max(console.width, 90)
    return console
