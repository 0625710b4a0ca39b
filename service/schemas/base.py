"""What all schemas share."""

from pydantic import BaseModel, ConfigDict


class RequestPart(BaseModel):
    """Part of a request: a key or a type that isn't known is somebody's mistake, and refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class AnswerPart(BaseModel):
    """Part of an answer: exactly these fields, and finite numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
