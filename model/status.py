"""The status of a person's fit, the same in the model, the service and the API."""

from enum import StrEnum

# Fewer keypoints than this don't determine a pose.
FEWEST_KEYPOINTS = 4


class PersonStatus(StrEnum):
    """Result of a person's fit."""

    OK = "ok"
    TOO_FEW_KEYPOINTS = "too_few_keypoints"
    NO_EXTENT = "no_extent"
    OUT_OF_VIEW = "out_of_view"
    NOT_FINITE = "not_finite"

    @property
    def sentence(self) -> str:
        """The status as a sentence."""
        return {
            PersonStatus.OK: "The body was fitted.",
            PersonStatus.TOO_FEW_KEYPOINTS: f"Fewer than {FEWEST_KEYPOINTS} body keypoints were detected.",
            PersonStatus.OUT_OF_VIEW: "The camera could not have seen these keypoints.",
            PersonStatus.NO_EXTENT: "All detected keypoints are at the same place.",
            PersonStatus.NOT_FINITE: "The fit gave no finite numbers; the keypoints or the camera are "
            "implausible.",
        }[self]

    @property
    def code(self) -> int:
        """The number of the status in tensors."""
        return list(PersonStatus).index(self)
