"""Loading the served model, with a single kind of error."""

import torch

from model.body.arrays import BodyError
from model.weights import ServedModel, WeightsError, load_served
from service.models.compiled import use_compiled
from service.settings import Settings


class StartupError(Exception):
    """The service can't start; the message says why, for its operator."""


def load_model(settings: Settings) -> ServedModel:
    """Load weights, body and compiled fit (if any) as the settings say, and check every hash.

    Raises:
        StartupError: a file is missing, broken or changed, or the device does not exist.
    """
    device = choose_device(settings.device)
    # One person's fit is many small products: sharing them between threads takes longer than computing them,
    # ten times as long on a busy machine. PyTorch's default is all cores.
    torch.set_num_threads(settings.threads or 1)
    try:
        served = load_served(settings.weights, settings.body, device)
    except (WeightsError, BodyError) as error:
        raise StartupError(str(error)) from error
    return use_compiled(served, settings)


def choose_device(name: str) -> torch.device:
    """Return the device of a setting; `auto` is CUDA if available.

    Raises:
        StartupError: the device does not exist.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if count else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= count:
        raise StartupError(f"HMR_DEVICE={name}, but PyTorch finds {count} CUDA devices here.")
    return device
