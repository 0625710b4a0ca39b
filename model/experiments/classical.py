"""Classical solvers on the same objective, from the same initializer or from the mean pose."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from model.body.body import Body
from model.data.library import PoseLibrary
from model.evaluate.poses import StepErrors, evaluate_poses
from model.evaluate.starts import Start, initializer_of, mean_pose
from model.experiments.result import Errors, Result, at_steps
from model.experiments.setup import Setup
from model.fit.objective import Evaluation, PersonProblem
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace
from model.optimizer.first_order import Adam
from model.optimizer.limited import LBFGS
from model.optimizer.solver import Solver
from model.optimizer.unroll import Trajectory, unroll

# Radians or standard deviations in a step, as for the learned optimizers.
_LARGEST_STEP = 0.5


@dataclass(frozen=True)
class ClassicalRow:
    """A line of the table: a solver of a given rate, and the rates among which validation chooses."""

    description: str
    solver: Callable[[float], Solver]
    rates: tuple[float, ...]
    from_mean: bool = False


def _adam(rate: float) -> Solver:
    return Adam(rate, max_step=_LARGEST_STEP)


def _lbfgs(rate: float) -> Solver:
    return LBFGS(rate=rate, max_step=_LARGEST_STEP)


# From the mean pose without a pose prior, to show what 2D alone can do; SMPLify's objective is one of
# `hmr evaluate methods`.
CLASSICAL: dict[str, ClassicalRow] = {
    "lbfgs": ClassicalRow("L-BFGS, m = 10, from the initializer", _lbfgs, (0.03, 0.1, 0.3, 1.0)),
    "adam": ClassicalRow("Adam from the initializer", _adam, (0.001, 0.003, 0.01, 0.03)),
    "adam-mean-pose": ClassicalRow(
        "Adam from the mean pose, no prior", _adam, (0.01, 0.03, 0.1, 0.3), from_mean=True
    ),
}


@dataclass(frozen=True)
class ClassicalFit:
    """A fit like `Recovery`, with a solver that needs no training."""

    start: Start
    solver: Solver

    def trajectory(
        self, body: Body, observation: Observation, steps: int, /
    ) -> tuple[PoseSpace, Trajectory[Evaluation]]:
        """Run the first guess, then `steps` steps of the solver."""
        x, space = self.start(observation)
        problem = PersonProblem(space, body, observation)
        return space, unroll(self.solver, problem, problem.project(x), steps)


def run_classical(name: str, row: ClassicalRow, setup: Setup, report: Callable[[str], None]) -> Result:
    """Choose a rate for each number of steps on a part of the validation split; measure on all of it."""
    begin = mean_pose(setup.data.train) if row.from_mean else initializer_of(setup.start)

    def errors(rate: float, steps: int, library: PoseLibrary) -> dict[str, StepErrors]:
        report(f"{name}: rate {rate}, {steps} steps, {len(library)} poses")
        return evaluate_poses(ClassicalFit(begin, row.solver(rate)), setup.body, library, steps)

    steps, every = setup.budget.classical_steps, setup.data.validation
    some = _spread(every, setup.budget.tuning)
    tried = {rate: errors(rate, max(steps), some) for rate in row.rates}
    rates = {k: _best(tried, k) for k in steps}
    found = {k: at_steps(errors(rate, k, every), (0, k)) for k, rate in rates.items()}
    return Result(
        row=name,
        seed=0,
        description=row.description,
        budget=setup.budget_values(),
        errors=_joined(list(found.values())),
        rates={str(k): rate for k, rate in rates.items()},
    )


def _joined(parts: list[Errors]) -> Errors:
    """Merge errors of different numbers of steps."""
    first = parts[0]
    return {
        protocol: {
            name: {k: v for part in parts for k, v in part[protocol][name].items()} for name in measures
        }
        for protocol, measures in first.items()
    }


def _best(tried: dict[float, dict[str, StepErrors]], steps: int) -> float:
    """Return the rate of the least PA-MPJPE after that many steps, over the protocols."""

    def score(rate: float) -> float:
        total = sum(of_steps.pa_mpjpe_mm[steps] for of_steps in tried[rate].values())
        return total if math.isfinite(total) else math.inf

    return min(tried, key=score)


def _spread(library: PoseLibrary, count: int) -> PoseLibrary:
    """Return about `count` poses, evenly over the library."""
    every = slice(None, None, max(len(library) // count, 1))
    return PoseLibrary(library.rotations[every], library.weights[every])
