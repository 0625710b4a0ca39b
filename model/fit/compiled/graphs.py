"""The compiled parts of a fit: its beginning, one step, and its end, all without state."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import NUM_BETAS
from model.camera import Cameras
from model.fit.mirror import canonical_side
from model.fit.network import Recovery
from model.fit.objective import evaluate, gradient, project_to_bounds
from model.fit.observation import Observation, View
from model.fit.pose_space import NUM_VARIABLES, PoseSpace, start
from model.fit.postprocess import postprocess
from model.fit.preprocess import Preprocessed, preprocess
from model.fit.result import FitResult
from model.keypoints.names import NUM_CANONICAL
from model.optimizer.lsr1 import LSR1, LSR1State

# The largest batch of a compiled graph, which wants a bound; and the most points of a fit.
LARGEST_BATCH, MOST_POINTS = 4096, 1024


class Inputs(NamedTuple):
    """The inputs of a fit; see `Fitter.fit`.

    Attributes:
        pixels, confidence: (B, 25, 2) and (B, 25).
        camera: (B, 4), NaN where unknown.
        betas: (B, 10), NaN where free.
    """

    pixels: Tensor
    confidence: Tensor
    camera: Tensor
    betas: Tensor


class Prepared(NamedTuple):
    """Inputs of a fit's end: `Preprocessed` without the observation, and the mirrored people.

    Attributes:
        pixels, confidence, codes: as of `Preprocessed`.
        camera: (B, 4).
        seen: (B, 25), the confidence in the virtual camera's view.
        turn: (B, 3, 3), the view's rotation.
        flipped: (B,), see `canonical_side`.
        origin, axes: of the pose space.
    """

    pixels: Tensor
    confidence: Tensor
    codes: Tensor
    camera: Tensor
    seen: Tensor
    turn: Tensor
    flipped: Tensor
    origin: Tensor
    axes: Tensor


class Fixed(NamedTuple):
    """The inputs shared by all steps: `Observation`, known betas, `PoseSpace`, encoded context (B, 70, h)."""

    keypoints: Tensor
    confidence: Tensor
    focal: Tensor
    up: Tensor
    betas: Tensor
    origin: Tensor
    axes: Tensor
    context: Tensor

    @property
    def observation(self) -> Observation:
        """The observed people."""
        return Observation(*self[:4])


class Position(NamedTuple):
    """The state of a fit between steps, and the objective's value there.

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


_NUM_PREPARED, _NUM_FIXED = len(Prepared._fields), len(Fixed._fields)
_FIELDS = [field.name for field in dataclasses.fields(FitResult) if field.name != "camera"]


def unpack(given: Sequence[Tensor]) -> tuple[Prepared, Fixed, Position]:
    """Return what `Begin` gives, by name."""
    prepared, fixed = given[:_NUM_PREPARED], given[_NUM_PREPARED : _NUM_PREPARED + _NUM_FIXED]
    return Prepared(*prepared), Fixed(*fixed), Position(*given[_NUM_PREPARED + _NUM_FIXED :])


class Graph:
    """A part of a fit, from a flat sequence of tensors to another.

    Attributes:
        uses: how the names of the numbers of recovery and body begin that it reads.
    """

    uses: tuple[str, ...]

    def __init__(self, recovery: Recovery, body: Body) -> None:
        self.recovery, self.body = recovery, body

    def __call__(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Run it."""
        raise NotImplementedError

    @property
    def optimizer(self) -> LSR1:
        """The optimizer of the recovery; see `can_be_compiled`."""
        assert isinstance(self.recovery.optimizer, LSR1)
        return self.recovery.optimizer


class Begin(Graph):
    """Preparation, the initializer, and the objective with its gradient at its answer."""

    uses = ("recovery.initializer.", "recovery.coordinates", "recovery.optimizer.networks.encoder.", "body.")

    def __call__(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Turn `Inputs` into `Prepared`, `Fixed` and `Position`."""
        inputs = Inputs(*given)
        people = preprocess(inputs.pixels, inputs.confidence, Cameras(inputs.camera))
        observation, flipped = canonical_side(people.view.observation)
        guess = self.recovery.initializer(observation)
        first, space = start(guess.rotations, guess.betas)
        x = project_to_bounds(first, inputs.betas)
        context = self.optimizer.init(x, self.recovery.context(guess)).context
        assert context is not None  # never None, since each coordinate has features
        evaluation = evaluate(x, space, self.body, observation)
        slope = gradient(x, evaluation, space, self.body, observation)
        vectors = x.new_zeros(x.shape[0], self.optimizer.config.buffer, NUM_VARIABLES)
        nothing, camera = torch.zeros_like(x), people.camera.intrinsics
        seen, turn = people.view.observation.confidence, people.view.rotation
        return _clone_outputs(
            *Prepared(people.pixels, people.confidence, people.codes, camera, seen, turn, flipped, *space),
            *Fixed(*observation, inputs.betas, *space, context),
            *Position(x, slope, x, slope, nothing, vectors, evaluation.value),
        )


class Step(Graph):
    """One step of L-SR1, and the objective with its gradient where it leads."""

    uses = ("recovery.optimizer.", "body.")

    def __call__(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Turn `Fixed` and a `Position` without its value into the next `Position`."""
        fixed = Fixed(*given[:_NUM_FIXED])
        x, slope, previous, before, direction, vectors = given[_NUM_FIXED:]
        observation, space = fixed.observation, PoseSpace(fixed.origin, fixed.axes)
        past = LSR1State(previous, before, direction, vectors, fixed.context)
        step = self.optimizer.step(x, slope, past)
        moved = project_to_bounds(step.x, fixed.betas)
        evaluation = evaluate(moved, space, self.body, observation)
        there = gradient(moved, evaluation, space, self.body, observation)
        state = step.state
        return _clone_outputs(
            *Position(moved, there, x, slope, state.direction, state.vectors, evaluation.value)
        )


class Finish(Graph):
    """The end of a fit: the best point's body before its camera."""

    uses = ("body.",)

    def __call__(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Turn `Prepared`, points (B, K + 1, 70) and values (B, K + 1) into the tensors of a `FitResult`."""
        prepared, (points, values) = Prepared(*given[:_NUM_PREPARED]), given[_NUM_PREPARED:]
        nothing = prepared.pixels.new_zeros(())
        view = View(Observation(prepared.pixels, prepared.seen, nothing, nothing), prepared.turn)
        camera = Cameras(prepared.camera)
        people = Preprocessed(prepared.pixels, prepared.confidence, camera, view, prepared.codes)
        space = PoseSpace(prepared.origin, prepared.axes)
        result = postprocess(self.body, people, prepared.flipped, space, points, values)
        return _clone_outputs(*fields_of(result))


def fields_of(result: FitResult) -> list[Tensor]:
    """Return a result's tensors in order, the camera (B, 4) last."""
    return [*(getattr(result, name) for name in _FIELDS), result.camera.intrinsics]


def result_of(fields: Sequence[Tensor]) -> FitResult:
    """Build a result from its tensors; inverse of `fields_of`."""
    *values, camera = fields
    named: dict[str, Any] = dict(zip(_FIELDS, values, strict=True))
    return FitResult(**named, camera=Cameras(camera))


def _clone_outputs(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Copy outputs: they may be neither inputs nor the same tensor twice, and must be contiguous."""
    return tuple(tensor.clone(memory_format=torch.contiguous_format) for tensor in tensors)


def can_be_compiled(recovery: Recovery) -> bool:
    """Return whether graphs exist for a recovery: L-SR1 with a context, in 32 bits, on a CPU."""
    at = recovery.coordinates
    plain = at.device.type == "cpu" and at.dtype == torch.float32 and recovery.config.context > 0
    return isinstance(recovery.optimizer, LSR1) and plain


def example_inputs(count: int) -> Inputs:
    """Return inputs of different people, to trace and to verify the graphs with."""
    line = torch.linspace(-50.0, 50.0, 2 * NUM_CANONICAL).view(1, NUM_CANONICAL, 2)
    bent = line.square().flip(2) / 100.0
    share = torch.linspace(0.0, 1.0, count)[:, None, None]
    return Inputs(
        line.repeat(count, 1, 1) + share * bent,
        torch.ones(count, NUM_CANONICAL),
        torch.full((count, 4), torch.nan),
        torch.full((count, NUM_BETAS), torch.nan),
    )


GRAPHS: dict[str, type[Graph]] = {"begin": Begin, "step": Step, "finish": Finish}
"""The graphs by name."""


def graph_file(name: str) -> str:
    """Return the file name of a compiled graph."""
    return f"{name}.pt2"
