"""What is compiled: the beginning of a fit and one step of it, without state of their own."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.body.body import Body
from model.body.joints import NUM_BETAS
from model.keypoints.names import NUM_CANONICAL
from model.objective import evaluate, gradient
from model.optimizer.lsr1 import LSR1, LSR1State
from model.pose_space import NUM_VARIABLES, PoseSpace, start
from model.recovery import Recovery, real_bodies
from model.view import Observation

# The largest batch of a compiled graph, which wants a bound.
LARGEST_BATCH = 4096


class Inputs(NamedTuple):
    """What stays the same through a fit: `Observation`, and known betas (B, 10), NaN where free."""

    keypoints: Tensor
    confidence: Tensor
    focal: Tensor
    up: Tensor
    betas: Tensor

    @property
    def observation(self) -> Observation:
        """Without the betas."""
        return Observation(*self[:-1])


class Position(NamedTuple):
    """Where a fit stands: what a step needs, and the objective's value there.

    Before the first step the previous point and gradient are the present ones, and direction and vectors are
    zero: to the step that is the same as an empty past, and all steps have the same shapes.

    Attributes:
        x, gradient: (B, 70) both.
        previous_x, previous_gradient, direction: (B, 70), of the last step.
        vectors: (B, L, 70).
        value: (B,).
    """

    x: Tensor
    gradient: Tensor
    previous_x: Tensor
    previous_gradient: Tensor
    direction: Tensor
    vectors: Tensor
    value: Tensor


class Begin(nn.Module):
    """The initializer, and the objective with its gradient at its answer."""

    def __init__(self, recovery: Recovery, body: Body) -> None:
        super().__init__()
        self.recovery, self.body = recovery, body

    def forward(
        self, keypoints: Tensor, confidence: Tensor, focal: Tensor, up: Tensor, betas: Tensor
    ) -> tuple[Tensor, ...]:
        """`Inputs` to the pose space's origin (B, 24, 3, 3), the encoded context, and a `Position`."""
        observation = Observation(keypoints, confidence, focal, up)
        guess = self.recovery.initializer(observation)
        first, space = start(guess.rotations, guess.betas)
        x = real_bodies(betas)(first)
        state = _optimizer(self.recovery).init(x, self.recovery.context(guess))
        evaluation = evaluate(x, space, self.body, observation)
        slope = gradient(x, evaluation, space, self.body, observation)
        nothing = torch.zeros_like(x)
        vectors = x.new_zeros(x.shape[0], _optimizer(self.recovery).config.buffer, NUM_VARIABLES)
        # What leaves a graph must not be the same tensor twice.
        position = Position(x, slope, x.clone(), slope.clone(), nothing, vectors, evaluation.value)
        return space.origin, _encoded(state), *position


class Step(nn.Module):
    """One step of L-SR1, and the objective with its gradient where it leads."""

    def __init__(self, recovery: Recovery, body: Body) -> None:
        super().__init__()
        self.recovery, self.body = recovery, body

    def forward(
        self,
        keypoints: Tensor,
        confidence: Tensor,
        focal: Tensor,
        up: Tensor,
        betas: Tensor,
        origin: Tensor,
        context: Tensor,
        x: Tensor,
        slope: Tensor,
        previous_x: Tensor,
        previous_gradient: Tensor,
        direction: Tensor,
        vectors: Tensor,
    ) -> tuple[Tensor, ...]:
        """`Inputs`, origin, context and a `Position` without its value to the next `Position`."""
        observation, space = Observation(keypoints, confidence, focal, up), PoseSpace(origin)
        past = LSR1State(previous_x, previous_gradient, direction, vectors, context)
        step = _optimizer(self.recovery).step(x, slope, past)
        moved = real_bodies(betas)(step.x)
        evaluation = evaluate(moved, space, self.body, observation)
        there = gradient(moved, evaluation, space, self.body, observation)
        state = step.state
        return tuple(
            Position(moved, there, x.clone(), slope.clone(), state.direction, state.vectors, evaluation.value)
        )


def _optimizer(recovery: Recovery) -> LSR1:
    assert isinstance(recovery.optimizer, LSR1)
    return recovery.optimizer


def _encoded(state: LSR1State) -> Tensor:
    """The context's half of the encoder; there always is one, as each coordinate has features of its own."""
    assert state.context is not None
    return state.context


def can_be_compiled(recovery: Recovery) -> bool:
    """Whether there are graphs of it: L-SR1 with a context, in 32 bits, on a processor."""
    at = recovery.coordinates
    plain = at.device.type == "cpu" and at.dtype == torch.float32 and recovery.config.context > 0
    return isinstance(recovery.optimizer, LSR1) and plain


def someone(count: int) -> Inputs:
    """People to trace the graphs with; only the shapes matter."""
    line = torch.linspace(-0.5, 0.5, 2 * NUM_CANONICAL).view(1, NUM_CANONICAL, 2)
    return Inputs(
        line.repeat(count, 1, 1),
        torch.ones(count, NUM_CANONICAL),
        torch.full((count,), 3.0),
        torch.tensor([[0.0, -1.0]]).repeat(count, 1),
        torch.full((count, NUM_BETAS), torch.nan),
    )


def step_inputs(inputs: Inputs, begun: Sequence[Tensor]) -> list[Tensor]:
    """A first step's arguments from what `Begin` gave."""
    return [*inputs, *begun[:-1]]
