"""A training run from files: configuration, pose libraries and body in, a folder of weights out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.body.body import Body
from model.body.file import load_body_arrays
from model.data.library import load_library
from model.recovery import Recovery
from model.train.config import load_config
from model.train.loop import TrainData, train
from model.weights import WeightsError, recovery_from_bytes, recovery_to_bytes, weights_folder

CONFIGS = Path(__file__).parent / "configs"
_WEIGHTS, _SIZES = "recovery.safetensors", "recovery.json"
BODY = Path("body") / "open.safetensors"


@dataclass(frozen=True)
class RunFiles:
    """What a run reads and where it writes.

    Attributes:
        config: TOML file.
        data, validation: pose libraries (npz).
        out: folder for log, checkpoint and the finished weights.
        body: the body's file; the open body if None.
        start: folder of an earlier run whose weights to start from; random weights if None.
    """

    config: Path
    data: Sequence[Path]
    validation: Sequence[Path]
    out: Path
    body: Path | None = None
    start: Path | None = None


def run(files: RunFiles, say: Callable[[str], None] = print) -> Path:
    """Train, or resume training, and write `recovery.safetensors` with its configuration beside it.

    Raises:
        ConfigError, LibraryError, BodyError, WeightsError, CheckpointError: an input can't be used; the
            message says which.
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM, after saving a checkpoint.
    """
    config = load_config(files.config)
    data = TrainData(load_library(files.data, config.data_shares or None), load_library(files.validation))
    body = Body(load_body_arrays(files.body or weights_folder() / BODY))
    start = None if files.start is None else load_run(files.start)
    return save_run(train(config, data, body, files.out, start=start, say=say), files.out)


def save_run(recovery: Recovery, folder: Path) -> Path:
    """Write finished weights for `load_run`, and their configuration beside them."""
    path = folder / _WEIGHTS
    path.write_bytes(recovery_to_bytes(recovery))
    (folder / _SIZES).write_text(json.dumps(recovery.config.to_dict(), indent=2) + "\n")
    return path


def load_run(folder: Path) -> Recovery:
    """The finished weights of a run; WeightsError if they can't be read."""
    try:
        data, sizes = (folder / _WEIGHTS).read_bytes(), json.loads((folder / _SIZES).read_text())
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} holds no finished run: {error}.") from error
    return recovery_from_bytes(data, sizes, folder / _WEIGHTS)
