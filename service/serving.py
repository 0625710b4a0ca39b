"""One model with the way to fit by it: what a request holds from its beginning to its end."""

from dataclasses import dataclass

from model.weights import ServedModel
from service.fitting import FitJob, FitOutcome, run_job


@dataclass(frozen=True, eq=False)
class Serving:
    """A model that is served, or was when a request began; jobs share a batch only within the same one.

    Attributes:
        model: fitter and identity.
    """

    model: ServedModel

    def run(self, job: FitJob) -> FitOutcome:
        """Fit a job's people by this model."""
        return run_job(self.model.fitter, job)
