"""The whole comparison: every method on every data set, and its cost; finished results are kept."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.benchmark.cost import measure_cost
from model.benchmark.dataset import EvaluationSet, facing
from model.benchmark.fitting import Report, observe, score
from model.benchmark.methods.method import Method, Pace
from model.benchmark.result import MethodCost, MethodScore, load, save
from model.body.body import Body
from model.data.synthesis import draw_people
from model.evaluate.poses import NOISY
from model.fit.observation import Observation
from model.fit.preprocess import preprocess
from model.prior.prior import PosePrior

_FIT_BATCH = 64


@dataclass(frozen=True)
class Limits:
    """Limits of the number of people.

    Attributes:
        fast, slow, slowest: most people of a data set that methods of each pace fit.
        timed: people in the batch on which methods are timed.
        seconds: of processor time, for which a quick fit is timed again and again.
    """

    fast: int = 100_000
    slow: int = 100
    slowest: int = 8
    timed: int = 64
    seconds: float = 1.0

    @classmethod
    def quick(cls) -> "Limits":
        """Return limits for a try in seconds."""
        return cls(6, 3, 1, timed=2, seconds=0.0)

    def of(self, pace: Pace) -> int:
        """Return the limit of a pace."""
        return {Pace.FAST: self.fast, Pace.SLOW: self.slow, Pace.SLOWEST: self.slowest}[pace]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Methods and data sets of a comparison, and the folder of its results.

    Attributes:
        methods, datasets: in the order of the tables.
        body: the one body that all fit.
        prior: pose prior; its samples are timed.
        limits: largest numbers of people.
        identity: versions and hashes of everything else that results depend on.
        out: folder.
    """

    methods: Sequence[Method]
    datasets: Sequence[EvaluationSet]
    body: Body
    prior: PosePrior
    limits: Limits
    identity: dict[str, Any]
    out: Path


def usable(dataset: EvaluationSet) -> tuple[EvaluationSet, int]:
    """Return the people that can be fitted, and the number of others."""
    good = preprocess(dataset.pixels, dataset.confidence, dataset.camera).usable
    return dataset.take(good.nonzero()[:, 0]), int((~good).sum())


@dataclass(frozen=True)
class Finished:
    """Results so far."""

    scores: list[MethodScore] = field(default_factory=list)
    costs: list[MethodCost] = field(default_factory=list)


def compare(comparison: Comparison, finished: Finished, report: Report) -> None:
    """Compute the missing results, the slowest methods last, and add every result to `finished`.

    Raises:
        DatasetError: the folder holds results of other weights, data or settings.
        KeyboardInterrupt: stopped; the same call resumes with the method it was at.
    """
    for pace in Pace:
        methods = [method for method in comparison.methods if method.pace is pace]
        finished.costs.extend(_cost(comparison, method, report) for method in methods)
        for dataset in comparison.datasets:
            # The smoothness of a fit can't be measured on a few frames.
            if pace is Pace.SLOWEST and dataset.frame is not None:
                continue
            finished.scores.extend(_score(comparison, dataset, method, report) for method in methods)


def _score(comparison: Comparison, dataset: EvaluationSet, method: Method, report: Report) -> MethodScore:
    chosen = dataset.some(comparison.limits.of(method.pace))
    identity = {**comparison.identity, "data": _digest(dataset), "people": len(chosen)}
    done = load(MethodScore, comparison.out, identity, dataset.name, method.name)
    if done is not None:
        report(f"{dataset.name}, {method.name}: finished before")
        return done
    some = dataset.take(chosen)
    found = score(method, comparison.body, some, _FIT_BATCH if method.batched else 1, report)
    result = MethodScore(
        identity=identity,
        dataset=dataset.name,
        method=method.name,
        people=chosen.tolist(),
        group=some.group.tolist(),
        direction=_numbers(facing(some)),
        missing=(observe(some).observation.confidence <= 0).sum(1).tolist(),
        errors={name: _numbers(values) for name, values in found.errors.items()},
        joint_names=list(some.joint_names),
        by_joint=_numbers(found.by_joint.nanmean(0)),
        sequences=found.sequences,
        iterations=float(found.iterations.mean()),
        curve={name: [round(value, 4) for value in values] for name, values in found.curve.items()},
        failed=found.failed,
    )
    save(result, comparison.out)
    return result


def _cost(comparison: Comparison, method: Method, report: Report) -> MethodCost:
    done = load(MethodCost, comparison.out, comparison.identity, "cost", method.name)
    if done is not None:
        report(f"cost of {method.name}: finished before")
        return done
    report(f"cost of {method.name}")
    limits = comparison.limits
    people = _timed(comparison.prior, comparison.body, limits.timed)
    cost = measure_cost(method, comparison.body, people, limits.seconds)
    result = MethodCost(comparison.identity, method.name, method.description, method.parameters, **vars(cost))
    save(result, comparison.out)
    return result


def _timed(prior: PosePrior, body: Body, count: int) -> Observation:
    """Return the people on which methods are timed, always the same."""
    return draw_people(prior, body, count, NOISY, torch.Generator().manual_seed(0))[0]


def _numbers(values: Tensor) -> list[float | None]:
    return [round(value, 4) if math.isfinite(value) else None for value in values.tolist()]


def _digest(dataset: EvaluationSet) -> str:
    """Return a digest that distinguishes data sets."""
    digest = hashlib.sha256(dataset.protocol.encode())
    for tensor in (dataset.pixels, dataset.confidence, dataset.truth):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
