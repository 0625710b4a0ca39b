"""`POST /v1/fit/batch`: many OpenPose files, one a line, to answers, one a line."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from service.http.batch_stream import BulkFit, split_lines
from service.http.dependencies import BulkDep, LinesAcceptedDep, LinesDep, RuntimeDep, WaitDep
from service.http.openapi import problems

router = APIRouter(tags=["fit"])

_NDJSON = "application/x-ndjson"


@router.post(
    "/v1/fit/batch",
    summary="Fit the people of many OpenPose files",
    operation_id="fitBatch",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A line for each line that isn't empty, in their order, as soon as it is there.",
            "content": {_NDJSON: {"schema": {"$ref": "#/components/schemas/BulkAnswerLine"}}},
        },
        **problems(400, 401, 406, 408, 413, 415, 422, 429, 500, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {_NDJSON: {"schema": {"$ref": "#/components/schemas/FitRequest"}}},
        }
    },
)
async def fit_batch(
    _: LinesAcceptedDep, runtime: RuntimeDep, engine: BulkDep, wait: WaitDep, data: LinesDep
) -> StreamingResponse:
    """Each line is what `POST /v1/fit` takes, and may have an `id`, text or whole number, that comes back.

    Each line is for itself: a line that can't be used is answered by one with a problem document. Answers
    are JSON, with meshes if a line's options ask for them. The whole body is read before the first answer.
    """
    lines = split_lines(data, runtime.settings.max_bulk_lines)
    return StreamingResponse(BulkFit(runtime, engine, wait).answers(lines), media_type=_NDJSON)
