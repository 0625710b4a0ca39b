"""The request of `POST /v1/fit`: an unchanged OpenPose file, with optional keys beside `people`."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, WithJsonSchema

from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.triplets import LARGEST_NUMBER
from service.schemas.base import RequestPart
from service.schemas.camera import Camera, Image

LARGEST_BETA = 10.0
MOST_STEPS = 32


class MeshEncoding(StrEnum):
    """The encoding of vertices and faces in JSON."""

    BASE64 = "base64"
    LIST = "list"


class Options(RequestPart):
    """Options of the fit and of the answer."""

    steps: int = Field(
        default=4, ge=0, le=MOST_STEPS, description="Steps of L-SR1 after the initializer.", examples=[4]
    )
    mesh: bool = Field(default=False, description="Include each person's vertices in a JSON answer.")
    mesh_encoding: MeshEncoding = Field(
        default=MeshEncoding.BASE64,
        strict=False,
        description="`base64`: little-endian numbers, row by row; `list`: nested lists, 5 times longer.",
    )
    faces: bool = Field(
        default=False, description="Include the faces in a JSON answer; `/v1/body` has them too."
    )
    rig: bool = Field(
        default=True,
        description="Write a GLB with rigs (skeleton, weights, the pose as joint rotations); false: with "
        "plain posed meshes, for readers without skinning.",
    )
    quantize: bool | None = Field(
        default=None,
        description="Write a GLB with 16-bit positions, exact to 0.02 mm along each axis, and 8-bit normals "
        "(KHR_mesh_quantization); false: both as float32. Null: only if `rig` is off, since readers without "
        "skinning would read a rig's quantized positions as metres.",
    )
    draco: bool = Field(
        default=False,
        description="Compress the meshes of a GLB with Draco (KHR_draco_mesh_compression), with or "
        "without rigs, for readers that support it: three.js with DRACOLoader, Babylon.js, Blender. "
        "Positions have 14 bits of the body's largest extent (0.06 mm along each axis for 2 m), whatever "
        "`quantize` is; normals are exact to a quarter of a degree; joints and weights are unchanged. The "
        "order of vertices and faces differs from the other formats.",
    )
    betas: list[Annotated[float, Field(ge=-LARGEST_BETA, le=LARGEST_BETA)]] | None = Field(
        default=None,
        min_length=10,
        max_length=10,
        description="Known shape of all people, held fixed; null: estimate each person's shape.",
        examples=[[0.5, -1.0, 0, 0, 0, 0, 0, 0, 0, 0]],
    )

    @property
    def quantized(self) -> bool:
        """True if positions and normals of a GLB are quantized: `quantize`, or its default."""
        return not self.rig if self.quantize is None else self.quantize


class Extras(BaseModel):
    """The keys beside `people`; other keys of the file are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    image: Image | None = Field(
        default=None, description="Size of the picture; by default, the size of ControlNet's canvas."
    )
    camera: Camera | None = Field(
        default=None,
        description="The camera: intrinsics in pixels, or a field of view, or a lens. By default, a camera "
        "is assumed and reported in the answer.",
    )
    layout: Layout | None = Field(
        default=None,
        description="Order of the keypoints. By default, it is inferred from their count: 75 numbers are "
        "BODY_25 (so BODY_25B must be named), 54 COCO_18, 78 HALPE_26, 51 COCO_17.",
    )
    options: Options | None = Field(default=None, description="Options; null: the defaults.")


def _keypoints_schema() -> dict[str, Any]:
    """Return a schema of flat lists and lists of triplets, empty or with as many keypoints as a layout."""
    number = {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
    triplet = {"type": "array", "items": number, "minItems": 3, "maxItems": 3}
    counts = sorted({0, *(len(names) for names in LAYOUT_NAMES.values())})
    lists = [
        {"type": "array", "items": item, "minItems": size * count, "maxItems": size * count}
        for item, size in ((number, 3), (triplet, 1))
        for count in counts
    ]
    return {"anyOf": [*lists, {"type": "null"}]}


Keypoints = Annotated[list[float] | list[list[float]] | None, WithJsonSchema(_keypoints_schema())]


class OpenPosePerson(BaseModel):
    """One entry of OpenPose's `people`; keys that aren't listed are ignored."""

    model_config = ConfigDict(extra="allow")

    pose_keypoints_2d: Keypoints = Field(
        default=None,
        description="x, y (pixels from the top left) and confidence (0 to 1) of each keypoint; 0, 0, 0 for "
        "undetected ones. Numbers are finite, within -1e7 to 1e7. Triplets may be nested.",
        examples=[[512.3, 204.8, 0.91, 508.9, 287.2, 0.88]],
    )
    pose_keypoints: Keypoints = Field(
        default=None, description="The name of `pose_keypoints_2d` in OpenPose 1.0."
    )


class OpenPoseDocument(Extras):
    """An OpenPose file, with optional keys beside `people`. Other keys are allowed and ignored."""

    model_config = ConfigDict(extra="allow", title="OpenPoseDocument")

    people: list[OpenPosePerson] = Field(description="The people to fit; answers keep this order.")
    canvas_width: float | None = Field(
        default=None, ge=1, le=1e6, description="ControlNet's image width, pixels.", examples=[768]
    )
    canvas_height: float | None = Field(
        default=None, ge=1, le=1e6, description="ControlNet's image height, pixels.", examples=[512]
    )


class FitRequest(
    RootModel[OpenPoseDocument | Annotated[list[OpenPoseDocument], Field(max_length=1, min_length=1)]]
):
    """An OpenPose file, alone or in a list of one as ControlNet writes it."""
