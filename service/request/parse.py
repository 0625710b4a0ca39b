"""From the bytes of a request to people with keypoints, a camera and options, all checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from model.keypoints.errors import InputError
from model.keypoints.input_warnings import Remark
from model.keypoints.layouts import Layout
from model.keypoints.openpose import Detections, read_openpose, sole_document
from service.errors import Fault, InvalidInputError, NotJsonError
from service.request.camera import ResolvedCamera, resolve_camera
from service.request.plausibility import doubts
from service.schemas.camera import CAMERA_TAGS, CameraSource
from service.schemas.request import Extras, Options

_NO_CAMERA = (
    "No camera and no image size were sent: each person was fitted with an assumed camera of their own, so "
    "that distances to them and between them mean little (a mesh file places people by their places in the "
    "picture). Send `camera`, or at least `image` {width, height}."
)
_NO_FOCAL = (
    "No camera was sent: its focal length was assumed to be the image's diagonal, so that distances to "
    "people are rough. Send `camera`."
)
_NOBODY = "The file has no people."

_LONGEST_PATH = 200


@dataclass(frozen=True)
class FitInput:
    """A request, read and checked."""

    detections: Detections
    camera: ResolvedCamera
    options: Options

    @property
    def remarks(self) -> list[Remark]:
        """What was put right or assumed, and for whom."""
        about_camera = {CameraSource.ASSUMED: [_NO_CAMERA], CameraSource.ASSUMED_FROM_IMAGE: [_NO_FOCAL]}
        if not self.detections.people:
            return [*self.detections.remarks, Remark(_NOBODY)]
        return [
            *self.detections.remarks,
            *map(Remark, about_camera.get(self.camera.source, [])),
            *doubts(self.camera, self.detections.image_size, self.detections.people),
        ]


def read_request(
    data: bytes, *, most_people: int | None = None, usual_layout: Layout | None = None
) -> FitInput:
    """Read a request.

    Args:
        data: JSON as OpenPose wrote it, with optional keys beside `people`.
        most_people: refuse files with more.
        usual_layout: of the keypoints, where the document names none; None: their number tells.

    Raises:
        NotJsonError: it isn't JSON.
        InvalidInputError: something in it can't be used; the error says where.
    """
    document = parse_json(data)
    try:
        extras = _extras(sole_document(document))
        image = None if extras.image is None else (extras.image.width, extras.image.height)
        detections = read_openpose(document, extras.layout or usual_layout, image, most_people=most_people)
        camera = resolve_camera(extras.camera, detections.image_size)
    except InputError as error:
        raise InvalidInputError.of([Fault(error.path, error.message)]) from None
    return FitInput(detections, camera, extras.options or Options())


def parse_json(data: bytes) -> object:
    """The parsed document.

    JSON proper knows no NaN, but some programs write it: such a document is read all the same, so that the
    client is told where the NaN is.

    Raises:
        NotJsonError: neither reading works.
    """
    if not data.strip():
        raise NotJsonError("The body is empty; send an OpenPose file.")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        problem = f"The body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise NotJsonError(problem) from None


def _extras(document: dict[str, object]) -> Extras:
    try:
        return Extras.model_validate({name: document.get(name) for name in Extras.model_fields})
    except ValidationError as error:
        raise InvalidInputError.of(
            [Fault(_path(item["loc"]), sentence(item)) for item in error.errors()]
        ) from None


def _path(location: tuple[int | str, ...]) -> str:
    """A JSON path; pydantic names the kind of camera that it tried too, which is not in the document."""
    parts = [
        p for i, p in enumerate(location) if not (i == 1 and location[0] == "camera" and p in CAMERA_TAGS)
    ]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".")[:_LONGEST_PATH]


# By pydantic's name of the error; in braces what it knows of it.
SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is no known key here",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} entries, not {actual_length}",
    "too_long": "must have at most {max_length} entries, not {actual_length}",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt:,.12g}",
    "greater_than_equal": "must be at least {ge:,.12g}",
    "less_than_equal": "must be at most {le:,.12g}",
    "enum": "must be {expected}",
    # Half of a character, as an escape.
    "string_unicode": "is not proper Unicode",
}


def sentence(error: Mapping[str, Any]) -> str:
    """What is wrong, to follow on the path's name.

    Args:
        error: one of pydantic's `ValidationError.errors()`; its own message is kept where there is no other.
    """
    known = SENTENCES.get(error["type"])
    return str(error["msg"]) if known is None else known.format(**error.get("ctx", {}))
