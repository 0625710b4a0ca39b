"""A training run from files: configuration, pose libraries and body in, a folder of weights out."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.atomic_write import put_in_place
from model.body.body import Body
from model.body.file import load_body_arrays
from model.fit.network import Recovery
from model.train.config import load_config
from model.train.distributed import joined
from model.train.identity import run_identity
from model.train.loop import train
from model.train.poses import load_poses
from model.train.warm_start import fitting_start
from model.weights import WeightsError, recovery_from_bytes, recovery_to_bytes, sha256, weights_folder

CONFIGS = Path(__file__).parent / "configs"
WEIGHTS, _SIZES, _RECORD = "recovery.safetensors", "recovery.json", "run.json"
BODY = Path("body") / "open.safetensors"


@dataclass(frozen=True)
class RunFiles:
    """What a run reads and where it writes.

    Attributes:
        config: TOML file.
        data, validation: pose libraries (npz); the shipped pose prior stands in where none is given.
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


def named_config(name: Path) -> Path:
    """The file of a configuration that ships, such as "unrolled"; else the path itself."""
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
    body = Body(load_body_arrays(files.body or weights_folder() / BODY))
    earlier = None if files.start is None else load_run(files.start)
    start = None if earlier is None else fitting_start(config.recovery, earlier, config.seed)
    with joined() as processes:
        average = train(
            config, data, body, files.out,
            start=start, report=report, processes=processes, with_tensorboard=with_tensorboard,
        )  # fmt: skip
    if not processes.first:
        return None
    return save_run(average, files.out, run_identity(config, data.train, data.validation, body, start))


def save_run(recovery: Recovery, folder: Path, identity: dict[str, Any]) -> Path:
    """Write finished weights for `load_run`: their configuration and what they were made of beside them."""
    data = recovery_to_bytes(recovery)
    record = {"weights": {"file": WEIGHTS, "sha256": sha256(data)}, **identity}
    put_in_place(
        [
            (folder / WEIGHTS, data),
            (folder / _SIZES, _json(recovery.config.to_dict())),
            (folder / _RECORD, _json(record)),
        ]
    )
    return folder / WEIGHTS


def _json(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()


def load_run(folder: Path) -> Recovery:
    """The finished weights of a run; WeightsError if they can't be read."""
    try:
        data, sizes = (folder / WEIGHTS).read_bytes(), json.loads((folder / _SIZES).read_text())
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} holds no finished run: {error}.") from error
    return recovery_from_bytes(data, sizes, folder / WEIGHTS)


def read_record(folder: Path) -> dict[str, Any] | None:
    """What `run.json` says of a run: what it was made of, and the hash of its weights; None without one.

    Raises:
        WeightsError: it can't be read, or is not what a run writes.
    """
    path = folder / _RECORD
    if not path.exists():
        return None
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        texts = [record["weights"]["sha256"], record["body"]["name"], record["body"]["sha256"]]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("hashes and names must be text")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} is not the record of a run: {error!r}.") from error
    return record
