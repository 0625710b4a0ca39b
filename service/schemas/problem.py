"""Errors as RFC 9457 problem documents."""

from pydantic import BaseModel, Field


class ProblemError(BaseModel):
    """One offending value."""

    path: str = Field(
        description="Path in the request, `$` for the whole request.",
        examples=["people[2].pose_keypoints_2d[14]"],
    )
    message: str = Field(description="The fault.", examples=["must be a number, not text"])


class Problem(BaseModel):
    """A problem, readable by people and programs."""

    type: str = Field(description="The kind of problem.", examples=["urn:hmr:problem:invalid-input"])
    title: str = Field(description="The kind of problem in words.", examples=["The request can't be used"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[422])
    detail: str = Field(description="This problem in words.")
    instance: str = Field(description="The path of the request.", examples=["/v1/fit"])
    errors: list[ProblemError] = Field(
        description="The offending values; empty if the problem has another cause."
    )
