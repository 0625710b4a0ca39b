"""Draw `docs/architecture.svg` from the imports of the code: rooms as boxes by floor, imports as arrows.

A room is a package or module directly below `model` or `service`. Each stands one floor above the highest
room that it imports. Arrows that follow from others are left out.
"""

import ast
from collections import defaultdict
from functools import cache
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
_COLOURS = {"model": "#dbe9f6", "service": "#fde6cf"}

Rooms = dict[str, set[str]]


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
    rows: dict[int, list[str]] = defaultdict(list)
    for room in sorted(graph, key=lambda name: (name.split(".")[0] != "service", name)):
        rows[level[room]].append(room)
    widest = max(map(len, rows.values()))
    width, height = widest * (_WIDTH + _GAP) + _GAP, len(rows) * _FLOOR + _GAP
    place: dict[str, tuple[float, float]] = {}
    for row, names in rows.items():
        left = (width - len(names) * (_WIDTH + _GAP) + _GAP) / 2
        for column, room in enumerate(names):
            place[room] = (left + column * (_WIDTH + _GAP), height - (row + 1) * _FLOOR + _GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for room, targets in sorted(reduced(graph).items()):
        lines += [_arrow(place[room], place[target]) for target in sorted(targets)]
    lines += [_box(room, *place[room]) for room in sorted(place)]
    return "\n".join([*lines, "</svg>", ""])


def _arrow(source: tuple[float, float], target: tuple[float, float]) -> str:
    x1, y1 = source[0] + _WIDTH / 2, source[1] + _HEIGHT
    x2, y2 = target[0] + _WIDTH / 2, target[1]
    bend = (y2 - y1) / 2
    return (
        f'<path d="M{x1:g} {y1:g} C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}" fill="none" '
        'stroke="#8a8f98" stroke-width="1"/>'
    )


def _box(room: str, x: float, y: float) -> str:
    top, name = room.split(".")
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" fill="{_COLOURS[top]}" '
        f'stroke="#59606b"/><text x="{x + _WIDTH / 2:g}" y="{y + 20:g}" text-anchor="middle" '
        f'font-size="14">{name}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(rooms()), encoding="utf-8")
