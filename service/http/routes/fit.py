"""`POST /v1/fit`: an OpenPose file to bodies."""

import json
import time
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from service.exchange import encode_aside, prepare_aside
from service.http.admission import FIT_PATH
from service.http.dependencies import AcceptedDep, BodyDep, EngineDep, RuntimeDep, WaitDep
from service.http.disconnect import unless_gone
from service.http.openapi import binary, problems
from service.http.planned_route import PlannedRoute
from service.media import MediaType
from service.response.response import Answer, assemble
from service.schemas.answer import FitAnswer

router = APIRouter(tags=["fit"], route_class=PlannedRoute)

_LONGEST_HEADER = 4000


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
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FitRequest"}}},
        }
    },
)
async def fit(
    http: Request, media: AcceptedDep, runtime: RuntimeDep, engine: EngineDep, wait: WaitDep, data: BodyDep
) -> Response:
    """Pose, shape and place of each person, and their mesh if asked for.

    The body is an OpenPose file as OpenPose wrote it. `image`, `camera`, `layout` and `options` may stand
    beside `people`. Formats other than JSON show the people's meshes. `Prefer: wait=5` asks for a shorter
    deadline than the service's own, in seconds.
    """
    serving = runtime.serving
    request, job, seconds = await prepare_aside(data, media, most_people=runtime.settings.max_people)
    outcome = await unless_gone(http, engine.fit(job, serving.run, deadline=wait))
    answer = assemble(request, outcome, serving.model, parse_seconds=seconds)
    start = time.perf_counter()
    content = await encode_aside(answer, media, mesh=bool(job.mesh.any()))
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
    """A JSON list in ASCII; the last sentences are left out where it would get too long."""
    while len(text := json.dumps(warnings)) > _LONGEST_HEADER:
        warnings = warnings[:-1]
    return text
