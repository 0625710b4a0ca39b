"""The machine that a measurement was made on; times of different machines compare by its matrix product."""

import os
import platform
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import torch

_SIDE, _PRODUCTS = 512, 9
_PROCESSOR = Path("/proc/cpuinfo")


class Machine(NamedTuple):
    """What a reader must know of it.

    Attributes:
        processor: its name, as far as the system tells.
        cores: that this process may use.
        threads: of PyTorch.
        torch: PyTorch's version.
        load: processes that wanted to run in the last minute, on the mean; None where that is not told.
        gflops: of a product of two matrices of 512 x 512 in 32 bits, measured now: 10^9 operations a second.
    """

    processor: str
    cores: int
    threads: int
    torch: str
    load: float | None
    gflops: float


def describe() -> Machine:
    """The machine as it is now."""
    return Machine(
        processor=_processor(),
        cores=_cores(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        gflops=round(2e-9 * _SIDE**3 / seconds_of_product(), 1),
    )


def seconds_of_product() -> float:
    """Median time of the fixed matrix product."""
    matrix = torch.rand(_SIDE, _SIDE, generator=torch.Generator().manual_seed(0))
    times = []
    for _ in range(_PRODUCTS + 1):
        start = time.perf_counter()
        torch.mm(matrix, matrix)
        times.append(time.perf_counter() - start)
    # The first one sets things up.
    return median(times[1:])


def _processor() -> str:
    if _PROCESSOR.is_file():
        for line in _PROCESSOR.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    allowed = getattr(os, "sched_getaffinity", None)
    return os.cpu_count() or 1 if allowed is None else len(allowed(0))
