"""Meta-training of L-SR1 on a family of analytic problems, through the whole unrolled trajectory."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import torch
from annotated_types import Ge, Gt
from torch import Tensor

from model.experiments.analytic.draw import Draw
from model.experiments.analytic.problems import Problems, Value
from model.experiments.analytic.solve import relative_error, solve
from model.optimizer.lsr1 import LSR1, LSR1Config
from model.optimizer.unroll import Trajectory
from model.train.config import STRICT, warmup_cosine

# Steps of no length have no secant condition.
_NO_STEP = 1e-20
# Measurements while training, and the problems for them.
_CHECKS, _VALIDATED, _VALIDATION_SEED = 20, 32, 5000
# The rise of the log error that is too much, as a share of its range.
_MUCH_WORSE = 0.04


@dataclass(frozen=True)
class MetaConfig:
    """Configuration of an optimizer's training.

    Attributes:
        iterations, batch: meta-iterations, and problems in each.
        unroll: steps through which the loss reaches back.
        size: variables of the training problems.
        pool: problems that are drawn once, and batches from them.
        secant: weight of the secant penalty, 0 for none: L-SR1 without the learned projection.
        penalty: the penalty is |B q - p|^2 ("absolute", the paper's) or that over |p|^2 ("relative").
        second_order: the loss reaches back through the gradients of the objective too, which makes its slope
            the true one; without, they are inputs like any other.
        smallest: a relative error below this counts no more than this: the loss is a logarithm.
        rate, warmup, clip, decay: of AdamW; linear warm-up, then a cosine to a hundredth.
        optimizer: sizes and constants of L-SR1.
    """

    iterations: Annotated[int, Ge(1)]
    batch: Annotated[int, Ge(1)] = 16
    unroll: Annotated[int, Ge(1)] = 16
    size: Annotated[int, Ge(1)] = 16
    pool: Annotated[int, Ge(1)] = 1024
    secant: Annotated[float, Ge(0)] = 1.0
    penalty: Literal["relative", "absolute"] = "relative"
    second_order: bool = True
    smallest: Annotated[float, Gt(0)] = 1e-3
    rate: Annotated[float, Gt(0)] = 1e-3
    warmup: Annotated[int, Ge(0)] = 20
    clip: Annotated[float, Gt(0)] = 1.0
    decay: Annotated[float, Ge(0)] = 1e-2
    optimizer: LSR1Config = field(default_factory=LSR1Config)

    __pydantic_config__ = STRICT


def secant_penalty(trajectory: Trajectory[Value], penalty: Literal["relative", "absolute"]) -> Tensor:
    """Mean over problems and steps (from the second on) of |B q - p|^2, or of that over |p|^2; a scalar."""
    residuals = torch.stack(trajectory.secants[1:])
    if penalty == "absolute":
        return residuals.mean()
    points = torch.stack(trajectory.points[:-1])
    lengths = (points[1:] - points[:-1]).square().sum(-1)
    return (residuals / lengths.clamp_min(_NO_STEP)).mean()


def meta_loss(trajectory: Trajectory[Value], problems: Problems, config: MetaConfig) -> tuple[Tensor, Tensor]:
    """Mean over steps of the relative error's logarithm, and the secant penalty; scalars."""
    values = torch.stack([evaluation.value for evaluation in trajectory.evaluations])
    error = (relative_error(values, problems)[1:].clamp_min(0) + config.smallest).log().mean()
    return error, secant_penalty(trajectory, config.penalty)


def meta_train(config: MetaConfig, draw: Draw, seed: int, report: Callable[[str], None] = print) -> LSR1:
    """Train an optimizer and return its best state, in evaluation mode; equal seeds give equal results.

    Now and then the error is measured on separate problems. From an optimizer that has become much worse
    training goes back to the best one, with half the rate and AdamW's averages anew.

    Args:
        config: how.
        draw: the family.
        seed: of the weights, the pool and the batches.
        report: called with each measurement.
    """
    torch.manual_seed(seed)
    solver = LSR1(config.optimizer).train()
    best = _Best(solver, draw(_VALIDATED, config.size, _VALIDATION_SEED + seed), config)
    adamw = torch.optim.AdamW(solver.parameters(), config.rate, weight_decay=config.decay)
    pool, generator = draw(config.pool, config.size, seed), torch.Generator().manual_seed(seed)
    for iteration in range(config.iterations):
        problems = pool.pick(torch.randint(config.pool, (config.batch,), generator=generator))
        adamw.param_groups[0]["lr"] = best.rate * warmup_cosine(iteration, config.warmup, config.iterations)
        _iterate(solver, problems, adamw, config)
        if (iteration + 1) % max(config.iterations // _CHECKS, 1) == 0:
            report(f"  iteration {iteration + 1}: {best.check(adamw)}")
    solver.load_state_dict(best.state)
    return solver.eval()


def _iterate(solver: LSR1, problems: Problems, adamw: torch.optim.Optimizer, config: MetaConfig) -> None:
    """Take one step of AdamW if the gradient is finite."""
    trajectory = solve(solver, problems, config.unroll, differentiable=True, second_order=config.second_order)
    error, secant = meta_loss(trajectory, problems, config)
    adamw.zero_grad()
    (error + config.secant * secant if config.secant else error).backward()
    if torch.nn.utils.clip_grad_norm_(solver.parameters(), config.clip).isfinite():
        adamw.step()


class _Best:
    """The best state so far of an optimizer that is being trained, and the rate to go on with."""

    def __init__(self, solver: LSR1, problems: Problems, config: MetaConfig) -> None:
        self.rate, self.state = config.rate, copy.deepcopy(solver.state_dict())
        self._solver, self._problems, self._config = solver, problems, config
        self._error, self._learned = self._measured()[0], False

    def check(self, adamw: torch.optim.Optimizer) -> str:
        """Keep the optimizer if it is the best, discard it if it is much worse; returns a line for the log.

        It never returns to the untrained optimizer, since the first trained ones may be worse.
        """
        error, secant = self._measured()
        line = f"log error {error:.3f}, secant {secant:.3g}"
        if error < self._error:
            self._error, self.state = error, copy.deepcopy(self._solver.state_dict())
            self._learned = True
        elif self._learned and not error < self._error - _MUCH_WORSE * math.log(self._config.smallest):
            self.rate /= 2
            self._solver.load_state_dict(self.state)
            adamw.state.clear()
            return f"{line}: back to {self._error:.3f}"
        return line

    @torch.no_grad()
    def _measured(self) -> tuple[float, float]:
        self._solver.eval()
        trajectory = solve(self._solver, self._problems, self._config.unroll)
        error, secant = meta_loss(trajectory, self._problems, self._config)
        self._solver.train()
        return error.item(), secant.item()
