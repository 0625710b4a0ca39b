"""Python and the installed packages."""

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from service.doctor.finding import Finding, Verdict

_DISTRIBUTION = "hmr-lsr1"
_OLDEST_PYTHON = (3, 11)
_CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


def check_python() -> Finding:
    """Return whether Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _OLDEST_PYTHON:
        return Finding("python", Verdict.OK, version)
    return Finding("python", Verdict.FAILED, f"{version}, older than 3.11", "Install Python 3.11 or newer.")


def check_packages(constraints: Path = _CONSTRAINTS) -> Iterator[Finding]:
    """Check that required packages are installed, in usable versions and in those that were tested.

    Args:
        constraints: `name==version` a line; without such a file, versions are not compared.
    """
    try:
        needed = [Requirement(text) for text in metadata.requires(_DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        yield Finding("packages", Verdict.FAILED, f"{_DISTRIBUTION} is not installed", "Run 'make run'.")
        return
    tested = _pins(constraints)
    found = [_requirement(one, tested) for one in needed if one.marker is None or one.marker.evaluate()]
    yield from (finding for finding in found if finding.verdict is not Verdict.OK)
    fine = [finding for finding in found if finding.verdict is Verdict.OK]
    yield Finding("packages", Verdict.OK, f"{len(fine)} of {len(found)} are as they should be")


def _requirement(needed: Requirement, tested: dict[str, str]) -> Finding:
    install = "Run 'pip install -c constraints.txt -e .' or 'make run'."
    try:
        version = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return Finding(needed.name, Verdict.FAILED, "is not installed", install)
    if not needed.specifier.contains(version, prereleases=True):
        return Finding(needed.name, Verdict.FAILED, f"{version}, but {needed.specifier} is needed", install)
    pin = tested.get(needed.name.lower().replace("_", "-"))
    # Builds of the same version differ by what follows on the plus.
    if pin is not None and version.split("+")[0] != pin:
        return Finding(needed.name, Verdict.WARNING, f"{version}; tested with {pin}", install)
    return Finding(needed.name, Verdict.OK, version)


def _pins(constraints: Path) -> dict[str, str]:
    lines = constraints.read_text(encoding="utf-8").splitlines() if constraints.is_file() else []
    pairs = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip().lower().replace("_", "-"): version.strip() for name, _, version in pairs}
