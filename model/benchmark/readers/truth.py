"""Parts of the truth of licensed benchmarks: gendered bodies, Human3.6M's joint regressor."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.benchmark.dataset import SKELETON_FOURTEEN, DatasetError, JointSource, Regressed
from model.body.body import Body
from model.body.file import load_body_arrays

# Rows of the regressor that SPIN published (17 joints, left leg first) in the order of FOURTEEN.
_FOURTEEN_OF_H36M = [6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10]
_H36M_JOINTS = 17


@dataclass(frozen=True, eq=False)
class Truth:
    """Bodies and regressor, as far as they are given.

    Attributes:
        bodies: "m" and "f".
        regressor: (17, V), vertices to Human3.6M's joints.
    """

    bodies: dict[str, Body] = field(default_factory=dict)
    regressor: Tensor | None = None

    @classmethod
    def load(cls, male: Path | None, female: Path | None, regressor: Path | None) -> "Truth":
        """Load bodies, as `hmr body import` wrote them, and an npy.

        Raises:
            BodyError, DatasetError: a file can't be used.
        """
        given = {"m": male, "f": female}
        bodies = {name: Body(load_body_arrays(path)) for name, path in given.items() if path}
        return cls(bodies, read_regressor(regressor) if regressor else None)

    @property
    def joints(self) -> JointSource:
        """Return the source of a body's 14 joints: the regressor if given, else the skeleton."""
        return SKELETON_FOURTEEN if self.regressor is None else Regressed(self.regressor[_FOURTEEN_OF_H36M])

    def regressed(self, vertices: Tensor) -> Tensor:
        """The 14 joints (N, 14, 3) of meshes (N, V, 3); DatasetError if they are not the regressor's."""
        if self.regressor is None or vertices.shape[1] != self.regressor.shape[1]:
            raise DatasetError(f"The joint regressor is not for meshes of {vertices.shape[1]} vertices.")
        return self.regressor[_FOURTEEN_OF_H36M] @ vertices

    @property
    def convention(self) -> str:
        """The same in words."""
        if self.regressor is None:
            return "14 joints of the skeleton itself (papers: by Human3.6M's regressor)"
        return "14 joints by Human3.6M's regressor"


def read_regressor(path: Path) -> Tensor:
    """Return (17, V); DatasetError if the file is anything else."""
    try:
        with path.open("rb") as file:
            matrix: NDArray[Any] = np.load(file, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise DatasetError(f"{path} is no npy of a joint regressor: {error}.") from error
    if matrix.ndim != 2 or len(matrix) != _H36M_JOINTS or matrix.dtype.kind != "f":
        raise DatasetError(f"{path}: Human3.6M's regressor is (17, V), not {matrix.shape}.")
    return torch.from_numpy(matrix.astype(np.float32))
