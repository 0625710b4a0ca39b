"""The answer to a request before it takes a format: people with what was fitted, and what all share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.keypoints.input_warnings import Remark
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.names import KEYPOINT_NAMES
from model.keypoints.openpose import DetectedPerson, ImageSize
from model.weights import ServedModel
from service.engine.job import FitOutcome, FloatArray
from service.models.served import Identity
from service.request.camera import ResolvedCamera
from service.request.parse import FitInput
from service.response.corrections import as_used
from service.response.fit_quality import poor_fit_remarks
from service.schemas.answer import PersonStatus
from service.schemas.request import Options


@dataclass(frozen=True)
class PersonFit:
    """What was fitted to one person. Camera frame, metres, radians, pixels; J keypoints of their layout."""

    pose: FloatArray
    betas: FloatArray
    transl: FloatArray
    joints3d: FloatArray
    keypoints3d: FloatArray
    keypoints2d: FloatArray
    residual_px: float
    objective: FloatArray
    best_step: int
    camera: tuple[float, float, float, float]
    vertices: FloatArray | None


@dataclass(frozen=True)
class AnsweredPerson:
    """One person of the request; `fit` is None unless the status is ok."""

    index: int
    status: PersonStatus
    message: str
    layout: Layout
    observed: NDArray[np.bool_]
    fit: PersonFit | None


@dataclass(frozen=True)
class Answer:
    """Everything that any format of the answer is made of.

    Attributes:
        people: in the request's order.
        camera: shared by all people, or by none.
        image_size: width and height in pixels, if known.
        layout: of all people's keypoints, None if they differ.
        options: what the request asked for.
        body: what was posed: faces, skeleton and weights of every mesh.
        identity: of body and weights.
        remarks: on what was sent, and on what came of it, for the client.
        seconds: where the time went: `parse`, `queue`, `fit`, `mesh`.
    """

    people: list[AnsweredPerson]
    camera: ResolvedCamera
    image_size: ImageSize | None
    layout: Layout | None
    options: Options
    body: BodyArrays
    identity: Identity
    remarks: list[Remark]
    seconds: Mapping[str, float]

    @property
    def warnings(self) -> list[str]:
        """The remarks as sentences."""
        return [str(remark) for remark in self.remarks]

    @property
    def faces(self) -> NDArray[np.integer[Any]]:
        """(F, 3) vertex indices of every mesh."""
        return self.body.faces

    @property
    def fitted(self) -> list[tuple[AnsweredPerson, PersonFit]]:
        """The people whose status is ok, with their fits."""
        return [(person, person.fit) for person in self.people if person.fit is not None]


def assemble(request: FitInput, outcome: FitOutcome, served: ServedModel, *, parse_seconds: float) -> Answer:
    """Put a request and what came of it together."""
    detected, corrected = as_used(
        request.detections.people, outcome.used, outcome.left_out, outcome.exchanged
    )
    layouts = {person.layout for person in detected}
    people = [_person(i, person, outcome) for i, person in enumerate(detected)]
    reprojected = [None if person.fit is None else person.fit.keypoints2d for person in people]
    return Answer(
        people=people,
        camera=request.camera,
        image_size=request.detections.image_size,
        layout=next(iter(layouts)) if len(layouts) == 1 else None,
        options=request.options,
        body=served.fitter.body.arrays,
        identity=Identity.of(served),
        remarks=[
            *request.remarks,
            *corrected,
            *poor_fit_remarks(detected, reprojected, outcome.residual_ratio, outcome.farthest_ratio),
        ],
        seconds={"parse": parse_seconds, "queue": 0.0, **outcome.seconds},
    )


def _person(index: int, person: DetectedPerson, outcome: FitOutcome) -> AnsweredPerson:
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
    row: dict[str, Any] = {name: array[index] for name, array in outcome.arrays.items()}
    order = _order(layout)
    fx, fy, cx, cy = row["camera"].tolist()
    return PersonFit(
        pose=row["pose"],
        betas=row["betas"],
        transl=row["transl"],
        joints3d=row["joints3d"],
        keypoints3d=row["keypoints3d"][order],
        keypoints2d=row["keypoints2d"][order],
        residual_px=float(row["residual_px"]),
        objective=row["objective"],
        best_step=int(row["best_step"]),
        camera=(fx, fy, cx, cy),
        vertices=outcome.vertices.get(index),
    )


@cache
def _order(layout: Layout) -> NDArray[np.intp]:
    """Where each keypoint of a layout (J,) is among all."""
    return np.array([KEYPOINT_NAMES.index(name) for name in LAYOUT_NAMES[layout]])
