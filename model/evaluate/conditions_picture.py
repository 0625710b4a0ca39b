"""A picture of the sweeps: maps over yaw and elevation, curves over distance, bars for the rest."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model.evaluate.conditions import ELEVATIONS, YAWS, Conditions, Table
from model.evaluate.postures import POSTURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (15.0, 11.0)  # inches
# Colours of the maps reach to these: degrees of the knees off, millimetres.
_MAPS = {"knees": 40.0, "pa_mpjpe_mm": 80.0}


class PictureError(Exception):
    """A picture can't be drawn; the message says why."""


def draw_conditions(conditions: Conditions, out: Path) -> None:
    """Draw all tables into one picture (PNG, SVG or PDF by its name).

    Raises:
        PictureError: matplotlib is not installed, or the picture's kind is not known.
        OSError: it can't be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PictureError("matplotlib is not installed: pip install 'hmr-lsr1[train]'.") from error
    figure = Figure(figsize=_SIZE, layout="constrained")
    grid = figure.subplots(3, 3)
    for column, name in enumerate(POSTURES):
        rows = [row for row in conditions.view if row["posture"] == name]
        off = [{**row, "knees": float(row["knees"]) - float(row["true_knees"])} for row in rows]
        _map(figure, grid[0, column], off, "knees", f"{name}: knees' bend less the truth's, degrees")
        _map(figure, grid[1, column], rows, "pa_mpjpe_mm", f"{name}: PA-MPJPE, mm")
    _over_distance(grid[2, 0], conditions.distance)
    _bars(grid[2, 1], conditions.unseen, "unseen")
    _bars(grid[2, 2], conditions.proportions + _renamed(conditions.confidence), "spread")
    try:
        figure.savefig(out, dpi=110)
    except ValueError as error:
        raise PictureError(f"{out} can't be drawn: {error}.") from error


def _map(figure: "Figure", axes: "Axes", rows: Table, measure: str, title: str) -> None:
    values = np.array([float(row[measure]) for row in rows]).reshape(len(YAWS), len(ELEVATIONS)).T
    low = -_MAPS[measure] if measure == "knees" else 0.0
    colours = "coolwarm" if measure == "knees" else "viridis"
    image = axes.imshow(values, origin="lower", cmap=colours, vmin=low, vmax=_MAPS[measure], aspect="auto")
    figure.colorbar(image, ax=axes)
    axes.set(title=title, xlabel="yaw", ylabel="elevation")
    axes.set_xticks(range(len(YAWS)), [f"{yaw:.0f}" for yaw in YAWS], fontsize="x-small")
    axes.set_yticks(range(len(ELEVATIONS)), [f"{elevation:.0f}" for elevation in ELEVATIONS])


def _over_distance(axes: "Axes", rows: Table) -> None:
    first = [row for row in rows if row["focal"] == rows[0]["focal"]]
    distance = [float(row["distance"]) for row in first]
    for measure in ("depth_error_percent", "betas_error"):
        values = [abs(float(row[measure])) for row in first]
        axes.semilogx(distance, values, marker=".", label=measure)
    axes.set(title="one body, moved away", xlabel="metres", ylim=(0, 12))
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)


def _bars(axes: "Axes", rows: Table, column: str) -> None:
    ways = list(dict.fromkeys(str(row[column]) for row in rows))
    for place, name in enumerate(POSTURES):
        values = [float(row["pa_mpjpe_mm"]) for row in rows if row["posture"] == name]
        axes.barh(np.arange(len(ways)) + 0.27 * (place - 1), values, 0.25, label=name)
    axes.set_yticks(range(len(ways)), ways, fontsize="small")
    axes.set(title=f"PA-MPJPE, mm, by {column}", xlabel="mm")
    axes.legend(fontsize="small")


def _renamed(rows: Table) -> Table:
    """Rows of confidences as further ones of the spread's."""
    return [{**row, "spread": f"confidence {row['confidence']}"} for row in rows]
