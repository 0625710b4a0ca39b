"""The answer to a request before it takes a format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.keypoints.input_warnings import InputWarning
from model.keypoints.layouts import Layout
from model.status import PersonStatus
from service.engine.job import FloatArray
from service.models.identity import Identity
from service.schemas.camera import ResolvedCamera
from service.schemas.request import Options


@dataclass(frozen=True)
class PersonFit:
    """One person's fit, named as in the JSON. Camera frame, metres, radians, pixels; J keypoints.

    Attributes:
        pose: (24, 3), axis-angle; the first is the global orientation.
        betas: (10,).
        transl: (3,).
        joints3d: (24, 3).
        keypoints3d: (J, 3).
        keypoints2d: (J, 2).
        residual_px: mean distance to the detections.
        objective: (K + 1,), of the initializer and after each step.
        best_step: the step of this iterate.
        camera: (4,), fx, fy, cx, cy.
        vertices: (V, 3) of the mesh, if it was asked for.
    """

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
    """Everything that the formats of the answer are made of.

    Attributes:
        people: in the request's order.
        camera: shared by all people, or by none.
        image_size: width and height in pixels, if known.
        layout: of all people's keypoints, None if they differ.
        options: of the request.
        body: the posed body: faces, skeleton and weights of every mesh.
        identity: of body and weights.
        input_warnings: on the request and on its fits, for the client.
        seconds: time spent on `parse`, `queue`, `fit` and `mesh`.
    """

    people: list[AnsweredPerson]
    camera: ResolvedCamera
    image_size: tuple[float, float] | None
    layout: Layout | None
    options: Options
    body: BodyArrays
    identity: Identity
    input_warnings: list[InputWarning]
    seconds: Mapping[str, float]

    @property
    def warnings(self) -> list[str]:
        """The warnings as sentences."""
        return [str(warning) for warning in self.input_warnings]

    @property
    def faces(self) -> NDArray[np.integer[Any]]:
        """Vertex indices (F, 3) of every mesh."""
        return self.body.faces

    @property
    def fitted(self) -> list[tuple[AnsweredPerson, PersonFit]]:
        """The people with status ok, each with the fit."""
        return [(person, person.fit) for person in self.people if person.fit is not None]
