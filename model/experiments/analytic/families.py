"""The families of problems by name, and the classical solvers by name and rate."""

from collections.abc import Callable
from functools import partial

from model.experiments.analytic.draw import Draw, diagonals, diagonals_of_all, rastrigins, rosenbrocks
from model.optimizer.adahessian import AdaHessian
from model.optimizer.first_order import Adam, GradientDescent, Nesterov
from model.optimizer.limited import LBFGS, LimitedMemorySR1
from model.optimizer.solver import Solver

# The six families of the performance profiles.
FAMILIES: dict[str, Draw] = {
    **{
        f"diagonal-{condition}": partial(diagonals, condition=condition)
        for condition in (1, 100, 1000, 10000)
    },
    "rosenbrock": rosenbrocks,
    "rastrigin": rastrigins,
}

# What optimizers are trained on: those, or diagonal quadratics of all conditions.
TRAINING: dict[str, Draw] = {**FAMILIES, "diagonal": diagonals_of_all}

_PAIRS = 10
_DECAY = 1e-4

# The step size alone is tuned; all else is the common default.
CLASSICAL: dict[str, Callable[[float], Solver]] = {
    "gradient descent": GradientDescent,
    "Nesterov": Nesterov,
    "Adam": Adam,
    "AdamW": partial(Adam, decay=_DECAY),
    "AdaHessian": AdaHessian,
    "L-BFGS": lambda rate: LBFGS(_PAIRS, rate),
    "limited SR1": lambda rate: LimitedMemorySR1(_PAIRS, rate),
}
