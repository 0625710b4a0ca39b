"""The meta-training loop: iterate, report, validate, save; stop when asked to, and resume."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from model.evaluate.poses import StepErrors, evaluate_poses
from model.fit.network import Recovery
from model.train.checkpoint import TrainState, fresh_state, load_checkpoint, save_checkpoint
from model.train.config import VALIDATED_STEPS, TrainConfig
from model.train.distributed import ALONE, Processes
from model.train.identity import RunInputs
from model.train.iteration import iterate
from model.train.report.log import Pace, RunLog, Sink
from model.train.report.tensorboard import tensorboard
from model.train.sampler import PeopleSampler, Progress


def train(
    inputs: RunInputs,
    folder: Path,
    *,
    report: Callable[[str], None] = print,
    processes: Processes = ALONE,
    sinks: Sequence[Sink] = (),
    with_tensorboard: bool = False,
) -> Recovery:
    """Run, or resume, a training run in `folder`; returns the averaged weights.

    Ctrl-C and SIGTERM save a checkpoint and raise KeyboardInterrupt; calling again resumes from it, on the
    same trajectory. Logged events go to `report` as text and to `sinks` as values. Several processes, each
    called with its place among them, give the trajectory of one up to rounding; they must see the same
    folder, and the first alone writes there and validates.

    Raises:
        CheckpointError: the folder holds another run.
        ConfigError: too many processes for a batch.
        LogError: TensorBoard is asked for, but not installed.
        KeyboardInterrupt: stopped, after saving.
    """
    sampler = PeopleSampler(inputs.data.train, inputs.body, inputs.config, processes)
    state = fresh_state(inputs.config, inputs.start)
    resumed = load_checkpoint(state, inputs.identity, folder)
    with ExitStack() as opened:
        log = RunLog(None, report)
        if processes.first:
            folder.mkdir(parents=True, exist_ok=True)
            board = folder / "tensorboard"
            opened_sinks = [opened.enter_context(tensorboard(board))] if with_tensorboard else []
            log = RunLog(folder, report, [*sinks, *opened_sinks])
        if resumed:
            log.write("resumed", iteration=state.iteration)
        stopped = opened.enter_context(_stop_signals())
        _Run(inputs, folder, processes, sampler, state, log).go(stopped)
    return state.averaged


@dataclass(frozen=True)
class _Run:
    """A run under way; see `train`."""

    inputs: RunInputs
    folder: Path
    processes: Processes
    sampler: PeopleSampler
    state: TrainState
    log: RunLog

    def go(self, stopped: Callable[[], bool]) -> None:
        """Do the remaining iterations, or those until `stopped` returns True."""
        config, pace = self.inputs.config, Pace()
        for progress in _remaining(config, self.state.iteration):
            parts = iterate(config, progress, self.state, self.sampler, self.processes)
            pace.count(config.stages[progress.stage].batch)
            if self._due(config.log_every):
                self._report(progress, pace.per_second(), parts)
            if self._due(config.validate_every):
                self._validate()
            stop = self.processes.any(stopped())
            if self._due(config.save_every) or stop:
                self._save()
            if stop:
                self.log.write("stopped", iteration=self.state.iteration)
                raise KeyboardInterrupt
        if not self._due(config.validate_every):  # else it was done in the loop
            self._validate()
        self._save()

    def _due(self, every: int) -> bool:
        return self.state.iteration % every == 0

    def _report(self, progress: Progress, pace: float, parts: dict[str, float]) -> None:
        unroll = self.inputs.config.stages[progress.stage].steps(progress.iteration)
        self.log.write(
            "train", iteration=self.state.iteration, unroll=unroll, people_per_second=pace, **parts
        )

    def _validate(self) -> None:
        if not self.processes.first:
            return
        results = evaluate_poses(
            self.state.averaged, self.inputs.body, self.inputs.data.validation, VALIDATED_STEPS
        )
        for name, errors in results.items():
            self.log.write("validation", iteration=self.state.iteration, data=name, **_columns(errors))
        mean = sum(errors.pa_mpjpe_mm[-1] for errors in results.values()) / len(results)
        self.state.best = min(self.state.best, mean)

    def _save(self) -> None:
        if self.processes.first:
            save_checkpoint(self.state, self.inputs.identity, self.folder)


def _remaining(config: TrainConfig, done: int) -> Iterator[Progress]:
    """Yield the progress before each iteration that is left."""
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
