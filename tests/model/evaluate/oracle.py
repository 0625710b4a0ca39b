"""A recovery that knows the truth, to test what measures recoveries."""

import torch
from torch import Tensor

from model.body.body import Body
from model.fit.objective import Evaluation, evaluate
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace, start
from model.optimizer.unroll import Trajectory


class Oracle:
    """Answers, in order, with the given rotations (B, 24, 3, 3) in virtual axes and betas (B, 10)."""

    def __init__(self, rotations: Tensor, betas: Tensor) -> None:
        self.rotations, self.betas = rotations, betas
        self._given = 0

    def trajectory(
        self, body: Body, observation: Observation, steps: int
    ) -> tuple[PoseSpace, Trajectory[Evaluation]]:
        """As `Recovery.trajectory`; it starts at the truth and stays there."""
        some = slice(self._given, self._given + len(observation.focal))
        self._given = some.stop
        x, space = start(self.rotations[some], self.betas[some])
        evaluations = [evaluate(x, space, body, observation)] * (steps + 1)
        return space, Trajectory([x] * (steps + 1), evaluations, [torch.zeros(len(x))] * steps)
