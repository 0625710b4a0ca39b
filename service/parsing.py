"""From the bytes of a request to people with keypoints, a camera and options, all checked."""

import json
from dataclasses import dataclass

import orjson
from pydantic import ValidationError

from model.keypoints.errors import InputError
from model.keypoints.layouts import Layout
from model.keypoints.openpose import Detections, read_openpose, sole_document
from model.keypoints.remarks import Remark
from service.camera import ResolvedCamera, resolve_camera
from service.doubts import doubts
from service.errors import Fault, InvalidInputError, NotJsonError
from service.schemas.camera import CAMERA_TAGS, CameraSource
from service.schemas.request import Extras, Options
from service.sentences import sentence

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
