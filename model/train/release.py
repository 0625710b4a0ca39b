"""Making a finished run the served weights: the file, and the manifest that vouches for it."""

import json
import os
from pathlib import Path

from model.train.run import BODY, load_run
from model.weights import MANIFEST, recovery_to_bytes, sha256


def promote(run: Path, folder: Path, version: str) -> Path:
    """Put a run's weights into a weights folder; the manifest comes last, so that nobody sees half of it.

    Args:
        run: folder of a finished run.
        folder: of the weights, with the open body in it.
        version: name of these weights; the file is called after it.

    Raises:
        WeightsError: the run has no finished weights.
        OSError: the body is missing or the folder can't be written.
    """
    recovery = load_run(run)
    data = recovery_to_bytes(recovery)
    name = f"recovery-{version}.safetensors"
    (folder / name).write_bytes(data)
    manifest = {
        "version": version,
        "recovery": {"file": name, "sha256": sha256(data), "config": recovery.config.to_dict()},
        "body": {"file": BODY.as_posix(), "sha256": sha256((folder / BODY).read_bytes())},
    }
    part = folder / (MANIFEST + ".part")
    part.write_text(json.dumps(manifest, indent=2) + "\n")
    os.replace(part, folder / MANIFEST)
    return folder / MANIFEST
