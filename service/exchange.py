"""From a file's bytes to an answer: the same lines for the HTTP route and for the command line."""

import time

from anyio import to_thread

from model.keypoints.layouts import Layout
from model.weights import ServedModel
from service.engine.job import FitJob
from service.engine.run import job_of, run_job
from service.media import MediaType
from service.request.parse import FitInput, read_request
from service.response.encode import encode
from service.response.response import Answer, assemble

__all__ = ["encode", "encode_aside", "fit_document", "prepare", "prepare_aside"]

# Shorter ones are read in a millisecond or two: not worth a thread.
_SMALL = 64_000


def prepare(
    data: bytes,
    media: MediaType,
    *,
    most_people: int | None = None,
    usual_layout: Layout | None = None,
) -> tuple[FitInput, FitJob, float]:
    """A request, the job that it asks for, and the seconds that reading took.

    Args:
        data: an OpenPose file.
        media: the format of the answer; all but JSON need meshes.
        most_people: refuse files with more.
        usual_layout: of the keypoints, where the document names none; None: their number tells.

    Raises:
        ServiceError: the request can't be used.
    """
    start = time.perf_counter()
    request = read_request(data, most_people=most_people, usual_layout=usual_layout)
    job = job_of(request, mesh=media is not MediaType.JSON or request.options.mesh)
    return request, job, time.perf_counter() - start


async def prepare_aside(
    data: bytes, media: MediaType, *, most_people: int | None = None
) -> tuple[FitInput, FitJob, float]:
    """As `prepare`, for the event loop: a long file is read in a thread."""
    if len(data) <= _SMALL:
        return prepare(data, media, most_people=most_people)
    return await to_thread.run_sync(lambda: prepare(data, media, most_people=most_people))


async def encode_aside(answer: Answer, media: MediaType, *, mesh: bool) -> bytes:
    """As `encode`, for the event loop: meshes are written in a thread."""
    return await to_thread.run_sync(encode, answer, media) if mesh else encode(answer, media)


def fit_document(
    data: bytes,
    served: ServedModel,
    media: MediaType = MediaType.JSON,
    *,
    most_people: int | None = None,
) -> Answer:
    """Fit the people of one OpenPose file, here and now; `encode(answer, media)` then gives the bytes.

    Args:
        data: the file.
        served: the model.
        media: the format that the answer will take.
        most_people: refuse files with more.

    Raises:
        ServiceError: the file can't be used; `detail` says why.
    """
    request, job, seconds = prepare(data, media, most_people=most_people)
    return assemble(request, run_job(served.fitter, job), served, parse_seconds=seconds)
