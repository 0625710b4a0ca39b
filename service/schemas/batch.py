"""One line of the answer of `POST /v1/fit/batch`."""

from pydantic import Field

from service.schemas.answer import FitAnswer
from service.schemas.base import AnswerPart
from service.schemas.problem import Problem


class BulkAnswerLine(AnswerPart):
    """The answer to one line, with either `result` or `problem`."""

    line: int = Field(ge=1, description="Number of the line in the request, from 1; empty lines count.")
    id: str | int | None = Field(description="The line's `id`, if it could be read.")
    status: int = Field(description="HTTP status that `POST /v1/fit` would have returned.", examples=[200])
    result: FitAnswer | None = None
    problem: Problem | None = None
