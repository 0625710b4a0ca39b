"""Tables in markdown."""

from collections.abc import Sequence
from statistics import mean


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table without an empty line after it; cells may hold bars."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def spread(values: Sequence[float]) -> str:
    """Three digits; of several numbers the mean and half the range."""
    half = f" ± {(max(values) - min(values)) / 2:.2g}" if len(values) > 1 else ""
    return f"{mean(values):.3g}{half}"
