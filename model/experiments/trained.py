"""A trained row: fresh optimizer on the shared initializer, the common budget, then the validation split."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import torch

from model.data.library import PoseLibrary
from model.evaluate.poses import evaluate_poses
from model.evaluate.starts import mean_rotations
from model.experiments.result import Result, at_steps
from model.experiments.rows import BASE, Row
from model.experiments.setup import Setup, answer_always
from model.fit.network import Recovery, RecoveryConfig
from model.train.config import StageConfig, TrainConfig
from model.train.finished_run import save_run
from model.train.identity import RunInputs, TrainData
from model.train.loop import train
from model.train.report.log import Value
from model.train.warm_start import with_fresh_optimizer

# Poses that are validated on while a row is trained.
_VALIDATED = 64


@dataclass
class _Clock:
    """Records CPU time per logged iteration, which other load on the machine hardly changes."""

    every: int
    times: list[float] = field(default_factory=list)

    def __call__(self, event: str, iteration: int, values: Mapping[str, Value]) -> None:
        if event == "train":
            self.times.append(time.process_time())

    @property
    def milliseconds(self) -> float | None:
        """Median time of an iteration."""
        spans = [b - a for a, b in zip(self.times, self.times[1:], strict=False)]
        return 1000 * median(spans) / self.every if spans else None


def run_trained(
    name: str, row: Row, seed: int, setup: Setup, folder: Path, report: Callable[[str], None]
) -> Result:
    """Train, or resume training, in `folder`, and measure; the weights stay there."""
    config = row.change(_common(setup, seed))
    start = with_fresh_optimizer(config.recovery, setup.start, seed)
    if row.from_mean:
        answer_always(start.initializer, mean_rotations(setup.data.train))
    torch.compiler.reset()  # of what earlier rows compiled, which counts towards a limit
    clock = _Clock(config.log_every)
    some = PoseLibrary(*(part[:_VALIDATED] for part in vars(setup.data.validation).values()))
    inputs = RunInputs(config, TrainData(setup.data.train, some), setup.body, start)
    trained = train(inputs, folder, report=report, sinks=[clock])
    steps = (0, *setup.budget.steps)
    errors = evaluate_poses(trained, setup.body, setup.data.validation, max(steps), progress=report)
    save_run(trained, folder, inputs.identity)
    (folder / "checkpoint.pt").unlink()
    return Result(
        row=name,
        seed=seed,
        description=row.description,
        budget=setup.budget_values(),
        errors=at_steps(errors, steps),
        parameters=_count(trained, "optimizer.") + _count(trained, "coordinates"),
        context_parameters=_count(trained, "initializer.context.") if config.recovery.person_features else 0,
        milliseconds=clock.milliseconds,
    )


def _common(setup: Setup, seed: int) -> TrainConfig:
    """Return the configuration of the row that changes nothing."""
    budget = setup.budget
    stage = StageConfig(
        iterations=budget.iterations,
        batch=budget.batch,
        unroll=budget.unroll,
        initializer_rate=budget.rate,
        optimizer_rate=budget.rate,
        warmup=50,
    )
    return replace(
        setup.config,
        stages=(stage,),
        recovery=RecoveryConfig(setup.start.config.initializer, BASE),
        seed=seed,
        average=0.99,
        compile=budget.compile,
        freeze_guess=True,
        validate_every=budget.iterations,
        save_every=200,
        log_every=max(budget.iterations // 40, 1),
    )


def _count(recovery: Recovery, prefix: str) -> int:
    return sum(value.numel() for name, value in recovery.named_parameters() if name.startswith(prefix))
