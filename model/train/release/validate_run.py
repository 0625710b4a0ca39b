"""Check of a run before promotion: complete, small, finite, of the served body, no worse than its weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.body.body import Body
from model.body.file import load_body_arrays
from model.data.library import PoseLibrary
from model.evaluate.poses import StepErrors, evaluate_poses
from model.fit.network import Recovery
from model.train.config import VALIDATED_STEPS
from model.train.finished_run import WEIGHTS, load_run, read_record
from model.train.identity import body_identity, library_identity
from model.weights import MANIFEST, OPEN_BODY, WeightsError, load_served, recovery_to_bytes, sha256

LARGEST_FILE = 25_000_000

Errors = dict[str, StepErrors]


@dataclass(frozen=True)
class Check:
    """Result of the check of a run's weights.

    Attributes:
        recovery, data: the networks, and their bytes as they would be served.
        record: the run's record, None without one.
        body: name and hash of the body that they were measured on.
        validation: number and hash of the poses that they were measured on.
        errors: of the run's weights, under each protocol.
        served_version, served_errors: of what is served, None where nothing is, or can't be compared.
        reason: why not.
    """

    recovery: Recovery
    data: bytes
    record: dict[str, Any] | None
    body: dict[str, str]
    validation: dict[str, Any]
    errors: Errors
    served_version: str | None
    served_errors: Errors | None
    reason: str | None

    @property
    def worse(self) -> bool:
        """True if the served weights have the lower mean PA-MPJPE after the last step, over the protocols."""
        if self.served_errors is None:
            return False
        # Not ">": an error that is no number is worse too.
        return not final_error(self.errors) <= final_error(self.served_errors)


def final_error(errors: Errors) -> float:
    """Return the mean over the protocols of the PA-MPJPE after the last step, millimetres."""
    return sum(values.pa_mpjpe_mm[-1] for values in errors.values()) / len(errors)


def check_run(run: Path, validation: PoseLibrary, folder: Path) -> Check:
    """Check a finished run, and measure it and what is served on the same people.

    Args:
        run: folder of a finished run.
        validation: poses that it was not trained on.
        folder: of the served weights, with the open body in it.

    Raises:
        WeightsError: the weights are missing, changed, too large or not finite, or of another body.
        BodyError: the folder's body is missing or broken.
    """
    recovery, record = load_run(run), read_record(run)
    data = recovery_to_bytes(recovery)
    body = Body(load_body_arrays(folder / OPEN_BODY))
    _refuse_damaged(run, recovery, data, record)
    _refuse_other_body(run, record, body_identity(body))
    errors = evaluate_poses(recovery, body, validation, VALIDATED_STEPS)
    return Check(
        recovery, data, record, body_identity(body), library_identity(validation),
        errors, *_measure_served(folder, body, validation),
    )  # fmt: skip


def _refuse_damaged(run: Path, recovery: Recovery, data: bytes, record: dict[str, Any] | None) -> None:
    path = run / WEIGHTS
    found = sha256(path.read_bytes())
    if record is not None and found != record["weights"]["sha256"]:
        recorded = record["weights"]["sha256"]
        raise WeightsError(f"{path} was changed: its sha256 is {found}, in the run's record {recorded}.")
    if len(data) > LARGEST_FILE:
        raise WeightsError(f"{path} has {len(data)} bytes, more than the {LARGEST_FILE} that may be served.")
    broken = [name for name, value in recovery.state_dict().items() if not value.isfinite().all()]
    if broken:
        raise WeightsError(f"{path} holds values that are not finite, in {', '.join(broken)}.")


def _refuse_other_body(run: Path, record: dict[str, Any] | None, served: dict[str, str]) -> None:
    if record is not None and record["body"]["sha256"] != served["sha256"]:
        trained = record["body"]
        raise WeightsError(
            f"{run} was trained on the body '{trained['name']}' ({trained['sha256'][:12]}…), but what is "
            f"served is '{served['name']}' ({served['sha256'][:12]}…): betas would mean something else."
        )


def _measure_served(
    folder: Path, body: Body, validation: PoseLibrary
) -> tuple[str | None, Errors | None, str | None]:
    """Return version and errors of the served weights, or the reason why they can't be measured."""
    if not (folder / MANIFEST).exists():
        return None, None, "nothing is served yet."
    try:
        served = load_served(folder)
    except WeightsError as error:
        return None, None, f"what is served can't be loaded: {error}"
    errors = evaluate_poses(served.fitter.recovery, body, validation, VALIDATED_STEPS)
    return served.version, errors, None
