"""Random problems of each family; the same seed draws the same ones."""

from collections.abc import Callable

import torch
from torch import Tensor

from model.experiments.analytic.problems import Diagonals, Problems, Quadratics, Rastrigin, Rosenbrock
from model.experiments.errors import ExperimentError

# Draws `count` problems of `size` variables.
Draw = Callable[[int, int, int], Problems]

# What is drawn at once while looking for well-conditioned matrices, and how often.
_AT_ONCE, _ROUNDS = 2000, 200


def quadratics(count: int, size: int, seed: int, largest_condition: float = 1000.0) -> Quadratics:
    """A = M^T M of unit Frobenius norm for a standard normal M (n, n), b of unit norm.

    Raises:
        ExperimentError: matrices below that condition number are too rare in that dimension.
    """
    generator = torch.Generator().manual_seed(seed)
    kept = torch.empty(0, size, size)
    for _ in range(_ROUNDS):
        factors = torch.randn(_AT_ONCE, size, size, generator=generator)
        singular = torch.linalg.svdvals(factors)
        kept = torch.cat(
            [kept, factors[singular[:, 0].square() < largest_condition * singular[:, -1].square()]]
        )
        if len(kept) >= count:
            break
    else:
        raise ExperimentError(
            f"Of {_ROUNDS * _AT_ONCE} random {size} x {size} matrices {len(kept)} had a condition number "
            f"below {largest_condition:g}; {count} were asked for."
        )
    products = kept[:count].mT @ kept[:count]
    vectors = torch.randn(count, size, generator=generator)
    return Quadratics(
        products / torch.linalg.matrix_norm(products)[:, None, None],
        vectors / vectors.norm(dim=1, keepdim=True),
    )


def diagonals(count: int, size: int, seed: int, condition: float = 100.0) -> Diagonals:
    """Scales from 1/condition to 1 in equal ratios, in random order; minimum and start standard normal."""
    return _diagonals(torch.full((count, 1), condition), size, torch.Generator().manual_seed(seed))


def diagonals_of_all(count: int, size: int, seed: int, largest_condition: float = 10000.0) -> Diagonals:
    """The same of conditions between 1 and the largest, uniform in the logarithm."""
    generator = torch.Generator().manual_seed(seed)
    return _diagonals(largest_condition ** torch.rand(count, 1, generator=generator), size, generator)


def _diagonals(conditions: Tensor, size: int, generator: torch.Generator) -> Diagonals:
    """Draw problems of given condition numbers (B, 1)."""
    count = len(conditions)
    scales = conditions ** torch.linspace(-1, 0, size)
    order = torch.rand(count, size, generator=generator).argsort(1)
    minimum, start = (_normal(count, size, generator) for _ in range(2))
    return Diagonals(scales.gather(1, order), minimum, start)


def rosenbrocks(count: int, size: int, seed: int) -> Rosenbrock:
    """Starts about the classical one, (-1.2, 1, -1.2, 1, …), with a normal noise of 0.1."""
    classical = torch.tensor([-1.2, 1.0]).repeat((size + 1) // 2)[:size]
    return Rosenbrock(classical + 0.1 * _normal(count, size, torch.Generator().manual_seed(seed)))


def rastrigins(count: int, size: int, seed: int) -> Rastrigin:
    """Minimum standard normal, start at a normal distance of 2 a coordinate from there."""
    generator = torch.Generator().manual_seed(seed)
    minimum = _normal(count, size, generator)
    return Rastrigin(minimum, minimum + 2 * _normal(count, size, generator))


def _normal(count: int, size: int, generator: torch.Generator) -> Tensor:
    return torch.randn(count, size, generator=generator)
