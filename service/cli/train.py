"""`hmr train`: the offline meta-training job."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import INTERRUPTED, told


def train(
    config: Annotated[Path, typer.Option(help="TOML file, or a name that ships: initializer, unrolled.")],
    data: Annotated[list[Path], typer.Option(help="Pose library (npz) to train on; may be repeated.")],
    validation: Annotated[list[Path], typer.Option(help="Pose library to validate on; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Folder for log, checkpoint and weights.")] = Path("runs/last"),
    start: Annotated[Path | None, typer.Option(help="Folder of a finished run to start from.")] = None,
    body: Annotated[Path | None, typer.Option(help="Body file; by default the open body.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
    tensorboard: Annotated[bool, typer.Option(help="Write TensorBoard's files into the folder too.")] = False,
) -> None:
    """Meta-train initializer and L-SR1. Stop with Ctrl-C; the same command goes on from there."""
    import torch

    from model.body.arrays import BodyError
    from model.data.library import LibraryError
    from model.train.checkpoint import CheckpointError
    from model.train.config import ConfigError
    from model.train.log import LogError
    from model.train.run import RunFiles, named_config, run
    from model.weights import WeightsError

    torch.set_num_threads(threads)
    files = RunFiles(named_config(config), data, validation, out, body, start)
    with told(BodyError, LibraryError, ConfigError, WeightsError, CheckpointError, LogError):
        try:
            path = run(files, typer.echo, with_tensorboard=tensorboard)
        except KeyboardInterrupt:
            typer.echo(f"Stopped; run the same command to go on from {out}.", err=True)
            raise typer.Exit(INTERRUPTED) from None
    if path is not None:  # else another process of torchrun's wrote them
        typer.echo(f"Weights: {path}")
