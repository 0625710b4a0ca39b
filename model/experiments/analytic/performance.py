"""Performance profiles (Dolan, Moré; Mathematical Programming 2002): how often a solver is near the best."""

import math
from collections.abc import Mapping, Sequence

# Below this share of the worst solver's error, solvers count as equally good.
LEAST = 1e-6
LARGEST_FACTOR = 1 / LEAST

# By solver, a number for each problem.
Errors = Mapping[str, Sequence[float]]


def measures(errors: Errors) -> dict[str, list[float]]:
    """Return (f(x_s) - f*) / (f_worst - f*) by solver and problem, in [LEAST, 1], from errors f(x_s) - f*.

    The worst is the largest finite error; a solver that ended nowhere (not finite) has infinity.
    """
    worst = [max((e for e in column if math.isfinite(e)), default=0.0) for column in _by_problem(errors)]
    return {
        solver: [
            max(error / top, LEAST) if math.isfinite(error) and top > 0 else _of_nothing(error)
            for error, top in zip(row, worst, strict=True)
        ]
        for solver, row in errors.items()
    }


def _of_nothing(error: float) -> float:
    """Return the measures: equal if all solvers ended at the minimum; a solver that failed is last."""
    return LEAST if math.isfinite(error) else math.inf


def ratios(errors: Errors) -> dict[str, list[float]]:
    """Return each measure over the best solver's on the same problem, 1 or more."""
    found = measures(errors)
    best = [min(column) for column in _by_problem(found)]
    return {
        solver: [
            value / least if math.isfinite(least) else math.inf
            for value, least in zip(row, best, strict=True)
        ]
        for solver, row in found.items()
    }


def profile(of_solver: Sequence[float], factors: Sequence[float]) -> list[float]:
    """Return rho(tau) for each factor tau: the share of problems with a ratio of at most tau."""
    return [sum(ratio <= factor * (1 + 1e-9) for ratio in of_solver) / len(of_solver) for factor in factors]


def area(of_solver: Sequence[float]) -> float:
    """Return the area under rho over log tau up to LARGEST_FACTOR: 1 for the best solver on every problem."""
    span = math.log(LARGEST_FACTOR)
    shares = (1 - math.log(ratio) / span if ratio < LARGEST_FACTOR else 0.0 for ratio in of_solver)
    return sum(shares) / len(of_solver)


def _by_problem(rows: Errors) -> list[tuple[float, ...]]:
    return list(zip(*rows.values(), strict=True))
