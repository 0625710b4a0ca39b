"""What the service says of itself: models, health, metrics."""

import time

from fastapi import APIRouter, Response

from model.weights import ServedModel
from service.dependencies import RuntimeDep
from service.errors import UnavailableError
from service.identity import Identity
from service.metrics import CONTENT_TYPE
from service.routes.responses import problems
from service.runtime import State
from service.schemas.about import Alive, Health, Models, Ready, ServedModelDescription
from service.schemas.answer import BodyName, WeightsName

router = APIRouter(tags=["about"])

_RETRY_SECONDS = 1


@router.get("/v1/models", summary="What is served", operation_id="models", responses=problems(503))
async def models(runtime: RuntimeDep) -> Models:
    """Weights and body by name and hash."""
    return describe_models(runtime.model)


def describe_models(model: ServedModel) -> Models:
    """As `Models`, for the one that is served."""
    identity = Identity.of(model)
    described = ServedModelDescription(
        weights=WeightsName(**identity.weights),
        body=BodyName(**identity.body),
        device=str(model.fitter.device),
        parameters=sum(parameter.numel() for parameter in model.fitter.recovery.parameters()),
    )
    return Models(models=[described])


# Some monitors ask by HEAD. It is added after GET, above it, since a 405 names what was added first.
@router.head("/livez", include_in_schema=False)
@router.get("/livez", summary="Whether the process answers", operation_id="livez")
async def livez() -> Alive:
    """Always, if at all."""
    return Alive()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Whether requests are taken", operation_id="readyz", responses=problems(503))
async def readyz(runtime: RuntimeDep) -> Ready:
    """503 until the service is warm, and while it stops."""
    if runtime.state is not State.READY:
        raise UnavailableError(runtime.state.sentence, _RETRY_SECONDS)
    return Ready()


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="The state of the service, for people", operation_id="health")
async def health(runtime: RuntimeDep) -> Health:
    """Always 200; programs ask `/readyz`."""
    model = runtime.loaded
    identity = None if model is None else Identity.of(model)
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
    """Text in Prometheus' format."""
    return Response(runtime.metrics.render(), media_type=CONTENT_TYPE)
