"""Base classes of all schemas."""

from pydantic import BaseModel, ConfigDict


class RequestPart(BaseModel):
    """Part of a request: unknown keys and types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class AnswerPart(BaseModel):
    """Part of an answer: exactly the declared fields, and finite numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)
