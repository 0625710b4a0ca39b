"""`hmr train`: `run` (the default command) and `plot`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from service.cli.errors import exit_on
from service.cli.targets import check_target


def train(
    config: Annotated[
        Path | None,
        typer.Option(help="TOML file or a shipped name: full (default), initializer, unrolled."),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Pose library (npz), may be repeated; else the pose prior."),
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="Library to validate on, the same; else prior samples.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="For log, checkpoint and weights; else runs/last, runs/quick."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small networks, in minutes.")] = False,
    start: Annotated[
        Path | None, typer.Option("--start", "--from", help="Folder of a finished run to start from.")
    ] = None,
    body: Annotated[Path | None, typer.Option(help="Body file; by default the open body.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
    tensorboard: Annotated[bool, typer.Option(help="Write TensorBoard's files into the folder too.")] = False,
) -> None:
    """Meta-train initializer and L-SR1. Stop with Ctrl-C; the same command goes on from there."""
    import torch

    from model.body.arrays import BodyError
    from model.data.library import LibraryError
    from model.prior.file import PriorError
    from model.train.checkpoint import CheckpointError
    from model.train.config import ConfigError
    from model.train.report.log import LogError
    from model.train.run import RunFiles, named_config, run
    from model.weights import WeightsError

    torch.set_num_threads(threads)
    out = out or Path("runs") / ("quick" if quick else "last")
    stopped = f"Stopped; run the same command to go on from {out}."
    errors = (BodyError, LibraryError, PriorError, ConfigError, WeightsError, CheckpointError, LogError)
    with exit_on(*errors, stopped=stopped):
        if quick and config:
            raise ConfigError("--quick is itself a configuration: leave out --config.")
        config = named_config(config or Path("quick" if quick else "full"))
        files = RunFiles(config, data or [], validation or [], out, body, start)
        path = run(files, typer.echo, with_tensorboard=tensorboard)
    if path is not None:  # otherwise another process of torchrun wrote them
        typer.echo(f"Weights: {path}")


class _OrRun(TyperGroup):
    """A group with `run` as its default command."""

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
        check_target(out, force)
        plot_runs(runs, out)
        typer.echo(f"Wrote {out}")
