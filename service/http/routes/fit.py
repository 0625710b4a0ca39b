"""`POST /v1/fit`: an OpenPose file to bodies."""

import json
import time
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from service.exchange import Exchange
from service.http.dependencies import accepted_media, read_json, runtime_of
from service.http.disconnect import unless_gone
from service.http.negotiation import preferred_wait
from service.http.openapi import SECURED, binary, problems
from service.http.routes import FIT_PATH
from service.media import MediaType
from service.response.answer import Answer
from service.schemas.answer import FitAnswer

router = APIRouter(tags=["fit"])

_MAX_HEADER = 4000


@router.post(
    FIT_PATH,
    summary="Fit a body to every person of an OpenPose file",
    operation_id="fit",
    responses={
        200: {
            "model": FitAnswer,
            "description": "The people in the file's order, in the format that `Accept` names.",
            "content": binary(MediaType.GLB, MediaType.OBJ, MediaType.PLY, MediaType.NPZ),
        },
        **problems(400, 401, 406, 408, 413, 415, 422, 429, 500, 503, 504),
    },
    openapi_extra={
        **SECURED,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FitRequest"}}},
        },
    },
)
async def fit(request: Request) -> Response:
    """Pose, shape and place of each person, and the mesh if asked for.

    The body is an OpenPose file as OpenPose wrote it. `image`, `camera`, `layout` and `options` may stand
    beside `people`. Formats other than JSON show the people's meshes. `Prefer: wait=5` asks for a shorter
    deadline than the service's own, in seconds.
    """
    runtime = runtime_of(request)
    media = accepted_media(request)
    engine, serving = runtime.engine, runtime.serving
    wait = preferred_wait(request.headers.getlist("prefer"))
    data = await read_json(request)
    exchange = await Exchange.read_in_thread(
        data, serving.model, media, max_people=runtime.settings.max_people
    )
    outcome = await unless_gone(request, engine.fit(exchange.job, serving.run, deadline=wait))
    answer = exchange.answer(outcome)
    start = time.perf_counter()
    content = await exchange.encode_in_thread(answer)
    timing = {**answer.seconds, "encode": time.perf_counter() - start}
    return Response(content, headers=_headers(answer, media, timing, wait), media_type=media)


def _headers(
    answer: Answer, media: MediaType, seconds: Mapping[str, float], wait: float | None
) -> dict[str, str]:
    headers = {
        "Vary": "Accept",
        "Server-Timing": ", ".join(f"{name};dur={1000 * value:.3f}" for name, value in seconds.items()),
    }
    if wait is not None:
        headers["Preference-Applied"] = f"wait={wait:g}"
    if media is not MediaType.JSON:
        headers["Content-Disposition"] = f'attachment; filename="bodies{media.extension}"'
        headers["HMR-Warnings"] = _warnings_header(answer.warnings)
    return headers


def _warnings_header(warnings: list[str]) -> str:
    """Return warnings as a JSON list in ASCII, without the last ones where it would get too long."""
    while len(text := json.dumps(warnings)) > _MAX_HEADER:
        warnings = warnings[:-1]
    return text
