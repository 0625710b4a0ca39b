"""Parts of a comparison beside its data: other weights, samples for a quick try, and its identity."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from model.benchmark.dataset import DatasetError, EvaluationSet
from model.benchmark.methods.registry import Effort
from model.benchmark.open_data import posed_people
from model.body.body import Body
from model.data.library import PoseLibrary
from model.fit.network import Recovery
from model.prior.prior import PosePrior
from model.train.finished_run import WEIGHTS, load_run
from model.weights import MANIFEST, ServedModel, load_served, sha256

_SAMPLED = 6


def load_lgd(folder: Path) -> Recovery:
    """Load LGD's weights of a finished run, or promoted ones.

    Raises:
        WeightsError: they can't be read.
        DatasetError: they are of another optimizer.
    """
    promoted = (folder / MANIFEST).exists()
    recovery = load_served(folder).fitter.recovery if promoted else load_run(folder).eval()
    if recovery.config.kind != "lgd":
        raise DatasetError(f"{folder} holds {recovery.config.kind}, not LGD.")
    return recovery


def sampled_people(prior: PosePrior, body: Body) -> list[EvaluationSet]:
    """Return a few people in poses of the prior, for a try without data."""
    poses = prior.draw(_SAMPLED, torch.Generator().manual_seed(0))
    library = PoseLibrary(poses, torch.full((_SAMPLED,), 1 / _SAMPLED))
    return list(posed_people(library, body, "samples").values())


def identity_of(served: ServedModel, prior: Path, lgd: Path | None, effort: Effort) -> dict[str, Any]:
    """Return what results of one table have in common."""
    return {
        "weights": f"{served.version}, {served.weights_sha256[:16]}",
        "body": f"{served.body_name}, {served.body_sha256[:16]}",
        "pose prior": sha256(prior.read_bytes())[:16],
        "LGD": "left out, no weights were given" if lgd is None else sha256(_bytes(lgd))[:16],
        "schedules": ", ".join(f"{name} {value}" for name, value in asdict(effort).items()),
    }


def _bytes(folder: Path) -> bytes:
    """Return what identifies the weights in a folder."""
    manifest = folder / MANIFEST
    return (manifest if manifest.exists() else folder / WEIGHTS).read_bytes()
