"""What is being served, by name and fingerprint: part of every answer."""

from typing import NamedTuple

from model.weights import ServedModel


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
