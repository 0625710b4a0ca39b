"""Draw `docs/architecture.svg` from the imports of the code: rooms as boxes by floor, imports as arrows.

A room is a package or module directly below `model` or `service`. Each stands one floor above the highest
room that it imports. Arrows that follow from others are left out; the rest pass between boxes.
"""

import ast
from collections import defaultdict
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = Path(__file__).with_name("architecture.svg")

# Imported nearly everywhere, or entry points: they would hide the rest.
_OMITTED = {
    "model.batched",
    "model.atomic_write",
    "model.rotation",
    "model.status",
    "service.__main__",
    "service.errors",
}

_WIDTH, _HEIGHT, _GAP, _FLOOR = 128, 30, 16, 78
_SWEEPS = 12
_COLOURS = {"model": "#dbe9f6", "service": "#fde6cf"}

Rooms = dict[str, set[str]]
Node = tuple[str, str]  # a room and "", or a floor and the arrow that crosses it


def rooms() -> Rooms:
    """Return the rooms that each room imports."""
    modules = {_name(path): path for top in ("model", "service") for path in (ROOT / top).rglob("*.py")}
    found: Rooms = defaultdict(set)
    for module, path in modules.items():
        for imported in _imports(path):
            source, target = _room(module), _room(imported)
            if source and target and source != target:
                found[source].add(target)
                found.setdefault(target, set())
    return dict(found)


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _room(module: str) -> str | None:
    top, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    exists = (ROOT / top / name).is_dir() or (ROOT / top / f"{name}.py").is_file()
    room = f"{top}.{name}"
    return room if top in _COLOURS and name and exists and room not in _OMITTED else None


def floors(graph: Rooms) -> dict[str, int]:
    """Return the floor of each room, 0 at the bottom; ValueError if rooms import each other in a circle."""

    @cache
    def floor(room: str) -> int:
        if room in pending:
            raise ValueError(f"a circle of imports runs through {room}")
        pending.add(room)
        height = 1 + max(map(floor, graph[room]), default=-1)
        pending.discard(room)
        return height

    pending: set[str] = set()
    return {room: floor(room) for room in graph}


def reduced(graph: Rooms) -> Rooms:
    """Return the graph without arrows that follow from others."""

    @cache
    def below(room: str) -> frozenset[str]:
        return frozenset(graph[room]).union(*map(below, graph[room]))

    return {
        room: {
            target for target in targets if not any(target in below(other) for other in targets - {target})
        }
        for room, targets in graph.items()
    }


def draw(graph: Rooms) -> str:
    """Return the picture as SVG."""
    level = floors(graph)
    paths = {
        (room, target): _path(room, target, level)
        for room, below in reduced(graph).items()
        for target in below
    }
    rows = _ordered(graph, level, paths)
    widths = {row: sum(_wide(node) + _GAP for node in nodes) - _GAP for row, nodes in rows.items()}
    width, height = max(widths.values()) + 2 * _GAP, len(rows) * _FLOOR + _GAP
    place: dict[Node, tuple[float, float]] = {}
    for row, nodes in rows.items():
        left = (width - widths[row]) / 2
        for node in nodes:
            place[node] = (left, height - (row + 1) * _FLOOR + _GAP)
            left += _wide(node) + _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" font-family="sans-serif">',
        f'<rect width="{width:g}" height="{height}" fill="white"/>',
    ]
    lines += [_arrow([(node, *place[node]) for node in paths[pair]]) for pair in sorted(paths)]
    lines += [_box(room, *place[room, ""]) for room in sorted(graph)]
    return "\n".join([*lines, "</svg>", ""])


def _path(room: str, target: str, level: dict[str, int]) -> list[Node]:
    """Return the nodes of an arrow: the rooms, and between them a gap on each floor that it crosses."""
    gaps = [(f"{floor:02}", f"{room}>{target}") for floor in range(level[room] - 1, level[target], -1)]
    return [(room, ""), *gaps, (target, "")]


def _ordered(
    graph: Rooms, level: dict[str, int], paths: dict[tuple[str, str], list[Node]]
) -> dict[int, list[Node]]:
    """Return the nodes of each floor, by the mean place of their neighbours, so that few arrows cross."""
    rows: dict[int, list[Node]] = defaultdict(list)
    for room in sorted(graph, key=lambda name: (not name.startswith("service"), name)):
        rows[level[room]].append((room, ""))
    beside: dict[Node, list[Node]] = defaultdict(list)
    for pair in sorted(paths):
        nodes = paths[pair]
        for node in nodes[1:-1]:
            rows[int(node[0])].append(node)
        for upper, lower in pairwise(nodes):
            beside[upper].append(lower)
            beside[lower].append(upper)
    for _ in range(_SWEEPS):
        for floor in [*sorted(rows), *sorted(rows, reverse=True)]:
            at = {node: _centre(row, index) for row in rows.values() for index, node in enumerate(row)}
            mean = {
                node: sum(at[other] for other in beside[node]) / max(1, len(beside[node]))
                for node in rows[floor]
            }
            rows[floor].sort(key=lambda node: (mean[node], node))
    return rows


def _wide(node: Node) -> float:
    return 0 if node[1] else _WIDTH


def _centre(row: list[Node], index: int) -> float:
    """Return where the middle of a node is, from the middle of its floor."""
    starts = [0.0, *accumulate(_wide(node) + _GAP for node in row)]
    return starts[index] + _wide(row[index]) / 2 - (starts[-1] - _GAP) / 2


def _arrow(nodes: list[tuple[Node, float, float]]) -> str:
    """Return a curve through the gaps of an arrow, straight where it crosses a floor."""
    points = [(x + _wide(node) / 2, y) for node, x, y in nodes]
    x, y = points[0][0], points[0][1] + _HEIGHT
    path = [f"M{x:g} {y:g}"]
    for x2, y2 in points[1:]:
        bend = (y2 - y) / 2
        path.append(f"C{x:g} {y + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}")
        x, y = x2, y2 + _HEIGHT
        if (x2, y2) != points[-1]:
            path.append(f"V{y:g}")
    return f'<path d="{" ".join(path)}" fill="none" stroke="#8a8f98" stroke-width="1"/>'


def _box(room: str, x: float, y: float) -> str:
    top, name = room.split(".")
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" fill="{_COLOURS[top]}" '
        f'stroke="#59606b"/><text x="{x + _WIDTH / 2:g}" y="{y + 20:g}" text-anchor="middle" '
        f'font-size="14">{name}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(rooms()), encoding="utf-8")
