"""Forms of a camera in requests, and the used camera in answers."""

import math
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import Discriminator, Field, Tag

from service.schemas.base import AnswerPart, RequestPart

# A number beyond these is a unit mistake, whatever the picture.
Focal = Annotated[float, Field(ge=1, le=1e7)]
Centre = Annotated[float, Field(ge=-1e6, le=1e6)]


class Image(RequestPart):
    """The size of the picture in which the keypoints were detected."""

    width: float = Field(ge=1, le=1e6, description="Pixels.", examples=[1920])
    height: float = Field(ge=1, le=1e6, description="Pixels.", examples=[1080])


class Intrinsics(RequestPart):
    """A calibrated pinhole camera, in pixels of the picture (not millimetres)."""

    fx: Focal = Field(description="Focal length along x, pixels.", examples=[1681.2])
    fy: Focal = Field(description="Focal length along y, pixels.", examples=[1681.1])
    cx: Centre = Field(description="Principal point, pixels from the left edge.", examples=[960.0])
    cy: Centre = Field(description="Principal point, pixels from the top edge.", examples=[540.0])


class FieldOfView(RequestPart):
    """The horizontal field of view; needs `image`. The principal point is the picture's middle."""

    fov_deg: float = Field(ge=1, le=175, description="Horizontal field of view, degrees.", examples=[60.0])


class Lens(RequestPart):
    """Focal length of the lens and width of the sensor; needs `image`. The principal point is the middle."""

    focal_mm: float = Field(gt=0, le=1e5, description="Focal length, millimetres.", examples=[35.0])
    sensor_mm: float = Field(gt=0, le=1e5, description="Width of the sensor, millimetres.", examples=[36.0])


_KEYS_OF = {
    tag: frozenset(kind.model_fields)
    for tag, kind in (("intrinsics", Intrinsics), ("fov", FieldOfView), ("lens", Lens))
}


def _kind(value: Any) -> str | None:
    """Return the tag of the form that has a value's keys; None if several forms have them, or none."""
    keys = value.keys() if isinstance(value, dict) else set()
    tags = [tag for tag, own in _KEYS_OF.items() if keys & own]
    return tags[0] if len(tags) == 1 else None


Camera = Annotated[
    Annotated[Intrinsics, Tag("intrinsics")]
    | Annotated[FieldOfView, Tag("fov")]
    | Annotated[Lens, Tag("lens")],
    Discriminator(
        _kind,
        custom_error_type="camera_form",
        custom_error_message="must be an object with either fx, fy, cx and cy, or fov_deg, or focal_mm and "
        "sensor_mm",
    ),
]

CAMERA_TAGS = frozenset(_KEYS_OF)
"""Tags that pydantic adds to the path of an error though they aren't in the document."""


class CameraSource(StrEnum):
    """Origin of an answer's camera."""

    GIVEN = "given"
    ASSUMED_FROM_IMAGE = "assumed_from_image"
    ASSUMED = "assumed"


class UsedCamera(AnswerPart):
    """The pinhole camera with which a person was fitted, pixels."""

    fx: float = Field(description="Focal length along x, pixels.", examples=[1681.2])
    fy: float = Field(description="Focal length along y, pixels.", examples=[1681.1])
    cx: float = Field(description="Principal point, pixels from the left edge.", examples=[960.0])
    cy: float = Field(description="Principal point, pixels from the top edge.", examples=[540.0])


class AnswerCamera(AnswerPart):
    """The camera that all people share, if any.

    `given`: the request's camera. `assumed_from_image`: focal length equal to the picture's diagonal,
    principal point in its middle. `assumed`: neither camera nor picture size was sent, so each person has a
    separate camera, and the numbers here are null.
    """

    source: CameraSource = Field(examples=["given"])
    fx: float | None = Field(description="Focal length along x, pixels.", examples=[1681.2])
    fy: float | None = Field(description="Focal length along y, pixels.", examples=[1681.1])
    cx: float | None = Field(description="Principal point, pixels from the left edge.", examples=[960.0])
    cy: float | None = Field(description="Principal point, pixels from the top edge.", examples=[540.0])


class ResolvedCamera(NamedTuple):
    """The camera that all people of a request share, pixels; None if each person gets a separate one."""

    source: CameraSource
    fx: float | None = None
    fy: float | None = None
    cx: float | None = None
    cy: float | None = None

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """The intrinsics fx, fy, cx, cy; NaN where unknown."""
        if self.fx is None or self.fy is None or self.cx is None or self.cy is None:
            return (math.nan, math.nan, math.nan, math.nan)
        return (self.fx, self.fy, self.cx, self.cy)
