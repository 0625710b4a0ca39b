"""The quadratics: losses, errors and cosines, and which of the paper's orders were seen."""

from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any

from model.experiments.quadratics import LBFGS_NAME, WITH, WITHOUT
from model.experiments.report.markdown import table

Values = Mapping[str, Any]
# With projection, without, L-BFGS; each the convergence by measure.
Order = Callable[[Values, Values, Values], bool]

# The step from which on projection is expected to be better.
_FROM = 5


def quadratics_section(settings: Values, values: Values) -> str:
    """Markdown of the experiment's settings and result."""
    lines, last = values["lines"], settings["steps"]
    heads = [
        "solver", "seed", "buffer", "mean loss", "mean error", "median error",
        *(f"error at {step}" for step in _steps(last)), f"cosine at {_FROM}", f"cosine at {last}",
    ]  # fmt: skip
    rows = [_row(line) for line in lines]
    return "\n\n".join([_introduction(settings), table(heads, rows), _orders(lines, last), _shares(lines)])


def _steps(last: int) -> list[int]:
    """Return the runs with a mean error in the table."""
    return [min(_FROM, last), last // 2, last]


def _introduction(settings: Values) -> str:
    meta = settings["meta"]
    return f"""\
{settings["problems"]} quadratics of {settings["size"]} variables, {settings["steps"]} steps; trained on \
{meta["size"]} variables, {meta["iterations"]} meta-iterations of {meta["batch"]} problems, {meta["unroll"]} \
unrolled steps, buffer {meta["optimizer"]["buffer"]}, secant weight {meta["secant"]:g} ({meta["penalty"]}). \
Loss: f(x_k), mean over steps and problems. Error: (f(x_k) - f\\*)/(f(x_0) - f\\*). Cosine: between the step \
and the Newton direction."""


def _row(line: Values) -> list[str]:
    measured = line["convergence"]
    errors = [measured["error"][step] for step in _steps(len(measured["error"]) - 1)]
    numbers = [*(mean(measured[name][1:]) for name in ("loss", "error", "median")), *errors]
    cosines = [measured["cosine"][min(_FROM, len(measured["cosine"])) - 1], measured["cosine"][-1]]
    return [
        line["solver"],
        str(line["seed"] or "–"),
        str(line["buffer"]),
        *(f"{number:.3g}" for number in numbers),
        *(f"{cosine:.2f}" for cosine in cosines),
    ]


def _orders(lines: Sequence[Values], last: int) -> str:
    """Each expected order, and in which runs it was seen."""
    found = {(line["solver"], line["seed"], line["buffer"]): line["convergence"] for line in lines}
    runs = [key[1:] for key in found if key[0] == WITH]
    rows = []
    for description, holds in _expected(last).items():
        failed = [
            f"seed {seed}, buffer {buffer}"
            for seed, buffer in runs
            if not holds(
                found[WITH, seed, buffer],
                found[WITHOUT, seed, buffer],
                found[LBFGS_NAME, 0, buffer],
            )
        ]
        rows.append([description, f"{len(runs) - len(failed)} of {len(runs)}", "; ".join(failed) or "–"])
    return table(["expected", "holds in runs", "not in"], rows)


def _shares(lines: Sequence[Values]) -> str:
    """Return how large the difference is that projection makes, whichever way it goes."""
    means = {
        (line["solver"], line["seed"], line["buffer"]): mean(line["convergence"]["error"][_FROM:])
        for line in lines
    }
    shares = {
        f"seed {seed}, buffer {buffer}": error / means[WITHOUT, seed, buffer]
        for (solver, seed, buffer), error in means.items()
        if solver == WITH
    }
    lower = sum(share < 1 for share in shares.values())
    budget = ", ".join(f"{share:.3f} ({run})" for run, share in shares.items())
    return f"""\
Mean error from step {_FROM} on, with projection over without: {budget}; lower with projection in {lower} of \
{len(shares)} runs."""


def _expected(last: int) -> dict[str, Order]:
    """The paper's claims."""
    return {
        f"mean error lower with projection than without at every step from {_FROM} on": _below("error"),
        "the same of the median error": _below("median"),
        f"mean error at step {last}: L-BFGS the lowest": lambda w, o, b: (
            b["error"][-1] < min(w["error"][-1], o["error"][-1])
        ),
        f"cosine at step {last} higher with projection than without": lambda w, o, b: (
            w["cosine"][-1] > o["cosine"][-1]
        ),
        f"cosine with projection higher at step {last} than at step 1": lambda w, o, b: (
            w["cosine"][-1] > w["cosine"][0]
        ),
    }


def _below(measure: str) -> Order:
    def holds(w: Values, o: Values, b: Values) -> bool:
        pairs = zip(w[measure][_FROM:], o[measure][_FROM:], strict=True)
        return all(with_ < without for with_, without in pairs)

    return holds
