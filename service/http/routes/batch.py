"""`POST /v1/fit/batch`: OpenPose files, one per line, to answers, one per line."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from service.http.batch_stream import BatchStream, split_lines
from service.http.dependencies import BulkDep, check_accepts_lines, read_lines, runtime_of
from service.http.negotiation import preferred_wait
from service.http.openapi import SECURED, problems
from service.http.routes import BATCH_PATH

router = APIRouter(tags=["fit"])

_NDJSON = "application/x-ndjson"


@router.post(
    BATCH_PATH,
    summary="Fit the people of many OpenPose files",
    operation_id="fitBatch",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A line for each line that isn't empty, in order, each as soon as it is ready.",
            "content": {_NDJSON: {"schema": {"$ref": "#/components/schemas/BulkAnswerLine"}}},
        },
        **problems(400, 401, 406, 408, 413, 415, 422, 429, 500, 503),
    },
    openapi_extra={
        **SECURED,
        "requestBody": {
            "required": True,
            "content": {_NDJSON: {"schema": {"$ref": "#/components/schemas/FitRequest"}}},
        },
    },
)
async def fit_batch(request: Request, engine: BulkDep) -> StreamingResponse:
    """Each line is what `POST /v1/fit` takes, and may have an `id`, text or whole number, that comes back.

    Each line is independent: an invalid line is answered by a line with a problem document and does not
    affect the others. Answers are JSON, with meshes if a line's options ask for them. The whole body is read
    before the first answer.
    """
    check_accepts_lines(request)
    runtime = runtime_of(request)
    wait = preferred_wait(request.headers.getlist("prefer"))
    lines = split_lines(await read_lines(request), runtime.settings.max_bulk_lines)
    return StreamingResponse(BatchStream(runtime, engine, wait).answers(lines), media_type=_NDJSON)
