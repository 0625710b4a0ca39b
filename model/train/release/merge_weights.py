"""New weights from those of finished runs, without training."""

from pathlib import Path
from typing import Any

import torch

from model.fit.network import Recovery
from model.train.finished_run import load_run, read_record, save_run
from model.train.warm_start import take_guess
from model.weights import WeightsError


def graft(optimizer: Path, guess: Path, out: Path) -> Path:
    """Combine the optimizer and its context of one run with the initial guess of another.

    Training through unrolled steps suits the optimizer, but costs the guess some accuracy.

    Args:
        optimizer: folder of the finished run that gives the optimizer.
        guess: folder of the finished run that gives the initializer.
        out: folder of the new weights; returns their file.

    Raises:
        WeightsError: a run can't be read, the two are of different sizes or bodies, or `out` holds something.
        OSError: it can't be written.
    """
    recovery, other = load_run(optimizer), load_run(guess)
    if recovery.config.initializer != other.config.initializer:
        raise WeightsError(f"{optimizer} and {guess} have initializers of different sizes.")
    take_guess(recovery, other)
    return _save(recovery, out, _identity(optimizer, guess, "its guess is another run's"))


def average(one: Path, other: Path, share: float, out: Path) -> Path:
    """The mean of two runs' weights, which makes sense where both began with the same ones.

    Args:
        one: folder of a finished run.
        other: folder of another.
        share: of the other run, 0 to 1.
        out: folder of the new weights; returns their file.

    Raises:
        WeightsError: a run can't be read, the two are of different sizes or bodies, or `out` holds something.
        OSError: it can't be written.
    """
    recovery, second = load_run(one), load_run(other)
    if recovery.config != second.config:
        raise WeightsError(f"{one} and {other} have networks of different sizes.")
    with torch.no_grad():
        theirs = second.state_dict()
        for name, mine in recovery.state_dict().items():
            if mine.is_floating_point():  # BatchNorm counts its batches, too
                mine.lerp_(theirs[name], share)
    return _save(recovery, out, _identity(one, other, f"averaged, {share:.0%} of another run"))


def _identity(run: Path, second: Path, how: str) -> dict[str, Any]:
    """Return the record of the first run, with the identity of the second."""
    record, other = read_record(run), read_record(second)
    if record is None or other is None:
        raise WeightsError(
            f"{run if record is None else second} has no run.json, the record of how it was made."
        )
    if record["body"] != other["body"]:
        raise WeightsError(f"{run} and {second} were trained on different bodies.")
    identity = {name: value for name, value in record.items() if name != "weights"}
    return {**identity, "combined": {"how": how, "with": other["weights"]["sha256"]}}


def _save(recovery: Recovery, out: Path, identity: dict[str, Any]) -> Path:
    if out.exists() and any(out.iterdir()):
        raise WeightsError(f"{out} holds something: give another folder.")
    out.mkdir(parents=True, exist_ok=True)
    return save_run(recovery, out, identity)
