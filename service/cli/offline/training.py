"""`hmr train …` and its words; `hmr train --config …` alone means `hmr train run --config …`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from service.cli.errors import exit_on
from service.cli.offline.train import train


class _OrRun(TyperGroup):
    """A group whose word `run` need not be said."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before options that are not the group's own."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_OrRun,
    help="Meta-train initializer and L-SR1: `hmr train --config … --data … --validation …`.",
)
app.command("run")(train)


@app.command("plot")
def plot(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, finished or not.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Picture to write: .png, .svg or .pdf.")],
    force: Annotated[bool, typer.Option(help="Overwrite the picture if it exists.")] = False,
) -> None:
    """Draw the loss and the validation's error of runs over their iterations."""
    from model.train.report.log import LogError
    from model.train.report.plot import plot_runs

    with exit_on(LogError, OSError):
        if out.exists() and not force:
            raise FileExistsError(f"{out} exists; --force overwrites it.")
        plot_runs(runs, out)
        typer.echo(f"Wrote {out}")
