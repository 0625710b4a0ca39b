"""Convergence of a solver on quadratics, step by step."""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from model.experiments.analytic.problems import Quadratics
from model.experiments.analytic.solve import relative_error, solve
from model.optimizer.solver import Solver

# By measure, a number for each step.
Convergence = dict[str, list[float]]


@torch.no_grad()
def convergence(solver: Solver, problems: Quadratics, steps: int) -> Convergence:
    """Means over the problems after each step, K of them.

    Returns:
        "loss": f(x_k), k from 0 to K. "error": (f(x_k) - f*) / (f(x_0) - f*), likewise; "median" of it
        over the problems, which a few that a solver throws far away don't touch. "cosine": between the step
        from x_k and the Newton direction there, k from 0 to K - 1.
    """
    trajectory = solve(solver, problems, steps)
    values = torch.stack([evaluation.value for evaluation in trajectory.evaluations])
    points = torch.stack(trajectory.points)
    errors = relative_error(values, problems)
    newton = problems.minimum - points[:-1]
    return {
        "loss": _means(values),
        "error": _means(errors),
        "median": errors.median(1).values.tolist(),
        "cosine": _means(cosine_similarity(points[1:] - points[:-1], newton, dim=-1)),
    }


def _means(values: Tensor) -> list[float]:
    """Over problems, (K, B) to K numbers."""
    found: list[float] = values.double().mean(1).tolist()
    return found
