"""Problems with known minima, in batches and 64 bits, and every solver that should go down on them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from model.optimizer.adahessian import AdaHessian
from model.optimizer.dense import DenseQuasiNewton, bfgs, dfp, sr1
from model.optimizer.first_order import Adam, GradientDescent, Nesterov
from model.optimizer.lgd import LGD, LGDConfig
from model.optimizer.limited import LBFGS, LimitedMemorySR1
from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.problem import FunctionProblem
from model.optimizer.solver import Solver
from model.optimizer.unroll import Trajectory, unroll


class Value(NamedTuple):
    """The least that an objective gives."""

    value: Tensor


class Problem(NamedTuple):
    """Objective x (B, n) to (B,), its Hessian's eigenvalues below about one; starts; numbers of steps.

    `objective` takes the problems' indices (B,) and the coordinates' order (n,) too, to be taken apart.
    """

    objective: Callable[[Tensor, Tensor, Tensor], Tensor]
    start: Tensor

    def unroll(
        self, solver: Solver, steps: int, some: Tensor | None = None, order: Tensor | None = None
    ) -> Trajectory[Value]:
        """Run a solver, on some of the problems (indices), with the coordinates in another order."""
        count, size = self.start.shape
        some = torch.arange(count) if some is None else some
        order = torch.arange(size) if order is None else order
        back = order.argsort()
        problem = FunctionProblem(lambda x: Value(self.objective(x[:, back], some, back)))
        return unroll(solver, problem, self.start[some][:, order], steps)


def quadratic(count: int = 3, size: int = 6) -> Problem:
    """0.5 (x - m)^T A (x - m), eigenvalues of A from 0.05 to 0.5."""
    generator = torch.Generator().manual_seed(0)
    basis, _ = torch.linalg.qr(torch.randn(count, size, size, generator=generator).double())
    matrices = basis @ torch.diag(torch.linspace(0.05, 0.5, size).double()) @ basis.mT
    minima = torch.randn(count, size, generator=generator).double()

    def objective(x: Tensor, some: Tensor, order: Tensor) -> Tensor:
        off = x - minima[some]
        return 0.5 * torch.einsum("bi,bij,bj->b", off, matrices[some], off)

    return Problem(objective, minima + torch.randn(count, size, generator=generator).double())


def rosenbrock(count: int = 3, size: int = 6) -> Problem:
    """The chained function of Rosenbrock, a thousandth of it; starts about the classical one."""
    generator = torch.Generator().manual_seed(1)
    classical = torch.tensor([-1.2, 1.0]).repeat(size // 2)
    noise = torch.randn(count, size, generator=generator)

    def objective(x: Tensor, some: Tensor, order: Tensor) -> Tensor:
        head, tail = x[:, :-1], x[:, 1:]
        return 1e-3 * (100 * (tail - head.square()).square() + (1 - head).square()).sum(1)

    return Problem(objective, (classical + 0.1 * noise).double())


PROBLEMS = {"quadratic": quadratic, "rosenbrock": rosenbrock}


def fresh_lsr1(**values: Any) -> LSR1:
    """An untrained L-SR1 in 64 bits."""
    torch.manual_seed(0)
    return LSR1(LSR1Config(width=8, hidden=8, buffer=3, rate=0.5, **values)).double().eval()


def fresh_lgd(size: int) -> LGD:
    """An untrained LGD in 64 bits, for one number of variables."""
    torch.manual_seed(0)
    return LGD(LGDConfig(width=8, blocks=1), size).double().eval()


# All but LGD, which knows one number of variables only, and goes nowhere before it is trained.
SOLVERS: dict[str, Callable[[], Solver]] = {
    "gradient descent": lambda: GradientDescent(0.5),
    "Nesterov": lambda: Nesterov(0.1),
    "Adam": lambda: Adam(0.05),
    "AdamW": lambda: Adam(0.05, decay=0.01),
    "BFGS": lambda: DenseQuasiNewton(bfgs, rate=0.5, max_step=0.2),
    "DFP": lambda: DenseQuasiNewton(dfp, rate=0.5, max_step=0.2),
    "SR1": lambda: DenseQuasiNewton(sr1, rate=0.5, max_step=0.2),
    "L-BFGS": lambda: LBFGS(memory=4, rate=0.5, max_step=0.2),
    "limited SR1": lambda: LimitedMemorySR1(memory=4, rate=0.5, max_step=0.2),
    "AdaHessian": lambda: AdaHessian(0.2, max_step=0.2),
    "L-SR1": fresh_lsr1,
    "L-SR1, scale-free": lambda: fresh_lsr1(norm="none", metric_input="product", relative=True),
}
