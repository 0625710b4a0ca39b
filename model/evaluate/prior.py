"""Quality of a pose prior: likelihood of poses it has not seen, and whether its samples could be poses."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.body.body import Body
from model.body.file import load_body_arrays
from model.body.joints import NUM_BETAS
from model.data.library import PoseLibrary, load_library
from model.data.skeleton import body_skeleton
from model.fit.mirror import mirror_rotations
from model.prior.chart import NUM_BODY, PoseChart
from model.prior.file import load_prior
from model.prior.prior import PosePrior
from model.weights import OPEN_BODY, weights_folder

# A joint's limits, on each axis of the chart: what all but so many training poses keep to at either end, and
# a margin.
LIMIT_QUANTILE = 0.001
LIMIT_MARGIN = torch.pi / 18
PERCENTILES = (5, 50, 95)
_BATCH = 256
_DRAWN = 64  # samples on a contact sheet


@dataclass(frozen=True)
class Plausibility:
    """Plausibility of a set of poses, against the training poses and their mirror images.

    Attributes:
        beyond_limits: share of poses with any joint beyond its limits.
        nearest_cm: the 5th, 50th and 95th percentile of the distance to the nearest training pose: root mean
            square over the joints of the mean body, pelvis on pelvis and heading taken out, centimetres.
    """

    beyond_limits: float
    nearest_cm: list[float]


@torch.no_grad()
def mean_log_likelihood(prior: PosePrior, library: PoseLibrary) -> float:
    """Return the mean of log p over a library's poses by their weights, nats."""
    logs = torch.cat([prior.log_density(some) for some in library.rotations.split(_BATCH)])
    return float((logs * library.weights).sum() / library.weights.sum())


class TrainingPoses:
    """Limits and joints of a training library's poses."""

    def __init__(self, library: PoseLibrary, chart: PoseChart, body: Body) -> None:
        self._chart, self._body = chart, body
        rotations = torch.cat([library.rotations, mirror_rotations(library.rotations)])
        ordered = chart.to_points(rotations)[:, :NUM_BODY].sort(0).values
        last = int(LIMIT_QUANTILE * (len(ordered) - 1))
        self.lowest, self.highest = ordered[last] - LIMIT_MARGIN, ordered[-1 - last] + LIMIT_MARGIN
        self._joints = self._places(rotations)

    def plausibility(self, rotations: Tensor) -> Plausibility:
        """Measure the plausibility of poses (N, 24, 3, 3)."""
        nearest = self.nearest(rotations) * 100
        wanted = torch.tensor(PERCENTILES) / 100
        return Plausibility(
            float(self.beyond_limits(rotations).float().mean()),
            [round(value, 2) for value in nearest.quantile(wanted).tolist()],
        )

    def beyond_limits(self, rotations: Tensor) -> Tensor:
        """Return a mask (N,) of poses (N, 24, 3, 3) with any joint beyond its limits."""
        turns = self._chart.to_points(rotations)[:, :NUM_BODY]
        beyond: Tensor = ((turns < self.lowest) | (turns > self.highest)).any(1)
        return beyond

    def nearest(self, rotations: Tensor) -> Tensor:
        """Return the distance (N,) of poses (N, 24, 3, 3) to the nearest training pose, metres."""
        joints = self._places(rotations)
        distance = torch.cat([torch.cdist(some, self._joints).amin(1) for some in joints.split(_BATCH)])
        return distance / math.sqrt(joints.shape[1] / 3)

    @torch.no_grad()
    def _places(self, rotations: Tensor) -> Tensor:
        """Joints (N, 72) of the mean body, metres, heading zero, from the pelvis."""
        straight = self._chart.to_rotations(self._chart.to_points(rotations))
        shape = rotations.new_zeros(len(rotations), NUM_BETAS)
        joints = self._body.skeleton(straight, shape).joints
        return (joints - joints[:, :1]).flatten(1)


def evaluate_prior(
    prior: PosePrior, drawn: Tensor, held_out: dict[str, PoseLibrary], train: PoseLibrary | None, body: Body
) -> dict[str, dict[str, Any]]:
    """Return all measures of a prior, for samples drawn from it and for real poses.

    Args:
        prior: what is measured.
        drawn: (N, 24, 3, 3), samples of it.
        held_out: libraries that it was not fitted to, by name.
        train: the poses it was fitted to; None: only likelihoods are measured.
        body: gives the joints at which distances are measured.

    Returns:
        For "samples", "train" and each held-out library: `log_likelihood` (of the samples the mixture's
        negative entropy), and the fields of `Plausibility`.
    """
    alike = PoseLibrary(drawn, torch.full((len(drawn),), 1 / len(drawn)))
    rows: dict[str, dict[str, Any]] = {}
    for name, library in {"samples": alike, **held_out, **({"train": train} if train else {})}.items():
        rows[name] = {"poses": len(library), "log_likelihood": round(mean_log_likelihood(prior, library), 2)}
    if train:
        reference = TrainingPoses(train, prior.chart, body)
        for name, library in {"samples": alike, **held_out}.items():
            rows[name].update(asdict(reference.plausibility(library.rotations)))
    return rows


@dataclass(frozen=True)
class Options:
    """Options of `hmr prior evaluate`.

    Attributes:
        file: the prior.
        held_out: pose libraries that it was not fitted to.
        train, shares: pose libraries that it was fitted to, and how often each was drawn from.
        samples, seed: number and seed of the drawn poses.
        sheet: picture of some samples to write, or None.
    """

    file: Path
    held_out: Sequence[Path]
    train: Sequence[Path] = ()
    shares: Sequence[float] | None = None
    samples: int = 2000
    seed: int = 0
    sheet: Path | None = None


def run(options: Options) -> dict[str, dict[str, Any]]:
    """Return `evaluate_prior` of files, measured on the open body; draws the contact sheet if asked to.

    Raises:
        PriorError, LibraryError, BodyError: a file can't be used; the message says which.
        ImportError: a sheet is asked for, but matplotlib is not installed.
    """
    prior, body = load_prior(options.file), Body(load_body_arrays(weights_folder() / OPEN_BODY))
    held_out = {path.name: load_library([path]) for path in options.held_out}
    train = load_library(options.train, options.shares) if options.train else None
    drawn = prior.draw(options.samples, torch.Generator().manual_seed(options.seed))
    if options.sheet:
        from model.data.contact_sheet import draw_contact_sheet

        draw_contact_sheet(drawn[:_DRAWN], options.sheet, body_skeleton())
    return evaluate_prior(prior, drawn, held_out, train, body)
