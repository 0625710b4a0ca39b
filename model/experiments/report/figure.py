"""Plots, each with the numbers that it shows in a CSV file of the same name beside it."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from model.atomic_write import atomic_write
from model.experiments.errors import ExperimentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes

Row = Sequence[str | int | float]
_PANEL = (4.6, 3.4)  # inches
_DPI = 72  # keeps a picture below 100 kB


def write_figure(
    path: Path,
    heads: Sequence[str],
    rows: Sequence[Row],
    panels: Sequence[Callable[["Axes"], None]],
    width: float = 1.0,
) -> None:
    """Write the picture (PNG) and, first, its data (CSV).

    Args:
        path: of the picture; the data has its name with the ending csv.
        heads: names of the columns.
        rows: the data.
        panels: each draws into separate axes, side by side.
        width: of a panel, relative to the usual one.

    Raises:
        ExperimentError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ExperimentError("matplotlib is not installed: pip install 'hmr-lsr1[train]'.") from error
    atomic_write(path.with_suffix(".csv"), _csv(heads, rows))
    figure = Figure(figsize=(len(panels) * width * _PANEL[0], _PANEL[1]), layout="constrained")
    for place, draw in enumerate(panels, 1):
        axes = figure.add_subplot(1, len(panels), place)
        draw(axes)
        axes.grid(alpha=0.3)
    picture = io.BytesIO()
    # Without the program's version and date the same numbers give the same file.
    figure.savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
    atomic_write(path, picture.getvalue())


def _csv(heads: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    return text.getvalue().encode()
