"""All that a small training run reads, on disk."""

from pathlib import Path

import numpy as np

from model.rotation import matrix_to_rotvec
from model.train.run import RunFiles
from tests.model.people import random_poses

TOML = """
compile = false
bf16 = false
log_every = 1
validate_every = 1000000
[recovery.initializer]
width = 16
blocks = 1
context = 2
[recovery.optimizer]
width = 8
hidden = 8
[[stages]]
iterations = 3
batch = 5
[[stages]]
iterations = {iterations}
batch = 4
unroll = 1
"""
STAGES = 5  # iterations of both stages


def write_run_files(folder: Path, name: str = "tiny.toml", iterations: int = 2) -> RunFiles:
    """A configuration and a pose library, and `stick.safetensors` in the same folder as the body."""
    (folder / name).write_text(TOML.format(iterations=iterations))
    poses = matrix_to_rotvec(random_poses(5, seed=0)).numpy()
    np.savez(folder / "poses.npz", poses=poses, trial=np.arange(5))
    data = [folder / "poses.npz"]
    return RunFiles(folder / name, data, data, folder / "out", folder / "stick.safetensors")
