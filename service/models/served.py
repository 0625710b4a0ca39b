"""The model that a request holds from its start to its answer."""

from dataclasses import dataclass

from model.weights import ServedModel
from service.engine.job import FitJob, FitOutcome
from service.engine.run import run_job
from service.models.identity import Identity


def identity_of(served: ServedModel) -> Identity:
    """Return names and hashes of a served model's body and weights."""
    return Identity(
        served.body_name,
        served.body_sha256,
        served.body_licence,
        served.version,
        served.weights_sha256,
        served.fitter.body.arrays.gender,
    )


@dataclass(frozen=True, eq=False)
class Serving:
    """A model that is served, or was when a request began; jobs share a batch only within the same one.

    Attributes:
        model: fitter and identity.
    """

    model: ServedModel

    def run(self, job: FitJob) -> FitOutcome:
        """Fit a job's people with this model."""
        return run_job(self.model.fitter, job)
