"""Graphs without numbers: weights and body are arguments, so that new ones need no new compilation."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor, nn
from torch.func import functional_call

from model.body.body import Body
from model.fit.network import Recovery

# Buffers of the body that only meshes need.
_OF_MESH = {f"body.{name}" for name in ("template", "shapedirs", "skinning", "posedirs")}


class _Graph(Protocol):
    """A graph; see `graphs.Graph`."""

    uses: tuple[str, ...]

    def __call__(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Run it."""


class Parts(nn.Module):
    """A graph together with the recovery and body that it reads.

    Args:
        recovery: the networks.
        body: the body.
        graph: class of the graph; its `uses` names the parts that it reads.
    """

    def __init__(self, recovery: Recovery, body: Body, graph: Callable[[Recovery, Body], _Graph]) -> None:
        super().__init__()
        self.recovery, self.body = recovery, body
        self._graph = graph(recovery, body)

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Run the graph."""
        return self._graph(*given)

    def numbers(self) -> dict[str, Tensor]:
        """Return the tensors of recovery and body that the graph reads, sorted by name."""
        every = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        names = sorted(name for name in every if name.startswith(self._graph.uses) and name not in _OF_MESH)
        return {name: every[name].detach().contiguous() for name in names}


class Pure(nn.Module):
    """A graph with its numbers as first arguments, in the order of `Parts.numbers`."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        # In a tuple, so that they don't become parameters of this module.
        self._parts = (parts,)
        self._names = list(parts.numbers())

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Run the graph with the given numbers and arguments."""
        count = len(self._names)
        numbers = dict(zip(self._names, given[:count], strict=True))
        answer: tuple[Tensor, ...] = functional_call(self._parts[0], numbers, given[count:])
        return answer
