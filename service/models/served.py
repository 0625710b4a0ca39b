"""A served model: its identity by name and hash, and the way to fit with it."""

from dataclasses import dataclass
from typing import NamedTuple

from model.weights import ServedModel
from service.engine.job import FitJob, FitOutcome
from service.engine.run import run_job


class Identity(NamedTuple):
    """Names and hashes of body and weights, and the body's gender: neutral, female or male."""

    body_name: str
    body_sha256: str
    body_licence: str
    weights_version: str
    weights_sha256: str
    body_gender: str

    @classmethod
    def of(cls, served: ServedModel) -> "Identity":
        """Of a model that is served."""
        return cls(
            served.body_name,
            served.body_sha256,
            served.body_licence,
            served.version,
            served.weights_sha256,
            served.fitter.body.arrays.gender,
        )

    @property
    def body(self) -> dict[str, str]:
        """As `BodyName`."""
        return {"name": self.body_name, "sha256": self.body_sha256, "licence": self.body_licence}

    @property
    def weights(self) -> dict[str, str]:
        """As `WeightsName`."""
        return {"version": self.weights_version, "sha256": self.weights_sha256}


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
