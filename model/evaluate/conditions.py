"""Sweeps of distance, lens, view, posture and proportions with truth: accuracy of the fit, without data."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from model.data.keypoint_noise import DetectorConfig, detect
from model.data.proportions import draw_scales
from model.evaluate.metrics import EVALUATED, pa_mpjpe
from model.evaluate.postures import ELBOWS, KNEES, POSTURES, Scene, bend, posture, seen_from
from model.fit.fitter import Fitter
from model.fit.result import FitResult
from model.keypoints.names import CANONICAL_NAMES

Row = dict[str, float | str]
Table = list[Row]

DISTANCES = (0.7, 1.0, 1.5, 2.5, 4.0, 8.0, 15.0, 30.0, 60.0, 150.0)
FOCALS = (500.0, 1200.0, 5000.0)
YAWS = (-180.0, -165.0, -135.0, -90.0, -45.0, -15.0, 0.0, 15.0, 45.0, 90.0, 135.0, 165.0)
ELEVATIONS = (-60.0, -40.0, -20.0, 0.0, 20.0, 40.0, 60.0, 80.0)
# Head-on and from behind: where how far legs reach towards the camera can hardly be seen.
HEAD_ON = (-180.0, -165.0, -15.0, 0.0, 15.0, 165.0)
STRAIGHT_ELEVATIONS = (-20.0, 0.0, 20.0, 40.0, 60.0)
SHAPE = (-0.6, 0.4)  # of the person who walks away
UNSEEN: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "feet": ("toe", "heel"),
    "shanks and feet": ("toe", "heel", "ankle"),
    "legs": ("toe", "heel", "ankle", "knee"),
    "face": ("nose", "eye", "ear"),
    "arms": ("elbow", "wrist"),
}
SPREADS = (0.0, 0.02, 0.04, 0.06)
_PEOPLE = 12  # of each posture, where something is drawn
_FOCAL, _DISTANCE = 1200.0, 4.0
_NOISY = DetectorConfig(
    perfect=0.0, jitter=0.015, fixed_jitter=True, dropped=0.0, no_lower=0.0, no_upper=0.0, no_side=0.0,
    no_feet=0.0, swapped=0.0, outliers=0.03, honest=1.0,
)  # fmt: skip


class Conditions(NamedTuple):
    """A table for each sweep; a row holds the condition, then what was measured."""

    distance: Table
    view: Table
    unseen: Table
    proportions: Table
    confidence: Table


def evaluate_conditions(fitter: Fitter, steps: int = 4) -> Conditions:
    """Return the tables of all sweeps with the served fit; no table depends on another."""
    sweeps = (_distance, _view, _unseen, _proportions, _confidence)
    return Conditions(*(sweep(fitter, steps) for sweep in sweeps))


def straight_standing(view: Table) -> tuple[float, float]:
    """Return mean and largest knee bend, degrees, of straight standing people seen head-on or from behind."""
    bends = [
        float(row["knees"])
        for row in view
        if row["posture"] == "standing" and row["yaw"] in HEAD_ON and row["elevation"] in STRAIGHT_ELEVATIONS
    ]
    return sum(bends) / len(bends), max(bends)


def _fit(fitter: Fitter, scene: Scene, steps: int, confidence: Tensor | None = None) -> FitResult:
    confidence = torch.ones(scene.pixels.shape[:2]) if confidence is None else confidence
    return fitter.fit(scene.pixels, confidence, scene.camera, steps=steps)


def _errors(result: FitResult, scene: Scene) -> dict[str, Tensor]:
    """Return for each person (B,) PA-MPJPE of 14 joints, millimetres, and fitted and true bends, degrees."""
    found, true = result.joints3d.cpu(), scene.joints
    return {
        "pa_mpjpe_mm": 1000 * pa_mpjpe(found[:, EVALUATED], true[:, EVALUATED]),
        "knees": bend(found, KNEES),
        "true_knees": bend(true, KNEES),
        "elbows": bend(found, ELBOWS),
        "true_elbows": bend(true, ELBOWS),
    }


def _repeated(names: Sequence[str], each: int) -> Tensor:
    """Return the postures' rotations, each repeated: (len(names) * each, 24, 3, 3)."""
    return torch.stack([posture(name) for name in names]).repeat_interleave(each, 0)


def _distance(fitter: Fitter, steps: int) -> Table:
    """Sweep distance and focal length: one walking body, exact keypoints, known camera."""
    cells = list(itertools.product(DISTANCES, FOCALS))
    distance, focal = torch.tensor(cells).unbind(1)
    betas = torch.zeros(len(cells), 10)
    betas[:, : len(SHAPE)] = torch.tensor(SHAPE)
    rotations = _repeated(["walking"], len(cells))
    scene = seen_from(
        fitter.body, rotations, distance=distance, focal=focal, yaw=torch.full_like(focal, 30.0), betas=betas
    )
    result = _fit(fitter, scene, steps)
    off = 100 * (result.joints3d[:, 0, 2] / scene.depth - 1)
    shape = (result.betas - betas).abs().amax(1)
    pa = _errors(result, scene)["pa_mpjpe_mm"]
    values = torch.stack([off, shape, pa], 1).tolist()
    return [
        {"distance": d, "focal": f, "depth_error_percent": e, "betas_error": b, "pa_mpjpe_mm": p}
        for (d, f), (e, b, p) in zip(cells, values, strict=True)
    ]


def _view(fitter: Fitter, steps: int) -> Table:
    """Sweep the view of people standing, sitting and walking: from all around, above and below."""
    cells = list(itertools.product(POSTURES, YAWS, ELEVATIONS))
    rotations = _repeated(list(POSTURES), len(YAWS) * len(ELEVATIONS))
    yaw, elevation = torch.tensor([cell[1:] for cell in cells]).unbind(1)
    scene = _at_usual(fitter, rotations, yaw=yaw, elevation=elevation)
    errors = _errors(_fit(fitter, scene, steps), scene)
    return [
        {"posture": name, "yaw": y, "elevation": e, **{key: float(v[i]) for key, v in errors.items()}}
        for i, (name, y, e) in enumerate(cells)
    ]


def _unseen(fitter: Fitter, steps: int) -> Table:
    """Sweep the parts that no keypoint shows, for each posture."""

    def hidden(parts: tuple[str, ...], scene: Scene) -> FitResult:
        kept = [not (parts and name.endswith(parts)) for name in CANONICAL_NAMES]
        confidence = torch.tensor(kept).float().expand(len(scene.pixels), -1)
        return _fit(fitter, scene, steps, confidence)

    return _per_posture(fitter, "unseen", {name: partial(hidden, parts) for name, parts in UNSEEN.items()})


def _proportions(fitter: Fitter, steps: int) -> Table:
    """Sweep how far bones' lengths differ from the body's."""
    table: Table = []
    for spread in SPREADS:
        bones = draw_scales(_PEOPLE, spread, torch.Generator().manual_seed(0))
        ways = {f"{spread:.0%}": partial(_fit, fitter, steps=steps)}
        table += _per_posture(fitter, "spread", ways, bones)
    return table


def _confidence(fitter: Fitter, steps: int) -> Table:
    """Sweep the confidences of the same noisy keypoints: honest ones, all high, and all low."""

    def noisy(change: Callable[[Tensor], Tensor], scene: Scene) -> FitResult:
        pixels, confidence = detect(scene.pixels, _NOISY, torch.Generator().manual_seed(0))
        return _fit(fitter, scene._replace(pixels=pixels), steps, change(confidence))

    ways: dict[str, Callable[[Tensor], Tensor]] = {
        "honest": torch.clone,
        "all 1": torch.ones_like,
        "all 0.3": partial(torch.full_like, fill_value=0.3),
    }
    fits = {name: partial(noisy, way) for name, way in ways.items()}
    return _per_posture(fitter, "confidence", fits)


def _per_posture(
    fitter: Fitter, column: str, ways: Mapping[str, Callable[[Scene], FitResult]], bones: Tensor | None = None
) -> Table:
    """Return rows for each way and posture: means over people turned all around."""
    table: Table = []
    for name in POSTURES:
        yaw = torch.linspace(0, 330, _PEOPLE)
        scene = _at_usual(fitter, _repeated([name], _PEOPLE), yaw=yaw, bones=bones)
        for way, fit in ways.items():
            errors = _errors(fit(scene), scene)
            means = {measure: float(values.mean()) for measure, values in errors.items()}
            table.append({column: way, "posture": name, **means})
    return table


def _at_usual(fitter: Fitter, rotations: Tensor, **given: Tensor | None) -> Scene:
    """Return people at the usual distance from the usual camera; other arguments as for `seen_from`."""
    usual = (torch.full((len(rotations),), value) for value in (_DISTANCE, _FOCAL))
    distance, focal = usual
    return seen_from(fitter.body, rotations, distance=distance, focal=focal, **given)
