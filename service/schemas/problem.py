"""Errors as RFC 9457 problem documents."""

from pydantic import BaseModel, Field


class ProblemError(BaseModel):
    """One offending value."""

    path: str = Field(
        description="Where in the request, `$` for all of it.", examples=["people[2].pose_keypoints_2d[14]"]
    )
    message: str = Field(description="What is wrong.", examples=["must be a number, not text"])


class Problem(BaseModel):
    """What went wrong, for people and for programs."""

    type: str = Field(description="Names the kind of problem.", examples=["urn:hmr:problem:invalid-input"])
    title: str = Field(description="The kind in words.", examples=["The request can't be used"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[422])
    detail: str = Field(description="This problem in words.")
    instance: str = Field(description="The path of the request.", examples=["/v1/fit"])
    errors: list[ProblemError] = Field(description="Each offending value; empty if none is to blame.")
