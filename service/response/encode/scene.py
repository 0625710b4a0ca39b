"""The scene of mesh files: the fitted people in one space, y up."""

from dataclasses import dataclass

import numpy as np

from service.engine.job import FloatArray
from service.errors import Fault, NobodyFittedError
from service.response.answer import Answer, PersonFit
from service.response.encode.geometry import TO_Y_UP
from service.schemas.camera import CameraSource

SCENE_FRAME = "the camera's place, x right, y up, z towards the viewer (as glTF); metres"


@dataclass(frozen=True)
class PlacedPerson:
    """A person's mesh in the scene.

    Attributes:
        name: `person_0` for the first person of the request, and so on.
        index: position in the request.
        vertices: (V, 3), y up, metres.
        offset: (3,), y up, metres, to be added to the vertices.
        fit: the fit, in the camera's axes and without the offset.
    """

    name: str
    index: int
    vertices: FloatArray
    offset: FloatArray
    fit: PersonFit


def placed_people(answer: Answer) -> list[PlacedPerson]:
    """Place the fitted people of an answer in one scene.

    People without a common camera each stand on the axis of a separate camera. They are moved sideways at
    their depth, so that they are arranged as in the picture.

    Raises:
        NobodyFittedError: no person was fitted.
    """
    check_fitted(answer)
    first = answer.fitted[0][1]
    placed = []
    for person, fit in answer.fitted:
        assert fit.vertices is not None, "fits for mesh formats have vertices"
        apart = answer.camera.source is CameraSource.ASSUMED
        offset = _sideways(fit, first) if apart else np.zeros(3, np.float32)
        placed.append(
            PlacedPerson(
                f"person_{person.index}", person.index, fit.vertices * TO_Y_UP, offset * TO_Y_UP, fit
            )
        )
    return placed


def check_fitted(answer: Answer) -> None:
    """Raise NobodyFittedError if an answer has no fitted person."""
    if answer.fitted:
        return
    if not answer.people:
        raise NobodyFittedError("The file has no people.")
    raise NobodyFittedError(
        "No person could be fitted.",
        [Fault(f"people[{person.index}]", person.message) for person in answer.people],
    )


def _sideways(fit: PersonFit, first: PersonFit) -> FloatArray:
    """Return the offset (3,), metres at the person's depth, between the two cameras' principal points."""
    fx, fy, cx, cy = fit.camera
    depth = float(fit.joints3d[0, 2])
    return np.array([(cx - first.camera[2]) / fx * depth, (cy - first.camera[3]) / fy * depth, 0], np.float32)
