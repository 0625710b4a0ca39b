"""The card that goes with promoted weights: what they are, what they were made of, how well they did."""

from typing import Any

from model.train.release.validate_run import Check, Errors
from model.weights import sha256


def card(check: Check, version: str) -> str:
    """Markdown, every line of it taken from the check."""
    parameters = sum(value.numel() for value in check.recovery.parameters())
    lines = [
        f"# recovery-{version}",
        "",
        f"{parameters:,} parameters in bfloat16, {len(check.data):,} bytes.",
        "",
        f"SHA-256: `{sha256(check.data)}`",
        "",
        "## Made of",
        "",
        *_made_of(check.record),
        "",
        "## Measured",
        "",
        f"On {check.validation['poses']:,} validation poses (sha256 `{check.validation['sha256'][:12]}…`), "
        f"body '{check.body['name']}' (`{check.body['sha256'][:12]}…`); 14 joints; means over people, of "
        "the initializer and after the last step.",
        "",
        "| weights | keypoints | PA-MPJPE, mm | MPJPE, mm | 2D error, % of the box |",
        "|---|---|---|---|---|",
        *_rows(version, check.errors),
        *_rows(f"{check.served_version} (served before)", check.served_errors or {}),
    ]
    return "\n".join(lines) + "\n"


def _made_of(record: dict[str, Any] | None) -> list[str]:
    if record is None:
        return ["The run has no record of how it was made."]
    data, start = record["data"], record["start"]
    begun = "random weights" if start is None else f"the weights with digest `{start[:12]}…`"
    values = (f"- `{name}` = {value}" for name, value in _flat(record["config"]))
    combined = record.get("combined")
    also = f" Then {combined['how']} (sha256 `{combined['with'][:12]}…`)." if combined else ""
    return [
        f"{_source(data)}, begun from {begun}.{also} Configuration:",
        "",
        *values,
    ]


def _source(data: dict[str, Any]) -> str:
    """Return what poses were drawn from, of a record by `source_identity`."""
    if "prior" in data:
        return f"Samples of the pose prior (digest `{data['prior'][:12]}…`)"
    if "share" in data:
        return f"{_source(data['first'])}; for {data['share']:.0%} of people: {_source(data['second'])}"
    return f"{data['poses']:,} poses (sha256 `{data['sha256'][:12]}…`)"


def _flat(values: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    """Nested tables as dotted names with their values."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        inner = (
            dict(enumerate(value))
            if isinstance(value, list) and value and isinstance(value[0], dict)
            else value
        )
        found += _flat(inner, f"{path}{name}.") if isinstance(inner, dict) else [(f"{path}{name}", inner)]
    return found


def _rows(name: str, errors: Errors) -> list[str]:
    return [
        f"| {name} | {protocol} | {_change(values.pa_mpjpe_mm, 1)} | {_change(values.mpjpe_mm, 1)} "
        f"| {_change(values.error_2d, 2)} |"
        for protocol, values in errors.items()
    ]


def _change(values: list[float], digits: int) -> str:
    return f"{values[0]:.{digits}f} → {values[-1]:.{digits}f}"
