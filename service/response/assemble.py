"""Building the answer from a request and the outcome of its fit."""

import dataclasses
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.names import KEYPOINT_NAMES
from model.keypoints.openpose import DetectedPerson
from model.status import PersonStatus
from model.weights import ServedModel
from service.engine.job import FitOutcome
from service.models.served import identity_of
from service.request.parse import FitInput
from service.response.answer import Answer, AnsweredPerson, PersonFit
from service.response.corrections import corrected_people, correction_warnings
from service.response.fit_quality import poor_fit_warnings

# Outputs that hold a row per keypoint: given in the order of the person's layout.
_BY_KEYPOINT = ("keypoints3d", "keypoints2d")
_OUTPUTS = tuple(field.name for field in dataclasses.fields(PersonFit) if field.name != "vertices")


def assemble(request: FitInput, outcome: FitOutcome, served: ServedModel, *, parse_seconds: float) -> Answer:
    """Build the answer of a request from its outcome."""
    sent = request.detections.people
    people = corrected_people(sent, outcome)
    layouts = {person.layout for person in people}
    answered = [_answered(i, person, outcome) for i, person in enumerate(people)]
    reprojected = [None if person.fit is None else person.fit.keypoints2d for person in answered]
    return Answer(
        people=answered,
        camera=request.camera,
        image_size=request.detections.image_size,
        layout=next(iter(layouts)) if len(layouts) == 1 else None,
        options=request.options,
        body=served.fitter.body.arrays,
        identity=identity_of(served),
        input_warnings=[
            *request.input_warnings,
            *correction_warnings(sent, outcome),
            *poor_fit_warnings(people, reprojected, outcome.residual_ratio, outcome.farthest_ratio),
        ],
        seconds={"parse": parse_seconds, "queue": 0.0, **outcome.seconds},
    )


def _answered(index: int, person: DetectedPerson, outcome: FitOutcome) -> AnsweredPerson:
    ok = outcome.statuses[index] is PersonStatus.OK
    return AnsweredPerson(
        index=index,
        status=outcome.statuses[index],
        message=outcome.messages[index],
        layout=person.layout,
        observed=person.observed,
        fit=_fit(index, person.layout, outcome) if ok else None,
    )


def _fit(index: int, layout: Layout, outcome: FitOutcome) -> PersonFit:
    row: dict[str, Any] = {name: outcome.arrays[name][index] for name in _OUTPUTS}
    for name in _BY_KEYPOINT:
        row[name] = row[name][_order(layout)]
    row["residual_px"], row["best_step"] = float(row["residual_px"]), int(row["best_step"])
    row["camera"] = tuple(row["camera"].tolist())
    return PersonFit(**row, vertices=outcome.vertices.get(index))


@cache
def _order(layout: Layout) -> NDArray[np.intp]:
    """Return the place (J,) of each of a layout's keypoints among all keypoints."""
    return np.array([KEYPOINT_NAMES.index(name) for name in LAYOUT_NAMES[layout]])
