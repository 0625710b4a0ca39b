"""The identity of a served model, which is part of every answer."""

from typing import NamedTuple


class Identity(NamedTuple):
    """Names and hashes of body and weights, and the body's gender: neutral, female or male."""

    body_name: str
    body_sha256: str
    body_licence: str
    weights_version: str
    weights_sha256: str
    body_gender: str

    @property
    def body(self) -> dict[str, str]:
        """The fields of `BodyName`."""
        return {"name": self.body_name, "sha256": self.body_sha256, "licence": self.body_licence}

    @property
    def weights(self) -> dict[str, str]:
        """The fields of `WeightsName`."""
        return {"version": self.weights_version, "sha256": self.weights_sha256}
