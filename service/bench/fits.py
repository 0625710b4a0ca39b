"""Measured fits: L-SR1, eager and compiled, and other optimizers on the same objective."""

from collections.abc import Callable

import torch

from model.camera import Cameras
from model.fit.fitter import Fitter
from model.fit.objective import PersonProblem
from model.fit.pose_space import start
from model.fit.preprocess import preprocess
from model.optimizer.first_order import Adam
from model.optimizer.limited import LBFGS
from model.optimizer.solver import Solver
from model.optimizer.unroll import unroll
from service.engine.warm_up import warm_up_job

STEPS, OTHERS_STEPS = 4, 20
# Of Adam and L-BFGS; the time does not depend on them.
_RATE, _LARGEST_STEP = 0.01, 0.1

EAGER, COMPILED = "L-SR1, eager", "L-SR1, compiled"
ADAM, L_BFGS = f"Adam, {OTHERS_STEPS} steps", f"L-BFGS, {OTHERS_STEPS} steps"


def ways_to_fit(fitter: Fitter, people: int) -> dict[str, Callable[[], object]]:
    """Return each way to fit so many people; compiled only if the fitter has a compiled backend."""
    eager = Fitter(fitter.recovery, fitter.body, fitter.device)
    ways = {EAGER: fit_of(eager, people)}
    if fitter.backend is not None:
        ways[COMPILED] = fit_of(fitter, people)
    others: dict[str, Solver] = {ADAM: Adam(_RATE), L_BFGS: LBFGS(max_step=_LARGEST_STEP)}
    return ways | {name: descent_of(eager, solver, people) for name, solver in others.items()}


def fit_of(fitter: Fitter, people: int) -> Callable[[], object]:
    """Return one fit of four steps from keypoints in pixels, without mesh or robust refit."""
    job = warm_up_job(people)
    keypoints = torch.from_numpy(job.keypoints)
    pixels, confidence = keypoints[..., :2].contiguous(), keypoints[..., 2].contiguous()
    camera = Cameras(torch.from_numpy(job.cameras))
    return lambda: fitter.fit(pixels, confidence, camera, steps=STEPS)


def descent_of(fitter: Fitter, solver: Solver, people: int) -> Callable[[], object]:
    """Return the initializer and twenty steps of a solver by the same gradient, without postprocessing."""
    keypoints = torch.from_numpy(warm_up_job(people).keypoints)
    observation = preprocess(keypoints[..., :2], keypoints[..., 2], None).view.observation

    @torch.no_grad()
    def run() -> object:
        guess = fitter.recovery.initializer(observation)
        x, space = start(guess.rotations, guess.betas)
        problem = PersonProblem(space, fitter.body, observation)
        return unroll(solver, problem, problem.project(x), OTHERS_STEPS)

    return run
