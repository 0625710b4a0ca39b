"""What many tests share: the served model, a stub of it, and the folder of real data where there is one."""

import os
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)
# Whatever this machine's user has compiled is no part of what is tested.
os.environ["HMR_COMPILED"] = "off"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Motion capture and real detections beside the checkout; tests that want them are skipped without."""
    folder = Path(os.environ.get("HMR_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("the folder of shared test data is not here")
    return folder
