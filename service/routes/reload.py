"""`POST /v1/models/reload`: other weights, without a stop."""

from fastapi import APIRouter

from service.dependencies import OperatorDep, RuntimeDep
from service.routes.about import describe_models
from service.routes.responses import problems
from service.schemas.about import Models

router = APIRouter(tags=["about"])


@router.post(
    "/v1/models/reload",
    summary="Serve what the folder of weights holds now",
    operation_id="reloadModels",
    responses=problems(401, 403, 409, 429, 500, 503),
)
async def reload(_: OperatorDep, runtime: RuntimeDep) -> Models:
    """Loads weights and body anew from where the service was told to find them at its start.

    They are checked and warmed up beside those that are served, and served from then on; requests that have
    begun are answered by the old ones. If anything is wrong with them, the old ones stay. Only for holders of
    an API key: without keys, send the process a SIGHUP.
    """
    return describe_models(await runtime.reload())
