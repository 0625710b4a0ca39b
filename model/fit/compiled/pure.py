"""Weights and body as arguments of a graph rather than parts of it: other ones need no other graph."""

from torch import Tensor, nn
from torch.func import functional_call

from model.body.body import Body
from model.fit.compiled.graphs import Graph
from model.fit.network import Recovery

# Of the body: what only the mesh needs.
_OF_MESH = {f"body.{name}" for name in ("template", "shapedirs", "skinning", "posedirs")}


class Parts(nn.Module):
    """Recovery and body, and what is done with them.

    Args:
        recovery, body: whose numbers count, or only their shapes.
        graph: the part of the fit.
    """

    def __init__(self, recovery: Recovery, body: Body, graph: type[Graph]) -> None:
        super().__init__()
        self.recovery, self.body = recovery, body
        self._graph = graph(recovery, body)

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        """As the graph."""
        return self._graph(*given)

    def numbers(self) -> dict[str, Tensor]:
        """Those of weights and body that the graph reads, by name and in the order of their names."""
        every = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        names = sorted(name for name in every if name.startswith(self._graph.uses) and name not in _OF_MESH)
        return {name: every[name].detach().contiguous() for name in names}


class Pure(nn.Module):
    """A graph without numbers of its own: they come before its other arguments, in the order of `numbers`."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        # In a tuple, so that they are no parameters of this module.
        self._parts = (parts,)
        self._names = list(parts.numbers())

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Numbers and arguments to the graph's answer."""
        count = len(self._names)
        numbers = dict(zip(self._names, given[:count], strict=True))
        answer: tuple[Tensor, ...] = functional_call(self._parts[0], numbers, given[count:])
        return answer
