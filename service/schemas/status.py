"""Answers about the service itself: body, models, health."""

from typing import Annotated, Literal

from pydantic import Field

from service.schemas.answer import BodyName, WeightsName
from service.schemas.base import AnswerPart

Triangle = Annotated[list[int], Field(min_length=3, max_length=3)]


class BodyDescription(BodyName):
    """The body that answers refer to. It changes only with the service's configuration; see the ETag."""

    num_vertices: int = Field(examples=[6890])
    joint_names: list[str] = Field(
        description="Names of the 24 joints, in the order of `pose` and `joints3d`."
    )
    parents: list[int] = Field(description="Index of each joint's parent; -1 for the root.")
    keypoint_layouts: dict[str, list[str]] = Field(
        description="Names of the keypoints of each layout, in order."
    )
    faces: list[Triangle] = Field(
        description="F x 3: vertex indices of each triangle, counter-clockwise from outside."
    )


class ServedModelDescription(AnswerPart):
    """A served pair of weights and body."""

    weights: WeightsName
    body: BodyName
    device: str = Field(examples=["cpu"])
    parameters: int = Field(description="Number of learned parameters.", examples=[3700000])


class Models(AnswerPart):
    """The served models."""

    models: list[ServedModelDescription]


class Alive(AnswerPart):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(AnswerPart):
    """The service accepts requests."""

    status: Literal["ready"] = "ready"


class Health(AnswerPart):
    """The state of the service, for people to read."""

    status: Literal["loading", "warming", "ready", "draining", "failed"] = Field(examples=["ready"])
    message: str = Field(description="The state in words.")
    uptime_seconds: float
    device: str | None = Field(examples=["cpu"])
    weights: WeightsName | None
    body: BodyName | None
    queue_depth: int = Field(description="Number of requests that wait for the device.")
    queue_size: int = Field(description="Largest number of requests that may wait.")
    people_fitted: int = Field(description="Number of people fitted since the start.")
