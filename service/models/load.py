"""Loading what is served, with one kind of error for whatever is wrong with it."""

import torch

from model.body.arrays import BodyError
from model.weights import ServedModel, WeightsError, load_served
from service.models.compiled import use_compiled
from service.settings import Settings


class StartupError(Exception):
    """The service can't start; the message says why, for the person who starts it."""


def load_model(settings: Settings) -> ServedModel:
    """Load weights and body as the settings say, every hash checked, and the compiled fit if there is one.

    Raises:
        StartupError: a file is missing, broken or changed, or there is no such device.
    """
    device = choose_device(settings.device)
    # One person's fit is many small products: handing them to several threads takes longer than they do, and
    # ten times as long when the machine is busy. PyTorch's own default is all cores.
    torch.set_num_threads(settings.threads or 1)
    try:
        served = load_served(settings.weights, settings.body, device)
    except (WeightsError, BodyError) as error:
        raise StartupError(str(error)) from error
    use_compiled(served, settings)
    return served


def choose_device(name: str) -> torch.device:
    """The device of a setting; `auto` is CUDA where there is one.

    Raises:
        StartupError: it isn't there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if count else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= count:
        raise StartupError(f"HMR_DEVICE={name}, but PyTorch finds {count} CUDA devices here.")
    return device
