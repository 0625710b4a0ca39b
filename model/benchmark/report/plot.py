"""Pictures of a comparison, each with the file of its numbers beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model.benchmark.dataset import DatasetError
from model.benchmark.report.plot_data import Series, by_direction, by_joint, by_missing, by_steps, by_time
from model.benchmark.result import MethodCost, MethodScore

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ERROR = "PA-MPJPE, mm"
_WIDE, _HIGH, _COLUMNS = 6.4, 4.0, 2  # inches; panels in a row

# A method that fitted fewer people than this is not shown in bins.
_FEWEST = 30
# Of the learned optimizers' steps only these, lest lines hide each other.
_BINNED = ("initializer", "lsr1-4", "lgd-4", "smplify-adam", "smplify-lbfgs", "adam", "lbfgs")

_COLOURS = {
    "mean-pose": "0.5", "initializer": "black", "lsr1": "C3", "lgd": "C1", "smplify-lbfgs": "C0",
    "smplify-adam": "C9", "lbfgs": "C2", "adam": "C8",
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture: its file's name, label and scale of its axis (matplotlib's, or categories), its lines."""

    name: str
    x: str
    lines: list[Series]
    scale: str = "categories"


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
    """Return what is drawn: of each learned optimizer the longest run in curves, the shortest in bins."""
    learned = ("lsr1", "lgd")
    curves = [s for s in scores if _family(s.method) not in learned or s.method in _longest(scores)]
    many = [s for s in scores if len(s.people) >= min(_FEWEST, _most(scores)) and s.method in _BINNED]
    return [
        Picture("error_by_steps", "iterations", by_steps(curves), "symlog"),
        Picture("error_by_time", "processor seconds a person", by_time(curves, costs), "log"),
        Picture("error_by_joint", "", by_joint(many)),
        Picture("error_by_direction", "seen from, degrees (0: front, 90: right)", by_direction(many)),
        Picture("error_by_missing", "missing keypoints of 25", by_missing(many)),
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
        lines = [line for line in picture.lines if line["dataset"] == name]
        fitted = sorted({line["fitted"] for line in lines}, reverse=True)
        title = f"{name}: {', '.join(map(str, fitted))} people"
        axes = figure.add_subplot(rows, _COLUMNS, place + 1, title=title, xlabel=picture.x, ylabel=_ERROR)
        _panel(axes, picture.scale, lines)
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


def _panel(axes: "Axes", scale: str, lines: list[Series]) -> None:
    categories = _categories(lines) if scale == "categories" else []
    for line in lines:
        known = [k for k, y in enumerate(line["y"]) if y is not None]
        if not known:
            continue
        xs = [categories.index(line["x"][k]) if categories else line["x"][k] for k in known]
        colour = _COLOURS.get(_family(line["method"]), "C7")
        style = "--" if line["method"].endswith("-initializer") else "-"
        ys = [line["y"][k] for k in known]
        axes.plot(xs, ys, style, color=colour, marker=".", label=line["method"], linewidth=1.3)
        if "low" in line:
            axes.fill_between(xs, line["low"], line["high"], color=colour, alpha=0.1, linewidth=0)
    if categories:
        turned = 60 if max(map(len, categories)) > 6 else 0
        labels = [name.replace("_", " ") for name in categories]
        axes.set_xticks(range(len(labels)), labels, rotation=turned, fontsize="small")
    else:
        axes.set_xscale(scale)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)


def _categories(lines: list[Series]) -> list[str]:
    """Return the categories of all lines, numbers and ranges ("3-5", "10+") by size."""
    names: list[str] = list(dict.fromkeys(x for line in lines for x in line["x"]))
    first = {name: name.rstrip("+").split("-")[0] for name in names}
    return sorted(names, key=lambda name: int(first[name]) if first[name].isdigit() else 0)
