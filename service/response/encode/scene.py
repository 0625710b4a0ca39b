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
    """One mesh of a file.

    Attributes:
        name: `person_0` for the first of the request's people, and so on.
        index: place in the request.
        vertices: (V, 3), y up, metres.
        offset: (3,), y up, metres, to be added to the vertices.
        fit: what was fitted, in the camera's axes and without the offset.
    """

    name: str
    index: int
    vertices: FloatArray
    offset: FloatArray
    fit: PersonFit


def placed_people(answer: Answer) -> list[PlacedPerson]:
    """The fitted people of an answer.

    People without a common camera each stand on their camera's axis. They are moved sideways, each at their
    own distance, so as to stand to each other as in the picture.

    Raises:
        NobodyFittedError: there are none.
    """
    check_fitted(answer)
    first = answer.fitted[0][1]
    placed = []
    for person, fit in answer.fitted:
        assert fit.vertices is not None, "mesh formats are fitted with vertices"
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
    """The distance (3,) at a person's depth that their picture's centre is away from the first one's."""
    fx, fy, cx, cy = fit.camera
    depth = float(fit.joints3d[0, 2])
    return np.array([(cx - first.camera[2]) / fx * depth, (cy - first.camera[3]) / fy * depth, 0], np.float32)
