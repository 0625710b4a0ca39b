"""Markdown tables, and their cells."""

from collections.abc import Sequence
from statistics import mean

from tabulate import tabulate


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table without a line break at its end; bars in cells are escaped."""
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in (heads, *rows)]
    text: str = tabulate(escaped[1:], escaped[0], tablefmt="github", disable_numparse=True)
    return text


def spread(values: Sequence[float]) -> str:
    """Format numbers with three digits; several as their mean and half the range."""
    half = f" ± {(max(values) - min(values)) / 2:.2g}" if len(values) > 1 else ""
    return f"{mean(values):.3g}{half}"
