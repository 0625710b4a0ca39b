"""Cost of a fit: processor time per person, alone and in a batch, and memory."""

import ctypes
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import torch

from model.benchmark.methods.method import Method
from model.body.body import Body
from model.fit.observation import Observation

_MOST_REPEATS = 50
_PROCESS = Path("/proc/self")


@dataclass(frozen=True)
class Cost:
    """Cost of fits from an observation to pose and shape, without the mesh.

    Attributes:
        alone, batched: processor seconds per person, one at a time and all together; the latter None for
            methods that fit one person after another.
        memory: most memory taken on top of what was there, MiB, of the larger batch; None where the system
            has no such figure.
    """

    alone: float
    batched: float | None
    memory: float | None


@torch.no_grad()
def measure_cost(method: Method, body: Body, people: Observation, seconds: float = 1.0) -> Cost:
    """Measure the cost of a method on people; fits are repeated for `seconds` of processor time."""
    count = len(people.focal)
    singles = [_rows(people, slice(k, k + 1)) for k in range(count)]
    if not method.batched:
        # One fit takes seconds, so that it isn't repeated.
        begun = time.process_time()
        memory = peak_memory(lambda: method.fit(body, singles[0]))
        return Cost(time.process_time() - begun, None, memory)
    memory = peak_memory(lambda: method.fit(body, people))
    jobs: list[Callable[[], object]] = [partial(method.fit, body, one) for one in singles]
    alone = median_seconds(jobs, seconds)
    return Cost(alone, median_seconds([partial(method.fit, body, people)], seconds) / count, memory)


def median_seconds(jobs: list[Callable[[], object]], seconds: float = 1.0) -> float:
    """Return the median processor time of the jobs, run one after another for `seconds` or longer.

    The first is repeated if it was short, since a first call does what later ones needn't. Processor time
    leaves out what other programs do meanwhile on the same core.
    """
    times: list[float] = []
    while not times or (sum(times) < seconds and len(times) < _MOST_REPEATS):
        begun = time.process_time()
        jobs[len(times) % len(jobs)]()
        times.append(time.process_time() - begun)
    return median(times[1:] or times)


def peak_memory(job: Callable[[], object]) -> float | None:
    """Return the memory that a job adds at its peak, MiB; None on systems other than Linux."""
    before = _start_of_peak()
    job()
    return None if before is None else max(_status("VmHWM") - before, 0.0)


def _start_of_peak() -> float | None:
    """Reset the system's record of peak memory; returns the memory in use, MiB."""
    try:
        # Else memory that was freed before would hide what the job takes.
        ctypes.CDLL(None).malloc_trim(0)
        (_PROCESS / "clear_refs").write_text("5")
        return _status("VmRSS")
    except (OSError, AttributeError, ValueError):
        return None


def _status(name: str) -> float:
    """Read a value of the process's status, MiB."""
    found = re.search(rf"{name}:\s*(\d+) kB", (_PROCESS / "status").read_text())
    if found is None:
        raise ValueError(f"no {name}")
    return int(found[1]) / 1024


def _rows(people: Observation, rows: slice) -> Observation:
    return Observation(*(value[rows] for value in people))
