"""Pictures of a comparison, each with the file of its numbers beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model.benchmark.breakdown import Series, by_direction, by_joint, by_missing, by_steps, by_time
from model.benchmark.labelled import DatasetError
from model.benchmark.result import MethodCost, MethodScore

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ERROR = "PA-MPJPE, mm"
_WIDE, _HIGH, _COLUMNS = 6.4, 4.0, 2  # inches; panels in a row

# Where people are sorted into bins, a method that fitted fewer than this says nothing.
_FEWEST = 30
# Of the learned optimizers' steps only these, lest lines hide each other.
_BINNED = ("initializer", "lsr1-4", "lgd-4", "smplify-adam", "smplify-lbfgs", "adam", "lbfgs")
_CURVES = ("mean-pose", "initializer", "lsr1-13", "lgd-13")

_COLOURS = {
    "mean-pose": "0.5", "initializer": "black", "lsr1": "C3", "lgd": "C1", "smplify-lbfgs": "C0",
    "smplify-adam": "C9", "lbfgs": "C2", "adam": "C8",
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One file: its name, what the axes say, and the lines."""

    name: str
    x: str
    lines: list[Series]
    logarithmic: bool = False
    categories: bool = False


def draw_all(scores: Sequence[MethodScore], costs: Sequence[MethodCost], out: Path) -> list[Path]:
    """Write every picture (PNG) with its data (JSON) into a folder.

    Raises:
        DatasetError: matplotlib is not installed.
    """
    paths = []
    out.mkdir(parents=True, exist_ok=True)
    for picture in pictures(scores, costs):
        (out / f"{picture.name}.json").write_text(json.dumps(picture.lines, indent=1) + "\n")
        paths.append(out / f"{picture.name}.png")
        _draw(picture, paths[-1])
    return paths


def pictures(scores: Sequence[MethodScore], costs: Sequence[MethodCost]) -> list[Picture]:
    """What is drawn: of each learned optimizer the longest run in curves, the shortest in bins."""
    learned = ("lsr1", "lgd")
    curves = [s for s in scores if _family(s.method) not in learned or s.method in _longest(scores)]
    many = [s for s in scores if len(s.people) >= min(_FEWEST, _most(scores)) and s.method in _BINNED]
    return [
        Picture("error_by_steps", "iterations", by_steps(curves), logarithmic=True),
        Picture("error_by_time", "processor seconds a person", by_time(curves, costs), logarithmic=True),
        Picture("error_by_joint", "", by_joint(many), categories=True),
        Picture(
            "error_by_direction",
            "seen from, degrees (0: front, 90: right)",
            by_direction(many),
            categories=True,
        ),
        Picture("error_by_missing", "missing keypoints of 25", by_missing(many), categories=True),
    ]


def _most(scores: Sequence[MethodScore]) -> int:
    return max((len(score.people) for score in scores), default=0)


def _longest(scores: Sequence[MethodScore]) -> list[str]:
    names = {s.method for s in scores if "-" in s.method and s.method.rpartition("-")[2].isdigit()}
    best: dict[str, str] = {}
    for name in sorted(names, key=lambda name: int(name.rpartition("-")[2])):
        best[_family(name)] = name
    return list(best.values())


def _family(method: str) -> str:
    stem = method.removesuffix("-initializer")
    head, _, tail = stem.rpartition("-")
    return head if tail.isdigit() else stem


def _draw(picture: Picture, path: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DatasetError("matplotlib is not installed: pip install 'hmr-lsr1[train]'.") from error
    names = list(dict.fromkeys(line["dataset"] for line in picture.lines))
    rows = max(-(-len(names) // _COLUMNS), 1)
    figure = Figure(figsize=(_COLUMNS * _WIDE, rows * _HIGH), layout="constrained")
    for place, name in enumerate(names):
        axes = figure.add_subplot(rows, _COLUMNS, place + 1, title=name, xlabel=picture.x, ylabel=_ERROR)
        _panel(axes, picture, [line for line in picture.lines if line["dataset"] == name])
    handles = {
        label: handle
        for axes in figure.axes
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if handles:
        figure.legend(
            list(handles.values()), list(handles), loc="outside lower center", ncols=5, fontsize="small"
        )
    figure.savefig(path, dpi=110)


def _panel(axes: "Axes", picture: Picture, lines: list[Series]) -> None:
    # A category has one place, whichever lines have something there.
    places = list(dict.fromkeys(x for line in lines for x in line["x"])) if picture.categories else []
    if picture.categories and all(str(x).rstrip("+").split("-")[0].isdigit() for x in places):
        places.sort(key=lambda x: int(str(x).rstrip("+").split("-")[0]))
    for line in lines:
        points = [
            (places.index(x) if places else x, y)
            for x, y in zip(line["x"], line["y"], strict=True)
            if y is not None
        ]
        if not points:
            continue
        colour = _COLOURS.get(_family(line["method"]), "C7")
        style = "--" if line["method"].endswith("-initializer") else "-"
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, style, color=colour, marker=".", label=line["method"], linewidth=1.3)
        if "low" in line:
            axes.fill_between(xs, line["low"], line["high"], color=colour, alpha=0.1, linewidth=0)
    if places:
        turned = 60 if max(len(str(x)) for x in places) > 6 else 0
        axes.set_xticks(
            range(len(places)), [str(x).replace("_", " ") for x in places], rotation=turned, fontsize="small"
        )
    if picture.logarithmic:
        axes.set_xscale(
            "log" if picture.name.endswith("time") else "symlog",
            **({} if picture.name.endswith("time") else {"linthresh": 1}),
        )
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
