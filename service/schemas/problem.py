"""Errors as RFC 9457 problem documents."""

from pydantic import BaseModel, Field


class ProblemError(BaseModel):
    """One invalid value."""

    path: str = Field(
        description="Path in the request, `$` for the whole request.",
        examples=["people[2].pose_keypoints_2d[14]"],
    )
    message: str = Field(description="What is wrong with the value.", examples=["must be a number, not text"])


class Problem(BaseModel):
    """A problem document, for people and programs."""

    type: str = Field(description="The kind of problem.", examples=["urn:hmr:problem:invalid-input"])
    title: str = Field(description="The kind of problem in words.", examples=["The request can't be used"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[422])
    detail: str = Field(description="A sentence about this occurrence of the problem.")
    instance: str = Field(description="The path of the request.", examples=["/v1/fit"])
    errors: list[ProblemError] = Field(
        description="The invalid values; empty if the problem has another cause."
    )
