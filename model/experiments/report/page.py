"""The page of results: every experiment that was run, with its budget, beside the paper's figures."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from model.atomic_write import atomic_write
from model.experiments.errors import ExperimentError
from model.experiments.registry import EXPERIMENTS, RESULT
from model.experiments.report.sections.ablation import ablation_section
from model.experiments.report.sections.profiles import profiles_section
from model.experiments.report.sections.quadratics import quadratics_section

_SECTIONS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "quadratics": quadratics_section,
    "quadratics-ablation": ablation_section,
    "profiles": profiles_section,
}

# Pages that other commands write, by heading: taken over as they are.
_PAGES = {
    "People: the ablation (`hmr experiments ablation`)": Path("ablation") / "table.md",
    "People: the comparison (`hmr evaluate methods`)": Path("benchmark") / "benchmark.md",
}

# What a result consists of; networks and unfinished parts stay where they are.
_KEPT = ("*.json", "*.csv", "*.png", "*.md", "plots/*.json", "plots/*.png")
_PICTURES = ("*.png", "plots/*.png")
_COPIES = "results"

# What whoever ran it wants to be read with it.
_NOTES = "notes.md"

_HEAD = """\
# Results

Made by `hmr experiments report` from the files in `results/`; every figure was run with this code, or with
that which its section names, on one core of a shared machine without a GPU. The budgets are small
fractions of the paper's, so orders can be compared, not numbers.
"""

_PAPER = {
    "quadratics": """\
The paper (arXiv 2508.12270; 10,000 iterations of 128 problems, 32 unrolled steps, buffer 16 in training
and 64 in the test, secant weight 10) expects L-BFGS to be fastest, projection better than none, and the
cosine to rise with projection. Ours differs on purpose: inputs in the problem's own lengths, B q as
input in place of d, no norm, learning-rate constants 1 and 1, a penalty relative to |p|^2, the logarithm
of the error as loss.""",
    "quadratics-ablation": """\
The paper's ablation (validation loss on 32 quadratics of its own, its own budget): h = 128 with all five
inputs -2.56; h = 64 -1.90; inputs dropped -2.09 to -2.51.""",
    "profiles": """\
The paper's solvers are L-SR1 with and without projection, L-BFGS, Adam and AdaHessian, L-SR1 learned in
10,000 iterations; its areas are not known here. On diagonal quadratics, two thirds of the problems,
AdaHessian's estimate of the Hessian's diagonal is exact.""",
}

_PEOPLE = """\
The paper's figures on people, 3DPW test, PA-MPJPE in mm, from detected 2D keypoints: SMPLify 106.8, SPIN
59.2, LGD (4 steps) 55.90, L-SR1 without the secant loss (4) 52.80, L-SR1 (4) 51.74, L-SR1 (13) 51.58.
3DPW needs a licence and was not run here: ours are of other data and another body."""


def write_report(results: Path, out: Path) -> list[str]:
    """Write the page, and copy what it was made from to `results/` beside it; the names of the sections.

    A `notes.md` beside a result is read with it: what its settings come from, or on what it was run.

    Raises:
        ExperimentError: no results were found, or one can't be read.
    """
    found = {name: section for name in EXPERIMENTS if (section := _of_experiment(results / name, name))}
    pages = {head: text for head, path in _PAGES.items() if (text := _page(results / path))}
    if not found and not pages:
        raise ExperimentError(f"{results} holds no results: run `hmr experiments run all --out {results}`.")
    parts = [_HEAD, *found.values()]
    if pages:
        parts.append(f"## People\n\n{_PEOPLE}\n")
    parts += [f"## {head}\n\n{text}" for head, text in pages.items()]
    out.parent.mkdir(parents=True, exist_ok=True)
    kept = [results / name for name in found] + [(results / _PAGES[head]).parent for head in pages]
    for folder in kept:
        _copy(folder, out.parent / _COPIES / folder.name)
    atomic_write(out, "\n".join(parts).encode())
    return [*found, *pages]


def _of_experiment(folder: Path, name: str) -> str | None:
    """Its section, None if it wasn't finished."""
    path = folder / RESULT
    if not path.exists():
        return None
    try:
        result = json.loads(path.read_text())
        body = _SECTIONS[name](result["settings"], result["values"])
        seconds, quick = float(result["seconds"]), bool(result["quick"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ExperimentError(
            f"{path} is no result of {name}: {error!r}. Remove it to run it again."
        ) from error
    budget = f"Budget: {seconds / 60:.1f} minutes of one core (`hmr experiments run {name}`)."
    if quick:
        budget += " This was a try with --quick: its figures mean nothing."
    description = EXPERIMENTS[name].description
    head = f"## {name}\n\n{description[0].upper()}{description[1:]}. {budget}"
    return "\n\n".join([head, _PAPER[name], body, *_notes(folder), *_pictures(folder)]) + "\n"


def _page(path: Path) -> str | None:
    """A page of another command, its headings two levels down and without its title."""
    if not path.exists():
        return None
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# ")]
    body = "\n".join(f"#{line}" if line.startswith("##") else line for line in lines).strip()
    return "\n\n".join([*_notes(path.parent), body, *_pictures(path.parent)]) + "\n"


def _notes(folder: Path) -> list[str]:
    """Return the notes beside a result, if any."""
    path = folder / _NOTES
    return [path.read_text().strip()] if path.exists() else []


def _pictures(folder: Path) -> list[str]:
    """Links to the copies of a result's pictures."""
    found = sorted(path for pattern in _PICTURES for path in folder.glob(pattern))
    return [f"![{path.stem}]({_COPIES}/{folder.name}/{path.relative_to(folder)})" for path in found]


def _copy(folder: Path, to: Path) -> None:
    if folder.resolve() == to.resolve():
        return
    for pattern in _KEPT:
        for path in folder.glob(pattern):
            copy = to / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
