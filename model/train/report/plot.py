"""Pictures of runs: the parts of the loss, and the validation's error after each step, over iterations."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.train.report.log import LogError, read_log

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Values of a training event that are no part of the loss.
_NO_PART = ("event", "time", "iteration", "unroll", "people_per_second")
_COLUMNS = 3
_PANEL = (4.5, 3.2)  # inches

Curves = dict[str, dict[str, list[tuple[int, float]]]]


def plot_runs(folders: Sequence[Path], out: Path) -> None:
    """Draw the logs of runs into one picture (PNG, SVG or PDF by its name), a colour for each run.

    Raises:
        LogError: matplotlib is not installed, a folder has no log with something to draw, or the picture's
            kind is not known.
        OSError: the picture can't be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise LogError("matplotlib is not installed: pip install 'hmr-lsr1[train]'.") from error
    runs = {folder: curves(folder) for folder in folders}
    panels = list(dict.fromkeys(panel for of_run in runs.values() for panel in of_run))
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure(figsize=(_COLUMNS * _PANEL[0], rows * _PANEL[1]), layout="constrained")
    for place, panel in enumerate(panels):
        axes = figure.add_subplot(rows, _COLUMNS, place + 1, title=panel, xlabel="iteration")
        for number, (folder, of_run) in enumerate(runs.items()):
            _draw(axes, of_run.get(panel, {}), folder.name, f"C{number}")
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize="small")
    try:
        figure.savefig(out, dpi=120)
    except ValueError as error:
        raise LogError(f"{out} can't be drawn: {error}.") from error


def curves(folder: Path) -> Curves:
    """Read curves from a run's log: by panel and name, points (iteration, value) in order.

    Raises:
        LogError: the log is missing or has nothing to draw.
    """
    # After a crash a run repeats iterations: what was written last counts.
    found: dict[str, dict[str, dict[int, float]]] = {}
    for record in read_log(folder):
        for panel, name, value in _points(record):
            found.setdefault(panel, {}).setdefault(name, {})[record["iteration"]] = value
    if not found:
        raise LogError(f"{folder} has nothing to draw yet: its log holds no numbers.")
    return {
        panel: {name: sorted(points.items()) for name, points in names.items()}
        for panel, names in found.items()
    }


def _points(record: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Panel, curve and value of each number of an event that is drawn."""
    if record["event"] == "train":
        return [(name, "", value) for name, value in record.items() if name not in _NO_PART]
    if record["event"] == "validation":
        panel = f"PA-MPJPE, {record['data']}, mm"
        names = ["initializer", *(f"step {k}" for k in range(1, len(record["pa_mpjpe_mm"])))]
        return [(panel, name, value) for name, value in zip(names, record["pa_mpjpe_mm"], strict=True)]
    return []


def _draw(axes: "Axes", names: dict[str, list[tuple[int, float]]], run: str, colour: str) -> None:
    """A run's curves of one panel: the later the step, the stronger the line; first and last are named."""
    ends = {0: (0, 3), len(names) - 1: (0, -8)}  # points above and below, so that they don't overlap
    for number, (name, points) in enumerate(names.items()):
        label = run if number == len(names) - 1 else None
        opacity = (number + 1) / len(names)
        iterations, values = zip(*points, strict=True)
        marker = "." if len(points) < 30 else None
        axes.plot(iterations, values, color=colour, alpha=opacity, label=label, marker=marker, linewidth=1.2)
        if number in ends and len(names) > 1:
            axes.annotate(
                name, points[-1], ends[number], textcoords="offset points",
                color=colour, fontsize="x-small", horizontalalignment="right",
            )  # fmt: skip
