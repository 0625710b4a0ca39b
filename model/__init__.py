"""Fitting human bodies to 2D keypoints: bodies, L-SR1, meta-training and evaluation, without HTTP.

The names below are the public face; `docs/python.md` shows how to use them. They are imported on first use,
so that `import model` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.camera import Cameras
    from model.fit.fitter import Fitter
    from model.fit.result import FitResult
    from model.optimizer.lsr1 import LSR1
    from model.optimizer.unroll import unroll
    from model.weights import load_served

__all__ = ["LSR1", "Cameras", "FitResult", "Fitter", "load_served", "unroll"]

_MODULES = {
    "Cameras": "model.camera",
    "FitResult": "model.fit.result",
    "Fitter": "model.fit.fitter",
    "LSR1": "model.optimizer.lsr1",
    "load_served": "model.weights",
    "unroll": "model.optimizer.unroll",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module 'model' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
