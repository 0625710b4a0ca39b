"""A training run from files: configuration, pose libraries and body in, a folder of weights out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.body.body import Body
from model.body.file import load_body_arrays
from model.train.config import load_config
from model.train.distributed import joined
from model.train.finished_run import load_run, save_run
from model.train.identity import RunInputs
from model.train.loop import train
from model.train.poses import load_poses
from model.train.warm_start import fitting_start
from model.weights import OPEN_BODY, weights_folder

CONFIGS = Path(__file__).parent / "configs"


@dataclass(frozen=True)
class RunFiles:
    """Files of a run.

    Attributes:
        config: TOML file.
        data, validation: pose libraries (npz); the shipped pose prior stands in where none is given.
        out: folder for log, checkpoint and the finished weights.
        body: the body's file; the open body if None.
        start: folder of an earlier run to start from; random weights if None.
    """

    config: Path
    data: Sequence[Path]
    validation: Sequence[Path]
    out: Path
    body: Path | None = None
    start: Path | None = None


def named_config(name: Path) -> Path:
    """Return the file of a shipped configuration, such as "unrolled"; otherwise the path itself."""
    shipped = CONFIGS / f"{name}.toml"
    return shipped if shipped.is_file() else name


def run(
    files: RunFiles, report: Callable[[str], None] = print, *, with_tensorboard: bool = False
) -> Path | None:
    """Train, or resume training, and write `recovery.safetensors`, its sizes, and `run.json` about the run.

    Under `torchrun` the processes share the work; all but the first write nothing and get None.

    Raises:
        ConfigError, LibraryError, PriorError, BodyError, WeightsError, CheckpointError, LogError: an input
            can't be used; the message says which.
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, after saving a checkpoint.
    """
    config = load_config(files.config)
    data = load_poses(files.data, files.validation, config, report)
    body = Body(load_body_arrays(files.body or weights_folder() / OPEN_BODY))
    earlier = None if files.start is None else load_run(files.start)
    start = None if earlier is None else fitting_start(config.recovery, earlier, config.seed)
    inputs = RunInputs(config, data, body, start)
    with joined() as processes:
        average = train(
            inputs, files.out, report=report, processes=processes, with_tensorboard=with_tensorboard
        )
    return save_run(average, files.out, inputs.identity) if processes.first else None
