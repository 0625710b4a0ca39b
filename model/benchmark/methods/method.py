"""The protocol of compared methods: observed people in, iterates out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from torch import Tensor

from model.body.body import Body
from model.evaluate.starts import Start
from model.fit.network import Recovery
from model.fit.observation import Observation


class Iterate(NamedTuple):
    """State of a fit.

    Attributes:
        taken: (B,) iterations so far.
        rotations, betas: (B, 24, 3, 3), in the axes of the virtual camera, and (B, 10).
    """

    taken: Tensor
    rotations: Tensor
    betas: Tensor


class Pace(StrEnum):
    """Speed class of a method, which limits the number of people it fits."""

    FAST = "fast"
    SLOW = "slow"
    SLOWEST = "slowest"


class Method(Protocol):
    """A way to fit people.

    Attributes:
        name, description: for tables, and in words.
        parameters: learned numbers, of networks or of a prior.
        pace: speed class.
        batched: whether it fits many people at once.
    """

    @property
    def name(self) -> str:
        """Short name in tables."""

    @property
    def description(self) -> str:
        """Description in words."""

    @property
    def parameters(self) -> int:
        """Number of learned parameters."""

    @property
    def pace(self) -> Pace:
        """Speed class, which decides how many people the method fits."""

    @property
    def batched(self) -> bool:
        """True if people are fitted in batches."""

    def fit(self, body: Body, observation: Observation, /) -> list[Iterate]:
        """Return iterates from the start to the answer, some or all; each person is fitted as if alone."""


@dataclass(frozen=True, eq=False)
class Learned:
    """The initializer and steps of a learned optimizer; with none, the initializer alone."""

    name: str
    description: str
    recovery: Recovery
    steps: int
    pace: Pace = Pace.FAST
    batched: bool = True

    @property
    def parameters(self) -> int:
        """Parameters of the networks that run: without steps, neither the optimizer nor its context."""
        optimizer = ("optimizer.", "coordinates", "initializer.context.")
        return sum(
            value.numel()
            for name, value in self.recovery.named_parameters()
            if self.steps or not name.startswith(optimizer)
        )

    def fit(self, body: Body, observation: Observation) -> list[Iterate]:
        """Return every iterate."""
        space, trajectory = self.recovery.trajectory(body, observation, self.steps)
        zero = observation.focal.new_zeros(len(observation.focal))
        return [Iterate(zero + k, *space.decode(x)) for k, x in enumerate(trajectory.points)]


@dataclass(frozen=True, eq=False)
class Constant:
    """A start, such as the mean pose, for an answer."""

    name: str
    description: str
    start: Start
    parameters: int = 0
    pace: Pace = Pace.FAST
    batched: bool = True

    def fit(self, body: Body, observation: Observation) -> list[Iterate]:
        """Return one iterate."""
        x, space = self.start(observation)
        return [Iterate(x.new_zeros(len(x)), *space.decode(x))]
