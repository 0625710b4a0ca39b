"""The answer of `POST /v1/fit` as JSON."""

from typing import Annotated, Literal

from pydantic import Field

from model.keypoints.layouts import Layout
from model.status import PersonStatus
from service.schemas.base import AnswerPart
from service.schemas.camera import AnswerCamera, UsedCamera
from service.schemas.request import MeshEncoding

FRAME = "camera: x right, y down, z forward (as OpenCV); metres"
"""The frame of every answer in JSON and NPZ."""

Vector = Annotated[list[float], Field(min_length=3, max_length=3)]
Pixel = Annotated[list[float], Field(min_length=2, max_length=2)]
Joints = Annotated[list[Vector], Field(min_length=24, max_length=24)]


class Mesh(AnswerPart):
    """A person's skinned mesh in the camera frame; `/v1/body` has its faces."""

    encoding: MeshEncoding
    dtype: Literal["float32"] = Field(description="Type of the numbers; little-endian in base64.")
    shape: list[int] = Field(description="Shape of the array: (V, 3).", examples=[[6890, 3]])
    vertices: str | list[Vector] = Field(description="Positions in metres, translation included.")


class Faces(AnswerPart):
    """The triangles of every mesh, counter-clockwise seen from outside."""

    encoding: MeshEncoding
    dtype: Literal["uint32"] = Field(description="Type of the numbers; little-endian in base64.")
    shape: list[int] = Field(description="Shape of the array: (F, 3).", examples=[[13776, 3]])
    faces: str | list[list[int]] = Field(
        description="Indices of the three vertices of each triangle, from 0."
    )


class Person(AnswerPart):
    """One person of the request. If `status` isn't `ok`, all results of the fit are null."""

    index: int = Field(description="Position in the request's `people`, from 0.", examples=[0])
    status: PersonStatus = Field(examples=["ok"])
    message: str = Field(description="The status in words.", examples=["The body was fitted."])
    layout: Layout = Field(description="Order of this person's keypoints.", examples=["BODY_25"])
    observed: list[bool] = Field(
        description="One value per keypoint: true if it was used, that is, confident enough and not ignored "
        "as a false detection. If left and right were swapped in the input, sides are those after the "
        "correction."
    )
    pose: Joints | None = Field(
        description="24 x 3: axis-angle of each joint relative to its parent, radians; the first is the "
        "global orientation in the camera frame."
    )
    betas: list[float] | None = Field(
        description="10 shape coefficients, in standard deviations of the body's population."
    )
    transl: Vector | None = Field(
        description="Translation, added to the posed mesh as in smplx; camera frame, metres."
    )
    joints3d: Joints | None = Field(description="24 x 3: the skeleton's joints, camera frame, metres.")
    keypoints3d: list[Vector] | None = Field(
        description="J x 3: the layout's keypoints, camera frame, metres."
    )
    keypoints2d: list[Pixel] | None = Field(description="J x 2: reprojections of `keypoints3d`, pixels.")
    residual_px: float | None = Field(
        description="Mean distance between detected and reprojected keypoints, weighted by confidence, "
        "pixels.",
        examples=[4.2],
    )
    objective: list[float] | None = Field(
        description="Value of the minimised objective: of the initializer, then after each step; no unit."
    )
    best_step: int | None = Field(
        description="The returned step, which has the lowest objective; 0 is the initializer.",
        examples=[4],
    )
    camera: UsedCamera | None = Field(description="The camera used for this person.")
    mesh: Mesh | None = Field(description="The mesh, if `options.mesh` is on.")


class BodyName(AnswerPart):
    """The fitted body."""

    name: str = Field(examples=["open"])
    sha256: str = Field(description="Fingerprint of the body's file; distinguishes bodies of the same size.")
    licence: str = Field(examples=["Apache-2.0"])


class WeightsName(AnswerPart):
    """The learned weights of the fit."""

    version: str = Field(examples=["1"])
    sha256: str = Field(description="SHA-256 of the weights file.")


class Timing(AnswerPart):
    """Time spent on each part, milliseconds."""

    parse: float = Field(description="Reading and checking the request.")
    queue: float = Field(description="Waiting for the device.")
    fit: float = Field(description="Initializer, steps, translation.")
    mesh: float = Field(description="Skinning, if a mesh is returned.")
    encode: float = Field(description="Encoding the people.")


class FitAnswer(AnswerPart):
    """The fitted people in the request's order, with the data that they share."""

    people: list[Person] = Field(description="One entry for each person of the request.")
    camera: AnswerCamera
    frame: Literal["camera: x right, y down, z forward (as OpenCV); metres"] = Field(
        description="Axes and unit of everything in 3D."
    )
    layout: Layout | None = Field(description="Order of all people's keypoints; null if they differ.")
    body: BodyName
    weights: WeightsName
    faces: Faces | None = Field(description="The faces, if `options.faces` is on.")
    warnings: list[str] = Field(
        description="Sentences about corrections, ignored keypoints, assumptions, and implausible fits."
    )
    timing_ms: Timing
