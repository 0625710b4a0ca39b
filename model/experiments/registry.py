"""The experiments on analytic problems by name, and how one is run."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.experiments import profiles, quadratics, quadratics_ablation
from model.experiments.cache import ResultCache, write_json
from model.experiments.errors import ExperimentError
from model.experiments.settings_file import load_settings

CONFIGS = Path(__file__).parent / "configs"
RESULT = "result.json"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Experiment:
    """One experiment.

    Attributes:
        description: what it shows.
        minutes: of one processor core for the full run, rounded up from what was measured.
        settings: the dataclass of its configuration.
        run: from settings, cache, folder of pictures and progress function to the result's values.
    """

    description: str
    minutes: int
    settings: type[Any]
    run: Callable[[Any, ResultCache, Path, Report], dict[str, Any]]


EXPERIMENTS: dict[str, Experiment] = {
    "quadratics": Experiment(
        "L-SR1 with and without the learned projection, and L-BFGS, on random quadratics",
        4,
        quadratics.QuadraticsConfig,
        quadratics.run,
    ),
    "quadratics-ablation": Experiment(
        "one change a row in how L-SR1 is built and trained, on random quadratics",
        2,
        quadratics_ablation.QuadraticsAblationConfig,
        quadratics_ablation.run,
    ),
    "profiles": Experiment(
        "performance profiles of nine solvers over 30 problems",
        5,
        profiles.ProfilesConfig,
        profiles.run,
    ),
}


def names(given: str) -> list[str]:
    """Return the experiments of a name or "all"; ExperimentError on an unknown name."""
    if given == "all":
        return list(EXPERIMENTS)
    if given not in EXPERIMENTS:
        raise ExperimentError(f"Unknown experiment {given}; known are {', '.join(EXPERIMENTS)} and all.")
    return [given]


def run_experiment(name: str, out: Path, *, quick: bool, report: Report, config: Path | None = None) -> Path:
    """Run the unfinished parts of an experiment, and write result, plots and their data to its folder.

    Args:
        name: of `EXPERIMENTS`.
        out: where the folder is, or is made.
        quick: a try in seconds.
        report: called with lines on the progress.
        config: TOML file in place of the one that ships.

    Raises:
        ExperimentError: the configuration can't be used, or the folder holds parts of another one.
        KeyboardInterrupt: stopped; finished parts stay, and the same call resumes.
    """
    experiment, folder = EXPERIMENTS[name], out / name
    settings = load_settings(config or CONFIGS / f"{name}.toml", experiment.settings, quick=quick)
    begun = time.process_time()
    plain = asdict(settings)
    cache = ResultCache(folder / "parts", plain)
    values = experiment.run(settings, cache, folder, report)
    seconds = round(max(cache.seconds, 0.0), 1)
    report(f"{name}: done; processor time {time.process_time() - begun:.0f} s now, {seconds:.0f} s all parts")
    write_json(
        folder / RESULT,
        {"quick": quick, "seconds": seconds, "settings": plain, "values": values},
    )
    return folder
