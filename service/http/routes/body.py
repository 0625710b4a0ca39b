"""`GET /v1/body`: faces, joints and keypoint names, which answers refer to."""

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from model.body.joints import JOINT_NAMES
from model.keypoints.layouts import LAYOUT_NAMES
from model.weights import ServedModel
from service.http.dependencies import RuntimeDep
from service.http.openapi import problems
from service.models.served import identity_of
from service.schemas.status import BodyDescription

router = APIRouter(tags=["about"])


@router.get(
    "/v1/body",
    summary="Faces, joints and keypoints of the body",
    operation_id="body",
    response_model=BodyDescription,
    response_class=JSONResponse,
    responses={304: {"description": "Not changed since the ETag in `If-None-Match`."}, **problems(503)},
)
async def body(request: Request, runtime: RuntimeDep) -> Response:
    """Fetch once, cache, and revalidate with `If-None-Match`."""
    model = runtime.model
    tag = f'"{model.body_sha256}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    content = orjson.dumps(describe_body(model), option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, headers=headers, media_type="application/json")


def describe_body(model: ServedModel) -> dict[str, object]:
    """Return the fields of `BodyDescription`."""
    arrays = model.fitter.body.arrays
    return {
        **identity_of(model).body,
        "num_vertices": arrays.n_vertices,
        "joint_names": JOINT_NAMES,
        "parents": arrays.parents.tolist(),
        "keypoint_layouts": {layout.value: names for layout, names in LAYOUT_NAMES.items()},
        "faces": arrays.faces.tolist(),
    }


def _matches(header: str | None, tag: str) -> bool:
    """Return whether an `If-None-Match` header matches a tag by weak comparison (RFC 9110, 13.1.2)."""
    candidates = [part.strip().removeprefix("W/") for part in (header or "").split(",")]
    return tag in candidates or "*" in candidates
