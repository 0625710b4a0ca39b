"""The request of `POST /v1/fit`: an OpenPose file as it is, with optional keys beside `people`."""

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
    """How vertices and faces are written in JSON."""

    BASE64 = "base64"
    LIST = "list"


class Options(RequestPart):
    """How to fit and what to answer."""

    steps: int = Field(
        default=4, ge=0, le=MOST_STEPS, description="Steps of L-SR1 after the initializer.", examples=[4]
    )
    mesh: bool = Field(default=False, description="Whether a JSON answer holds each person's vertices.")
    mesh_encoding: MeshEncoding = Field(
        default=MeshEncoding.BASE64,
        strict=False,
        description="`base64`: of little-endian numbers, row by row; `list`: nested, 5 times longer.",
    )
    faces: bool = Field(
        default=False, description="Whether a JSON answer holds the faces too; `/v1/body` has them."
    )
    rig: bool = Field(
        default=True,
        description="Whether a GLB holds rigs (skeleton, weights, the pose as turns of the joints) or plain "
        "meshes in their pose, for readers that know no skins.",
    )
    quantize: bool | None = Field(
        default=None,
        description="Whether a GLB holds positions in 16 bits, to 0.02 mm along each axis, and normals in 8 "
        "(KHR_mesh_quantization), or both as float32. Null: only if `rig` is off, as readers without skins "
        "would take a rig's positions for metres.",
    )
    draco: bool = Field(
        default=False,
        description="Whether a GLB holds meshes compressed by Draco (KHR_draco_mesh_compression), with or "
        "without rigs, for readers that know it: three.js with DRACOLoader, Babylon.js, Blender. "
        "Positions are in 14 bits of the body's largest extent, to 0.06 mm along each axis if it is 2 m, "
        "whatever `quantize` is; normals are to a quarter of a degree; joints and weights are the same. "
        "Vertices and faces come in another order than elsewhere.",
    )
    betas: list[Annotated[float, Field(ge=-LARGEST_BETA, le=LARGEST_BETA)]] | None = Field(
        default=None,
        min_length=10,
        max_length=10,
        description="Known shape of all people, held fixed; null: estimate each one's.",
        examples=[[0.5, -1.0, 0, 0, 0, 0, 0, 0, 0, 0]],
    )

    @property
    def small_numbers(self) -> bool:
        """`quantize`, decided."""
        return not self.rig if self.quantize is None else self.quantize


class Extras(BaseModel):
    """The keys beside `people`; everything else in the file is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    image: Image | None = Field(
        default=None, description="Size of the picture; without it, ControlNet's canvas."
    )
    camera: Camera | None = Field(
        default=None,
        description="The camera: intrinsics in pixels, or a field of view, or a lens. Without it one is "
        "assumed, and the answer says which.",
    )
    layout: Layout | None = Field(
        default=None,
        description="Order of the keypoints. Without it their number tells: 75 numbers are BODY_25 (so "
        "BODY_25B has to be named), 54 COCO_18, 78 HALPE_26, 51 COCO_17.",
    )
    options: Options | None = Field(default=None, description="Null: the defaults.")


def _keypoints_schema() -> dict[str, Any]:
    """Flat lists and lists of triplets, of the lengths of all layouts, or empty."""
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
        description="x, y (pixels from the top left) and confidence (0 to 1) of each keypoint; 0, 0, 0 where "
        "it was not detected. Numbers are finite and at most 1e7 either way. Triplets may be nested.",
        examples=[[512.3, 204.8, 0.91, 508.9, 287.2, 0.88]],
    )
    pose_keypoints: Keypoints = Field(default=None, description="The same in OpenPose 1.0.")


class OpenPoseDocument(Extras):
    """An OpenPose file, with optional keys beside `people`. Other keys are allowed and ignored."""

    model_config = ConfigDict(extra="allow", title="OpenPoseDocument")

    people: list[OpenPosePerson] = Field(description="All are fitted, in this order.")
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
