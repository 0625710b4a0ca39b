"""`hmr train` without the command line's packages: `torchrun --nproc-per-node 2 -m model.train …`."""

import argparse
import sys
from pathlib import Path

import torch

from model.body.arrays import BodyError
from model.data.library import LibraryError
from model.prior.file import PriorError
from model.train.checkpoint import CheckpointError
from model.train.config import ConfigError
from model.train.report.log import LogError
from model.train.run import RunFiles, named_config, run
from model.weights import WeightsError

_MISTAKES = (BodyError, LibraryError, PriorError, ConfigError, WeightsError, CheckpointError, LogError)
_INTERRUPTED = 130  # what a shell reports for Ctrl-C


def parser() -> argparse.ArgumentParser:
    """The options of `hmr train`."""
    options = argparse.ArgumentParser(prog="python -m model.train", description="Meta-train the weights.")
    add = options.add_argument
    add(
        "--config",
        type=Path,
        default=Path("full"),
        help="TOML file, or full, initializer, unrolled",
    )
    add("--data", type=Path, default=[], action="append", help="pose library; may be repeated")
    add("--validation", type=Path, default=[], action="append", help="pose library; may be repeated")
    add("--out", type=Path, default=Path("runs/last"), help="folder for log, checkpoint and weights")
    # torchrun takes `--start` for an abbreviation of one of its options, wherever it stands.
    add("--start", "--from", type=Path, help="folder of a finished run to start from")
    add("--body", type=Path, help="body file; by default the open body")
    add("--threads", type=int, default=1, help="processor threads of each process")
    add("--tensorboard", action="store_true", help="write TensorBoard's files into the folder too")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit status."""
    given = parser().parse_args(arguments)
    torch.set_num_threads(max(given.threads, 1))
    files = RunFiles(
        named_config(given.config), given.data, given.validation, given.out, given.body, given.start
    )
    try:
        path = run(files, lambda line: print(line, flush=True), with_tensorboard=given.tensorboard)
    except _MISTAKES as error:
        print(f"hmr: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Stopped; the same command goes on from {given.out}.", file=sys.stderr)
        return _INTERRUPTED
    if path is not None:  # else another process wrote them
        print(f"Weights: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
