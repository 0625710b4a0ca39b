"""Promotion of a run to the served weights: their file, their card, and the manifest with the hashes."""

import json
import re
from pathlib import Path

from model.atomic_write import atomic_write_all
from model.train.release.card import card
from model.train.release.validate_run import Check, final_error
from model.weights import MANIFEST, OPEN_BODY, WeightsError, read_manifest, sha256

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]*")


def promote(check: Check, folder: Path, version: str, *, force: bool = False) -> Path:
    """Write a checked run's weights to a weights folder; returns the path of the manifest.

    The manifest is replaced last: readers before that, and after a crash, find the earlier weights.

    Args:
        check: the run, as `check_run` found it.
        folder: of the weights, with the open body in it.
        version: name of these weights; their file is called after it.
        force: even if they are worse than what is served, or can't be compared with it.

    Raises:
        WeightsError: they are worse, or can't be compared; or the version is no name, or taken.
        OSError: the folder can't be written; what was served still is.
    """
    if not _VERSION.fullmatch(version):
        raise WeightsError(f"'{version}' can't be a version: letters, digits, '.', '+' and '-' only.")
    weights = folder / f"recovery-{version}.safetensors"
    if weights.exists() and weights.read_bytes() != check.data:
        raise WeightsError(f"{weights} exists and holds other weights: give another version.")
    if not force:
        _refuse_unproven(check, folder)
    manifest = {
        "version": version,
        "recovery": {
            "file": weights.name, "sha256": sha256(check.data), "config": check.recovery.config.to_dict()
        },
        "body": {"file": OPEN_BODY.as_posix(), "sha256": sha256((folder / OPEN_BODY).read_bytes())},
    }  # fmt: skip
    atomic_write_all(
        [
            (weights, check.data),
            (weights.with_suffix(".md"), card(check, version).encode()),
            (folder / MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode()),
        ]
    )
    return folder / MANIFEST


def _refuse_unproven(check: Check, folder: Path) -> None:
    if check.served_errors is not None and check.worse:
        raise WeightsError(
            f"the run's mean PA-MPJPE is {final_error(check.errors):.2f} mm, that of version "
            f"{check.served_version} {final_error(check.served_errors):.2f} mm: --force serves it anyhow."
        )
    if check.served_errors is None and (folder / MANIFEST).exists():
        raise WeightsError(f"nothing to compare with, as {check.reason} --force serves the run untested.")


def left_over(folder: Path) -> list[Path]:
    """Return files of weights, and their cards, that the manifest does not name, and leftovers of a crash."""
    served = Path(read_manifest(folder)["recovery"]["file"])
    named = {served.name, served.with_suffix(".md").name}
    found = [path for kind in ("safetensors", "md") for path in folder.glob(f"recovery-*.{kind}")]
    return sorted([*(path for path in found if path.name not in named), *folder.glob("*.part")])
