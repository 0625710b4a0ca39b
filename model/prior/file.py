"""The file of a pose prior: a safetensors file, most of it in 16 bits. Nothing is ever unpickled."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from model.atomic_write import atomic_write
from model.prior.chart import NUM_ARTICULATED, NUM_COORDINATES, PoseChart
from model.prior.mixture import Mixture
from model.prior.prior import PosePrior

METADATA_KEY = "hmr-pose-prior"
VERSION = 1
_TRIANGLE = NUM_COORDINATES * (NUM_COORDINATES + 1) // 2


class PriorError(Exception):
    """A file is not a pose prior; the message says which file and why."""


def save_prior(prior: PosePrior, path: Path) -> None:
    """Write a prior; a reader sees the old file or the new one, never half of one.

    The same prior always gives the same bytes. Means and factors are rounded to 16 bits, an error far below
    the noise that every covariance includes.
    """
    rows, columns = torch.tril_indices(NUM_COORDINATES, NUM_COORDINATES)
    tensors = {
        "reference": prior.chart.reference.float(),
        "shares": prior.mixture.shares.float(),
        "means": prior.mixture.means.half(),
        "factors": prior.mixture.factors[:, rows, columns].half(),
    }
    card = json.dumps({"version": VERSION, "provenance": prior.provenance}, sort_keys=True)
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    atomic_write(path, save(contiguous, metadata={METADATA_KEY: card}))


def load_prior(path: Path) -> PosePrior:
    """Read and check a prior's file.

    Raises:
        PriorError: it is missing, broken, of another kind or of a version that isn't known.
    """
    if not path.is_file():
        raise PriorError(f"No pose prior found at '{path}'.")
    try:
        with safe_open(str(path), framework="pt") as file:
            card = (file.metadata() or {}).get(METADATA_KEY)
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise PriorError(f"'{path}' can't be read as a pose prior: {error}.") from error
    if card is None:
        raise PriorError(f"'{path}' is a safetensors file, but not a pose prior.")
    try:
        return _from_tensors(tensors, json.loads(card))
    except (KeyError, TypeError, ValueError) as error:
        raise PriorError(f"'{path}' does not hold a usable pose prior: {error}.") from error


def _from_tensors(tensors: dict[str, Tensor], card: dict[str, Any]) -> PosePrior:
    if card["version"] != VERSION:
        raise ValueError(f"it has format {card['version']}, and this program reads {VERSION}")
    count = len(tensors["shares"])
    shapes = {
        "reference": (NUM_ARTICULATED, 3, 3),
        "shares": (count,),
        "means": (count, NUM_COORDINATES),
        "factors": (count, _TRIANGLE),
    }
    for name, shape in shapes.items():
        tensor = tensors[name]
        if not count or tuple(tensor.shape) != shape or not tensor.isfinite().all():
            raise ValueError(f"{name} must be {shape} finite numbers, not {tuple(tensor.shape)}")
    rows, columns = torch.tril_indices(NUM_COORDINATES, NUM_COORDINATES)
    factors = torch.zeros(count, NUM_COORDINATES, NUM_COORDINATES)
    factors[:, rows, columns] = tensors["factors"].float()
    if not (factors.diagonal(dim1=1, dim2=2) > 0).all() or not (tensors["shares"] > 0).all():
        raise ValueError("its shares and spreads must be positive")
    mixture = Mixture(tensors["shares"], tensors["means"].float(), factors)
    return PosePrior(PoseChart(tensors["reference"]), mixture, card["provenance"])
