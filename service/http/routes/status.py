"""Routes about the service itself: models, reload, health and metrics."""

import time

from fastapi import APIRouter, Response

from model.weights import ServedModel
from service.errors import UnavailableError
from service.http.dependencies import OperatorDep, RuntimeDep
from service.http.openapi import SECURED, problems
from service.http.routes import RELOAD_PATH
from service.models.served import identity_of
from service.observability.metrics import CONTENT_TYPE
from service.runtime import State
from service.schemas.answer import BodyName, WeightsName
from service.schemas.status import Alive, Health, Models, Ready, ServedModelDescription

router = APIRouter(tags=["about"])

_RETRY_SECONDS = 1


@router.get("/v1/models", summary="What is served", operation_id="models", responses=problems(503))
async def models(runtime: RuntimeDep) -> Models:
    """Weights and body by name and hash."""
    return describe_models(runtime.model)


def describe_models(model: ServedModel) -> Models:
    """Return the description of the served model."""
    identity = identity_of(model)
    described = ServedModelDescription(
        weights=WeightsName(**identity.weights),
        body=BodyName(**identity.body),
        device=str(model.fitter.device),
        parameters=sum(parameter.numel() for parameter in model.fitter.recovery.parameters()),
    )
    return Models(models=[described])


# Some monitors send HEAD. Its route is added after GET's, since a 405 names the methods of the first one.
@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Whether the process answers", operation_id="livez")
async def livez() -> Alive:
    """Always 200 while the process runs."""
    return Alive()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Whether requests are taken", operation_id="readyz", responses=problems(503))
async def readyz(runtime: RuntimeDep) -> Ready:
    """503 until the warm-up is done, and while the service stops."""
    if runtime.state is not State.READY:
        raise UnavailableError(runtime.state.sentence, _RETRY_SECONDS)
    return Ready()


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="The state of the service, for people", operation_id="health")
async def health(runtime: RuntimeDep) -> Health:
    """Always 200; programs should ask `/readyz`."""
    model = runtime.loaded
    identity = None if model is None else identity_of(model)
    return Health(
        status=runtime.state.value,
        message=runtime.state.sentence,
        uptime_seconds=time.monotonic() - runtime.started,
        device=None if model is None else str(model.fitter.device),
        weights=None if identity is None else WeightsName(**identity.weights),
        body=None if identity is None else BodyName(**identity.body),
        queue_depth=runtime.queue_depth,
        queue_size=runtime.settings.queue_size,
        people_fitted=runtime.metrics.people_fitted,
    )


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    operation_id="metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(runtime: RuntimeDep) -> Response:
    """Metrics in Prometheus' text format."""
    return Response(runtime.metrics.render(), media_type=CONTENT_TYPE)


@router.post(
    RELOAD_PATH,
    summary="Serve what the folder of weights holds now",
    operation_id="reloadModels",
    responses=problems(401, 403, 409, 429, 500, 503),
    openapi_extra=SECURED,
)
async def reload(_: OperatorDep, runtime: RuntimeDep) -> Models:
    """Load weights and body again from the folder that the service was started with.

    They are checked and warmed up beside the served ones, and then replace them; requests in progress are
    answered by the old ones. If the new ones can't be used, the old ones stay. This needs an API key: without
    keys, send the process a SIGHUP.
    """
    return describe_models(await runtime.reload())
