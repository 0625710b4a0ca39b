"""Noise of a keypoint detector: jitter, missing limbs, swaps, outliers, confidences."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model.body.landmarks import MIRRORED_KEYPOINTS
from model.fit.observation import bounding_box
from model.keypoints.names import CANONICAL_NAMES, NUM_CANONICAL

_FEET = [i for i, name in enumerate(CANONICAL_NAMES) if name.endswith(("toe", "heel"))]
_LOWER = sorted([*_FEET, *(i for i, name in enumerate(CANONICAL_NAMES) if name.endswith(("knee", "ankle")))])
_FACE_AND_ARMS = ("eye", "ear", "nose", "elbow", "wrist")
_UPPER = [i for i, name in enumerate(CANONICAL_NAMES) if name.endswith(_FACE_AND_ARMS)]
_LEFT = [i for i, name in enumerate(CANONICAL_NAMES) if name.startswith("left")]
_RIGHT = [i for i, name in enumerate(CANONICAL_NAMES) if name.startswith("right")]

FEWEST = 6

# What real detections of a subject from the front and from behind show (`hmr evaluate noise`): of the
# keypoints that the body hides some are guessed, a few hundredths of the box off, with 0.1 to 0.8 of the
# usual confidence.
GUESS = 0.03
_GUESS_CONFIDENCE = (0.1, 0.8)

_LEAST_CONFIDENCE = 0.05

# Axis and direction of the edges that cut people off.
_EDGES = torch.tensor([[0, -1], [0, 1], [1, -1], [1, 1], [1, 1], [1, 1]])
_ENDS = torch.tensor([name.endswith(("wrist", "ankle")) for name in CANONICAL_NAMES])
_LOOSE = torch.tensor([name.endswith(("hip", "toe", "heel")) for name in CANONICAL_NAMES])


@dataclass(frozen=True)
class DetectorConfig:
    """Kinds and amounts of noise. Shares are of people unless said otherwise.

    Attributes:
        perfect: share detected without any fault.
        jitter: standard deviation, share of the box, up to this (drawn for each person); wrists and
            ankles twice that.
        loose_jitter: hips, toes and heels, which detectors define loosely, get this times as much.
        fixed_jitter: use `jitter` itself rather than a draw up to it.
        dropped: share of keypoints missing, up to this (drawn for each person).
        fixed_dropped: use `dropped` itself rather than a draw up to it.
        no_lower, no_upper, no_side, no_feet: share of people without knees and below; without face and
            arms; without one side of the body; without toes and heels (as COCO's layouts are).
        cut: share of people that a straight edge of the picture cuts.
        swapped: share of people with left and right exchanged in legs or in arms.
        outliers: share of keypoints that are far off.
        guessed: share of keypoints that the detector can't see, and guesses with an error of `GUESS` of the
            box and a lower confidence.
        honest: share of people with confidences that follow the error; the others' are random.
    """

    perfect: float = 0.2
    jitter: float = 0.02
    loose_jitter: float = 1.5
    fixed_jitter: bool = False
    dropped: float = 0.25
    fixed_dropped: bool = False
    no_lower: float = 0.08
    no_upper: float = 0.02
    no_side: float = 0.04
    no_feet: float = 0.2
    cut: float = 0.0
    swapped: float = 0.02
    outliers: float = 0.01
    guessed: float = 0.0
    honest: float = 0.7


def detect(points: Tensor, config: DetectorConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Detections (B, 25, 2) with confidences (B, 25) of exactly projected keypoints (B, 25, 2).

    Missing keypoints have confidence 0. Units are those of the points. A person left with fewer than
    six keypoints keeps them all.
    """
    draw = _Draw(len(points), generator)
    _, size = bounding_box(points, torch.ones(points.shape[:2], dtype=torch.bool))
    faulty = ~draw.share(config.perfect)
    guess = _Guess.draw(config, draw)
    error = _jitter(config, draw) + _outliers(config, draw) + guess.error
    moved = _swap(points, config, draw) + error * size[:, None, None]
    moved = torch.where(faulty[:, None, None], moved, points)
    distance = (moved - points).norm(dim=-1) / size[:, None]
    told = (_confidence(distance, config, draw) * guess.trust).clamp(_LEAST_CONFIDENCE, 1.0)
    confidence = torch.where(faulty[:, None], told, torch.ones_like(distance))
    missing = _missing(config, draw) & faulty[:, None]
    if config.cut:  # and no random numbers used up
        missing = missing | (_cut_off(moved, config, draw) & faulty[:, None])
        missing &= (missing.sum(1) <= NUM_CANONICAL - FEWEST)[:, None]
    return moved, confidence.masked_fill(missing, 0.0)


class _Draw:
    """Random numbers for a batch of people."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self.generator = count, generator

    def uniform(self, *shape: int) -> Tensor:
        return torch.rand(self.count, *shape, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.count, *shape, generator=self.generator)

    def share(self, probability: float, *shape: int) -> Tensor:
        return self.uniform(*shape) < probability


def _jitter(config: DetectorConfig, draw: _Draw) -> Tensor:
    level = config.jitter * (torch.ones(draw.count) if config.fixed_jitter else draw.uniform())
    factor = 1.0 + _ENDS + (config.loose_jitter - 1.0) * _LOOSE
    return draw.normal(NUM_CANONICAL, 2) * level[:, None, None] * factor[:, None]


def _outliers(config: DetectorConfig, draw: _Draw) -> Tensor:
    far = draw.share(config.outliers, NUM_CANONICAL)
    return draw.normal(NUM_CANONICAL, 2) * 0.2 * far[..., None]


class _Guess(NamedTuple):
    """Guessed keypoints: their error (B, 25, 2), as a share of the box, and factor of confidence."""

    error: Tensor
    trust: Tensor

    @classmethod
    def draw(cls, config: DetectorConfig, draw: _Draw) -> "_Guess":
        if not config.guessed:  # and no random numbers used up
            return cls(torch.zeros(NUM_CANONICAL, 2), torch.ones(NUM_CANONICAL))
        guessed = draw.share(config.guessed, NUM_CANONICAL)
        least, most = _GUESS_CONFIDENCE
        trust = least + (most - least) * draw.uniform(NUM_CANONICAL)
        error = GUESS * draw.normal(NUM_CANONICAL, 2)
        return cls(error * guessed[..., None], trust.where(guessed, torch.ones(())))


def _swap(points: Tensor, config: DetectorConfig, draw: _Draw) -> Tensor:
    lower = torch.zeros(NUM_CANONICAL, dtype=torch.bool)
    lower[_LOWER] = True
    part = torch.where(draw.share(0.5)[:, None], lower, ~lower)
    swapped = part & draw.share(config.swapped)[:, None]
    return torch.where(swapped[..., None], points[:, MIRRORED_KEYPOINTS], points)


def _missing(config: DetectorConfig, draw: _Draw) -> Tensor:
    rate = config.dropped * (torch.ones(draw.count) if config.fixed_dropped else draw.uniform())
    missing = draw.uniform(NUM_CANONICAL) < rate[:, None]
    left = draw.share(0.5)
    one_side = draw.share(config.no_side)
    for group, who in (
        (_LOWER, draw.share(config.no_lower)),
        (_UPPER, draw.share(config.no_upper)),
        (_FEET, draw.share(config.no_feet)),
        (_LEFT, one_side & left),
        (_RIGHT, one_side & ~left),
    ):
        missing[:, group] |= who[:, None]
    return missing & (missing.sum(1) <= NUM_CANONICAL - FEWEST)[:, None]


def _cut_off(points: Tensor, config: DetectorConfig, draw: _Draw) -> Tensor:
    """Return a mask (B, 25) of keypoints beyond an edge of the picture, most often the lower one."""
    axis, sign = _EDGES[torch.randint(len(_EDGES), (draw.count,), generator=draw.generator)].unbind(1)
    along = points.gather(2, axis[:, None, None].expand(-1, NUM_CANONICAL, 1))[..., 0] * sign[:, None]
    order = along.argsort(1).argsort(1)
    kept = FEWEST + 2 + draw.uniform(1) * (NUM_CANONICAL - FEWEST - 2)
    return (order >= kept) & draw.share(config.cut)[:, None]


def _confidence(distance: Tensor, config: DetectorConfig, draw: _Draw) -> Tensor:
    level = 0.6 + 0.4 * draw.uniform(1)
    honest = level * (-(distance / 0.06)).exp() + 0.05 * draw.normal(NUM_CANONICAL)
    random = level - 0.3 * draw.uniform(NUM_CANONICAL)
    tells = draw.share(config.honest)
    return torch.where(tells[:, None], honest, random)
