"""A method on a data set: every person fitted in their camera, and scored against their truth."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model.benchmark.dataset import DatasetError, EvaluationSet
from model.benchmark.measures import joint_errors, sequence_errors, vertex_errors
from model.benchmark.methods.method import Iterate, Method
from model.body.body import Body
from model.evaluate.poses import mean_distance
from model.fit.mirror import canonical_side, mirror_back
from model.fit.objective import evaluate
from model.fit.observation import Observation
from model.fit.pose_space import start
from model.fit.preprocess import preprocess

# Curves show the first iterates and then ever fewer, each gap so many times the one before, up to a share of
# the whole.
_GROWTH = 1.4
_LARGEST_GAP = 0.06

Report = Callable[[str], None]


class ObservedSet(NamedTuple):
    """People as a method gets them, and what takes answers back into camera axes.

    Attributes:
        observation: of B people.
        flipped: (B,), True for mirrored people.
        rotation: (B, 3, 3), from the camera's axes to the virtual camera's.
    """

    observation: Observation
    flipped: Tensor
    rotation: Tensor

    def in_camera(self, rotations: Tensor) -> Tensor:
        """Return rotations (B, 24, 3, 3) with the root in the axes of the real camera."""
        back = mirror_back(rotations, self.flipped)
        return torch.cat([(self.rotation.mT @ back[:, 0])[:, None], back[:, 1:]], 1)


@dataclass(frozen=True)
class Score:
    """Result of a method on some people of a data set.

    Attributes:
        errors: per person, by measure; NaN where a person's truth doesn't allow it.
        by_joint: (N, J) millimetres after alignment.
        sequences: see `sequence_errors`.
        iterations: per person.
        curve: of iterates on the way: mean iterations, PA-MPJPE (mm) and 2D error (percent of the box).
        failed: number of people with a fit that was not finite; the start counts for them.
    """

    errors: dict[str, Tensor]
    by_joint: Tensor
    sequences: dict[str, list[float]]
    iterations: Tensor
    curve: dict[str, list[float]]
    failed: int


def observe(dataset: EvaluationSet) -> ObservedSet:
    """Observe people as the service does; DatasetError if one can't be fitted at all."""
    people = preprocess(dataset.pixels, dataset.confidence, dataset.camera)
    if not people.usable.all():
        bad = [str(status) for status in people.status if status != "ok"]
        raise DatasetError(f"{dataset.name}: {len(bad)} people can't be fitted ({bad[0]}).")
    return ObservedSet(*canonical_side(people.view.observation), people.view.rotation)


@torch.no_grad()
def score(method: Method, body: Body, dataset: EvaluationSet, batch: int, report: Report) -> Score:
    """Fit all people, batch by batch, and measure."""
    parts = []
    for some in torch.arange(len(dataset)).split(batch):
        parts.append(_fit(method, body, dataset.take(some)))
        report(f"{dataset.name}, {method.name}: {int(some[-1]) + 1} of {len(dataset)} people")
    path = [
        Iterate(*map(torch.cat, zip(*step, strict=True)))
        for step in zip(*(p.path for p in parts), strict=True)
    ]
    error_2d = [torch.cat(step) for step in zip(*(p.error_2d for p in parts), strict=True)]
    points = [dataset.joints_of(body, i.rotations, i.betas) for i in path]
    scored = [joint_errors(dataset, found) for found in points]
    end, (errors, by_joint) = path[-1], scored[-1]
    vertices = vertex_errors(dataset, body, end.rotations, end.betas, points[-1])
    return Score(
        errors={**errors, **vertices, "error_2d": error_2d[-1]},
        by_joint=by_joint,
        sequences=sequence_errors(dataset, points[-1]),
        iterations=end.taken,
        curve={
            "iterations": [float(i.taken.mean()) for i in path],
            "pa_mpjpe_mm": [float(e["pa_mpjpe_mm"].mean()) for e, _ in scored],
            "error_2d": [float(e.mean()) for e in error_2d],
        },
        failed=sum(p.failed for p in parts),
    )


class _Part(NamedTuple):
    path: list[Iterate]
    error_2d: list[Tensor]
    failed: int


def _fit(method: Method, body: Body, dataset: EvaluationSet) -> _Part:
    observed = observe(dataset)
    iterates = method.fit(body, observed.observation)
    kept, failed = _finite([iterates[k] for k in _spread(len(iterates))])
    error_2d = [_error_2d(iterate, body, observed.observation) for iterate in kept]
    path = [iterate._replace(rotations=observed.in_camera(iterate.rotations)) for iterate in kept]
    return _Part(path, error_2d, failed)


def _finite(path: list[Iterate]) -> tuple[list[Iterate], int]:
    """Replace ends that are not finite by the start, and count them."""
    first, bad = path[0], torch.zeros(len(path[0].betas), dtype=torch.bool)
    kept = []
    for iterate in path:
        bad = ~(iterate.rotations.isfinite().flatten(1).all(1) & iterate.betas.isfinite().all(1))
        rotations = torch.where(bad[:, None, None, None], first.rotations, iterate.rotations)
        betas = torch.where(bad[:, None], first.betas, iterate.betas)
        kept.append(Iterate(iterate.taken, rotations, betas))
    return kept, int(bad.sum())


def _error_2d(iterate: Iterate, body: Body, observation: Observation) -> Tensor:
    """Return (B,), percent of the box."""
    x, space = start(iterate.rotations, iterate.betas)
    return mean_distance(evaluate(x, space, body, observation).residual, observation.confidence) * 100


def _spread(count: int) -> list[int]:
    """Return numbers from 0 to count - 1, both included, denser at the beginning."""
    numbers, step = [0], 1.0
    while numbers[-1] < count - 1:
        numbers.append(min(numbers[-1] + round(step), count - 1))
        step = max(min(step * _GROWTH, count * _LARGEST_GAP), 1.0)
    return numbers
