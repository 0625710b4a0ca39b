"""Parsing a request: JSON bytes to checked people, camera and options."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from model.keypoints.errors import InputError
from model.keypoints.input_warnings import InputWarning
from model.keypoints.layouts import Layout
from model.keypoints.openpose import Detections, read_openpose, sole_document
from service.errors import Fault, InvalidInputError, NotJsonError
from service.request.camera import resolve_camera
from service.request.plausibility import plausibility_warnings
from service.schemas.camera import CAMERA_TAGS, CameraSource, ResolvedCamera
from service.schemas.request import Extras, Options

_NO_CAMERA = (
    "No camera and no image size were sent: each person was fitted with a separate assumed camera, so "
    "distances to and between people mean little (a mesh file places people as they are placed in the "
    "picture). Send `camera`, or at least `image` {width, height}."
)
_NO_FOCAL = (
    "No camera was sent: the focal length was assumed to be the image's diagonal, so distances to "
    "people are rough. Send `camera`."
)
_NO_PEOPLE = "The file has no people."

_MAX_PATH = 200


@dataclass(frozen=True)
class FitInput:
    """A parsed and checked request."""

    detections: Detections
    camera: ResolvedCamera
    options: Options

    @property
    def input_warnings(self) -> list[InputWarning]:
        """Warnings about corrections and assumptions, each with the people concerned."""
        about_camera = {CameraSource.ASSUMED: [_NO_CAMERA], CameraSource.ASSUMED_FROM_IMAGE: [_NO_FOCAL]}
        if not self.detections.people:
            return [*self.detections.input_warnings, InputWarning(_NO_PEOPLE)]
        return [
            *self.detections.input_warnings,
            *map(InputWarning, about_camera.get(self.camera.source, [])),
            *plausibility_warnings(self.camera, self.detections.image_size, self.detections.people),
        ]


def read_request(
    data: bytes, *, max_people: int | None = None, default_layout: Layout | None = None
) -> FitInput:
    """Parse and check a request.

    Args:
        data: JSON as OpenPose wrote it, with optional keys beside `people`.
        max_people: refuse files with more people.
        default_layout: for documents that name no layout; None: decided by the number of keypoints.

    Raises:
        NotJsonError: the data is not JSON.
        InvalidInputError: a value can't be used; the error says which and where.
    """
    document = parse_json(data)
    try:
        extras = _extras(sole_document(document))
        image = None if extras.image is None else (extras.image.width, extras.image.height)
        detections = read_openpose(document, extras.layout or default_layout, image, max_people=max_people)
        camera = resolve_camera(extras.camera, detections.image_size)
    except InputError as error:
        raise InvalidInputError.of([Fault(error.path, error.message)]) from None
    return FitInput(detections, camera, extras.options or Options())


def parse_json(data: bytes) -> object:
    """Return the parsed JSON document.

    NaN is not JSON, but some programs write it: such a document is parsed all the same, so that the error
    can name the path of the NaN.

    Raises:
        NotJsonError: the data is neither JSON nor JSON with NaN.
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
    """Return a JSON path, without the kind of camera that pydantic adds to it."""
    parts = [
        p for i, p in enumerate(location) if not (i == 1 and location[0] == "camera" and p in CAMERA_TAGS)
    ]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".")[:_MAX_PATH]


# By pydantic's error type; braces hold values of its context.
SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is not a recognised key",
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
    # A lone surrogate, written as an escape.
    "string_unicode": "is not proper Unicode",
}


def sentence(error: Mapping[str, Any]) -> str:
    """Return a sentence about an invalid value, to follow the name of its path.

    Args:
        error: one of pydantic's `ValidationError.errors()`; unknown types keep pydantic's message.
    """
    known = SENTENCES.get(error["type"])
    return str(error["msg"]) if known is None else known.format(**error.get("ctx", {}))
