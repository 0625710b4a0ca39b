"""The meta-training loop: iterate, report, validate, save; stop when asked to, and resume."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.body.body import Body
from model.evaluate.poses import StepErrors, evaluate_poses
from model.fit.network import Recovery
from model.train.checkpoint import TrainState, fresh_state, load_checkpoint, save_checkpoint
from model.train.config import VALIDATED_STEPS, TrainConfig
from model.train.distributed import ALONE, Processes
from model.train.identity import run_identity
from model.train.iteration import iterate
from model.train.poses import TrainData
from model.train.report.log import Pace, RunLog
from model.train.report.tensorboard import tensorboard
from model.train.sampler import PeopleSampler, Progress


def train(
    config: TrainConfig,
    data: TrainData,
    body: Body,
    folder: Path,
    *,
    start: Recovery | None = None,
    report: Callable[[str], None] = print,
    processes: Processes = ALONE,
    with_tensorboard: bool = False,
) -> Recovery:
    """Run, or resume, a training run in `folder`; returns the averaged weights.

    Ctrl-C and SIGTERM save a checkpoint and raise KeyboardInterrupt; calling again goes on from there,
    on the same trajectory. Several processes, each called with its place among them, give the trajectory of
    one up to rounding; they must see the same folder, and the first alone writes there and validates.

    Raises:
        CheckpointError: the folder holds another run.
        ConfigError: too many processes for a batch.
        LogError: TensorBoard is asked for, but not installed.
        KeyboardInterrupt: stopped, after saving.
    """
    stream = PeopleSampler(data.train, body, config, processes)
    identity = run_identity(config, data.train, data.validation, body, start)
    state = fresh_state(config, start)
    resumed = load_checkpoint(state, identity, folder)
    with ExitStack() as opened:
        log = _open_log(folder, report, processes, with_tensorboard, opened)
        if resumed:
            log.write("resumed", iteration=state.iteration)
        stopped = opened.enter_context(_stop_signals())
        _Run(config, data, body, folder, processes, identity, stream, state, log).go(stopped)
    return state.averaged


@dataclass(frozen=True)
class _Run:
    """A run under way; see `train`."""

    config: TrainConfig
    data: TrainData
    body: Body
    folder: Path
    processes: Processes
    identity: dict[str, Any]
    stream: PeopleSampler
    state: TrainState
    log: RunLog

    def go(self, stopped: Callable[[], bool]) -> None:
        """Do all iterations yet to do, or those until `stopped` says so."""
        pace = Pace()
        for place in _remaining(self.config, self.state.iteration):
            parts = iterate(self.config, place, self.state, self.stream, self.processes)
            pace.count(self.config.stages[place.stage].batch)
            if self._due(self.config.log_every):
                self._report(place, pace.per_second(), parts)
            if self._due(self.config.validate_every):
                self._validate()
            stop = self.processes.any(stopped())
            if self._due(self.config.save_every) or stop:
                self._save()
            if stop:
                self.log.write("stopped", iteration=self.state.iteration)
                raise KeyboardInterrupt
        if not self._due(self.config.validate_every):  # else it was done in the loop
            self._validate()
        self._save()

    def _due(self, every: int) -> bool:
        return self.state.iteration % every == 0

    def _report(self, place: Progress, pace: float, parts: dict[str, float]) -> None:
        unroll = self.config.stages[place.stage].steps(place.iteration)
        self.log.write(
            "train", iteration=self.state.iteration, unroll=unroll, people_per_second=pace, **parts
        )

    def _validate(self) -> None:
        if not self.processes.first:
            return
        results = evaluate_poses(self.state.averaged, self.body, self.data.validation, VALIDATED_STEPS)
        for name, errors in results.items():
            self.log.write("validation", iteration=self.state.iteration, data=name, **_columns(errors))
        mean = sum(errors.pa_mpjpe_mm[-1] for errors in results.values()) / len(results)
        self.state.best = min(self.state.best, mean)

    def _save(self) -> None:
        if self.processes.first:
            save_checkpoint(self.state, self.identity, self.folder)


def _open_log(
    folder: Path,
    report: Callable[[str], None],
    processes: Processes,
    with_tensorboard: bool,
    opened: ExitStack,
) -> RunLog:
    if not processes.first:
        return RunLog(None, report)
    folder.mkdir(parents=True, exist_ok=True)
    sinks = [opened.enter_context(tensorboard(folder / "tensorboard"))] if with_tensorboard else []
    return RunLog(folder, report, sinks)


def _remaining(config: TrainConfig, done: int) -> Iterator[Progress]:
    """The place of each iteration yet to do."""
    first = 0
    for number, stage in enumerate(config.stages):
        for iteration in range(max(done - first, 0), stage.iterations):
            yield Progress(number, iteration)
        first += stage.iterations


def _columns(errors: StepErrors) -> dict[str, list[float]]:
    return {name: [round(v, 3) for v in values] for name, values in vars(errors).items()}


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a question that the loop asks between iterations."""
    asked: list[int] = []
    old = {
        number: signal.signal(number, lambda n, _: asked.append(n))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
