"""A plot and its data: both there, the numbers right, the same each time."""

import csv
import sys
from pathlib import Path
from typing import Any

import pytest

from model.experiments.errors import ExperimentError
from model.experiments.report.figure import write_figure

ROWS = [("a", 1, 0.123456789), ("b, c", 2, float("inf"))]


def panel(axes: Any) -> None:
    axes.plot([1, 2], [3, 4])


def test_the_data_is_beside_the_picture_and_both_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_figure(tmp_path / f"{name}.png", ("who", "step", "error"), ROWS, [panel, panel])
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with (tmp_path / "one.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"who": "a", "step": "1", "error": "0.123457"},
        {"who": "b, c", "step": "2", "error": "inf"},
    ]


def test_each_panel_has_separate_axes(tmp_path: Path) -> None:
    drawn: list[Any] = []
    write_figure(tmp_path / "a.png", ("n",), [(1,)], [drawn.append, drawn.append])
    assert len({id(axes) for axes in drawn}) == 2


def test_a_missing_matplotlib_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ExperimentError, match=r"pip install 'hmr-lsr1\[train\]'"):
        write_figure(tmp_path / "a.png", ("n",), [(1,)], [panel])
    assert not list(tmp_path.iterdir())
