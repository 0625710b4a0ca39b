"""The machine that a measurement was made on; times of different machines compare by its matrix product."""

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import torch

# Sides of the matrices; the one in 16 bits is larger, since it would be over too soon.
_SIDE, _SIDE_16 = 512, 1024
# Far larger than a processor's caches.
_COPIED_BYTES = 256 * 2**20
_PRODUCTS, _COPIES = 15, 5
_PROCESSOR = Path("/proc/cpuinfo")


class Machine(NamedTuple):
    """Description of the machine.

    Attributes:
        processor: its name, if known.
        cores: that this process may use.
        threads: of PyTorch.
        torch: PyTorch's version.
        load: processes that wanted to run in the last minute, on the mean; None if unknown.
        gflops, gflops_16: measured now of a product of two matrices of 512 x 512 in 32 bits, and of
            1024 x 1024 in bfloat16: 10^9 operations a second.
        gbytes: 10^9 bytes a second that are read or written when a tensor is copied that no cache can hold.
    """

    processor: str
    cores: int
    threads: int
    torch: str
    load: float | None
    gflops: float
    gflops_16: float
    gbytes: float

    @property
    def product_ms(self) -> float:
        """Milliseconds of the 32-bit product, a unit for comparing times of different machines."""
        return 2e-6 * _SIDE**3 / self.gflops


def describe() -> Machine:
    """Describe the machine as it is now."""
    return Machine(
        processor=_processor(),
        cores=usable_cores(),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        gflops=_gflops(_SIDE, torch.float32),
        gflops_16=_gflops(_SIDE_16, torch.bfloat16),
        gbytes=_gbytes(),
    )


def _gflops(side: int, dtype: torch.dtype) -> float:
    matrix = torch.rand(side, side, generator=torch.Generator().manual_seed(0)).to(dtype)
    return round(2e-9 * side**3 / _seconds(lambda: torch.mm(matrix, matrix), _PRODUCTS), 1)


def _gbytes() -> float:
    source = torch.zeros(_COPIED_BYTES // 2, dtype=torch.uint8)
    target = torch.empty_like(source)
    return round(1e-9 * _COPIED_BYTES / _seconds(lambda: target.copy_(source), _COPIES), 1)


def _seconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median time without the first round, which sets things up."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times[1:])


def _processor() -> str:
    if _PROCESSOR.is_file():
        for line in _PROCESSOR.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return os.cpu_count() or 1 if allowed is None else len(allowed(0))
