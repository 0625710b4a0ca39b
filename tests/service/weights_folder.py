"""A folder of weights as training leaves it."""

import json
from pathlib import Path

from model.body.file import save_body
from model.fit.network import Recovery
from model.weights import MANIFEST, recovery_to_bytes, sha256
from tests.service.stand_in_body import stand_in_body

RECOVERY, BODY = "recovery.safetensors", "body.safetensors"


def write_weights(folder: Path, recovery: Recovery, version: str) -> None:
    """Fill a folder, or put other weights into it."""
    learned = recovery_to_bytes(recovery)
    (folder / RECOVERY).write_bytes(learned)
    if not (folder / BODY).exists():
        save_body(stand_in_body(), folder / BODY)
    manifest = {
        "version": version,
        "recovery": {"file": RECOVERY, "sha256": sha256(learned), "config": recovery.config.to_dict()},
        "body": {"file": BODY, "sha256": sha256((folder / BODY).read_bytes())},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))
