"""One document on its way through the service: bytes, request and job, then answer and bytes again."""

import time
from dataclasses import dataclass

import numpy as np
from anyio import to_thread

from model.body.joints import NUM_BETAS
from model.keypoints.layouts import Layout, to_canonical
from model.keypoints.names import NUM_CANONICAL
from model.weights import ServedModel
from service.engine.job import FitJob, FitOutcome
from service.engine.run import run_job
from service.media import MediaType
from service.request.parse import FitInput, read_request
from service.response.answer import Answer
from service.response.assemble import assemble
from service.response.encode import encode

# Shorter documents are parsed in a millisecond or two: handing them to a thread would take longer.
SHORT_DOCUMENT = 64_000


@dataclass(frozen=True)
class Exchange:
    """A document that was read, and everything that its answer needs beside the outcome of the fit.

    Attributes:
        request: people, camera and options.
        job: the people to fit.
        served: the model that the answer names.
        media: format of the answer.
        parse_seconds: time spent on reading.
    """

    request: FitInput
    job: FitJob
    served: ServedModel
    media: MediaType
    parse_seconds: float

    @classmethod
    def read(
        cls,
        data: bytes,
        served: ServedModel,
        media: MediaType = MediaType.JSON,
        *,
        max_people: int | None = None,
        default_layout: Layout | None = None,
    ) -> "Exchange":
        """Read a document and prepare its job.

        Args:
            data: an OpenPose file.
            served: the model that will fit it.
            media: format of the answer; all but JSON need meshes.
            max_people: refuse files with more people.
            default_layout: for documents that name no layout; None: decided by the number of keypoints.

        Raises:
            ServiceError: the document can't be used.
        """
        start = time.perf_counter()
        request = read_request(data, max_people=max_people, default_layout=default_layout)
        job = job_of(request, mesh=media is not MediaType.JSON or request.options.mesh)
        return cls(request, job, served, media, time.perf_counter() - start)

    @classmethod
    async def read_in_thread(
        cls, data: bytes, served: ServedModel, media: MediaType, *, max_people: int | None = None
    ) -> "Exchange":
        """Read a document without blocking the event loop; arguments and errors as for `read`."""
        if len(data) <= SHORT_DOCUMENT:
            return cls.read(data, served, media, max_people=max_people)
        return await to_thread.run_sync(lambda: cls.read(data, served, media, max_people=max_people))

    def answer(self, outcome: FitOutcome) -> Answer:
        """Build the answer from the outcome of the job."""
        return assemble(self.request, outcome, self.served, parse_seconds=self.parse_seconds)

    def encode(self, answer: Answer) -> bytes:
        """Return the answer's bytes; NobodyFittedError if the format has nothing to show."""
        return encode(answer, self.media)

    async def encode_in_thread(self, answer: Answer) -> bytes:
        """Return the answer's bytes without blocking the event loop: meshes are encoded in a thread."""
        return await to_thread.run_sync(self.encode, answer) if self.job.mesh.any() else self.encode(answer)


def fit_document(
    data: bytes,
    served: ServedModel,
    media: MediaType = MediaType.JSON,
    *,
    max_people: int | None = None,
) -> Answer:
    """Fit the people of one document in the calling thread; arguments and errors as for `Exchange.read`."""
    exchange = Exchange.read(data, served, media, max_people=max_people)
    return exchange.answer(run_job(served.fitter, exchange.job))


def job_of(request: FitInput, *, mesh: bool) -> FitJob:
    """Return the job of a request."""
    people = request.detections.people
    keypoints = np.zeros((len(people), NUM_CANONICAL, 3), np.float32)
    for row, person in zip(keypoints, people, strict=True):
        row[:] = to_canonical(person.points, person.layout)
    cameras = np.empty((len(people), 4), np.float32)
    cameras[:] = request.camera.numbers
    betas = np.full((len(people), NUM_BETAS), np.nan, np.float32)
    if request.options.betas is not None:
        betas[:] = request.options.betas
    return FitJob(keypoints, cameras, betas, request.options.steps, np.full(len(people), mesh))
