"""`hmr evaluate`: errors against 3D truth, of the served weights and of other fitting methods."""

import json
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from service.cli.errors import exit_on
from service.cli.offline.benchmark import benchmark

if TYPE_CHECKING:
    from model.fit.fitter import Fitter

app = typer.Typer(
    help="Accuracy: errors against 3D truth, of the served weights and of other fitting methods.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("methods")(benchmark)

Steps = Annotated[int, typer.Option(min=0, max=32, help="Steps of L-SR1.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON rather than a table.")]
Weights = Annotated[Path | None, typer.Option(help="Folder of weights; by default the served ones.")]
_NOISE = ("frames", "missing", "bias", "spread", "far", "confidence")
Threads = Annotated[int, typer.Option(min=1, help="Processor threads.")]


@app.command("poses")
def poses(
    file: Annotated[Path, typer.Argument(help="Pose library (npz).")],
    steps: Steps = 4,
    as_json: Json = False,
    weights: Weights = None,
    seed: Annotated[int, typer.Option(help="Of viewpoints, shapes and noise.")] = 0,
    threads: Threads = 1,
) -> None:
    """Posed bodies seen from random viewpoints: 14 joints, clean and noisy 2D keypoints."""
    from model.data.library import LibraryError, load_library
    from model.evaluate.poses import evaluate_poses, true_errors_2d

    fitter = _fitter(weights, threads)
    with exit_on(LibraryError):
        library = load_library([file])
    errors = evaluate_poses(fitter.recovery, fitter.body, library, steps, seed=seed)
    rows = {name: asdict(values) for name, values in errors.items()}
    true = true_errors_2d(fitter.body, library, seed=seed)
    _show_beside_truth(rows, true, as_json, f"{file.name}, {len(library)} poses")


@app.command("detections")
def detections(
    folder: Annotated[Path, typer.Argument(help="Folder of BODY_25 files, cameras and 3D truth.")],
    steps: Steps = 4,
    as_json: Json = False,
    weights: Weights = None,
    threads: Threads = 1,
) -> None:
    """Real detections with known cameras: PA-MPJPE over the 12 limb keypoints."""
    from model.evaluate.detections import (
        DetectionsError,
        evaluate_detections,
        mean_over_cameras,
        read_detections,
    )
    from model.evaluate.noise import true_error_2d

    fitter = _fitter(weights, threads)
    with exit_on(DetectionsError):
        errors = evaluate_detections(fitter.recovery, fitter.body, folder, steps)
        true = {name: true_error_2d(frames) for name, frames in read_detections(folder).items()}
    every = {**errors, "mean": mean_over_cameras(errors)}
    rows = {name: asdict(values) for name, values in every.items()}
    _show_beside_truth(rows, {**true, "mean": fmean(true.values())}, as_json, folder.name)


@app.command("noise")
def noise(
    folder: Annotated[Path, typer.Argument(help="Folder of BODY_25 files, cameras and 3D truth.")],
    as_json: Json = False,
) -> None:
    """Measure how far real detections are from the 3D truth, by keypoint; training's noise is set by it."""
    from model.evaluate.detections import DetectionsError
    from model.evaluate.noise import measure_noise

    with exit_on(DetectionsError):
        cameras = measure_noise(folder)
    if as_json:
        rows = {name: {k: asdict(v) for k, v in keypoints.items()} for name, keypoints in cameras.items()}
        typer.echo(json.dumps(rows, indent=2))
        return
    for name, keypoints in cameras.items():
        table = Table("keypoint", *_NOISE, title=f"{folder.name}, {name}: errors in percent of the box")
        for keypoint, values in keypoints.items():
            table.add_row(keypoint, *(f"{getattr(values, column):.3g}" for column in _NOISE))
        Console().print(table)


@app.command("faults")
def faults(
    file: Annotated[Path, typer.Argument(help="Pose library (npz).")],
    false: Annotated[int, typer.Option(min=0, max=5, help="Most false keypoints a person.")] = 3,
    as_json: Json = False,
    weights: Weights = None,
    threads: Threads = 1,
) -> None:
    """Compare the first fit with the served answer where keypoints are false, or left and right exchanged."""
    from model.data.library import LibraryError, load_library
    from model.evaluate.faults import evaluate_faults

    fitter = _fitter(weights, threads)
    with exit_on(LibraryError):
        library = load_library([file])
    rows = {name: asdict(values) for name, values in evaluate_faults(fitter, library, false=false).items()}
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("fault", *rows["none"], title=f"{file.name}, {len(library)} poses")
    for name, row in rows.items():
        table.add_row(name, *(f"{value:.3g}" for value in row.values()))
    Console().print(table)


@app.command("clips")
def clips(
    file: Annotated[Path, typer.Argument(help="Clips of four cameras with truth (npz).")],
    steps: Steps = 4,
    as_json: Json = False,
    weights: Weights = None,
    threads: Threads = 1,
) -> None:
    """Clips frame by frame, people of other proportions: PA-MPJPE over the 12 limb keypoints."""
    from model.evaluate.clips import evaluate_clips
    from model.evaluate.detections import DetectionsError

    fitter = _fitter(weights, threads)
    with exit_on(DetectionsError):
        errors = evaluate_clips(fitter.recovery, fitter.body, file, steps)
    show_errors({name: asdict(values) for name, values in errors.items()}, as_json, file.name)


@app.command("conditions")
def conditions(
    steps: Steps = 4,
    as_json: Json = False,
    picture: Annotated[Path | None, typer.Option(help="Also draw them into this file (PNG, SVG).")] = None,
    weights: Weights = None,
    threads: Threads = 1,
) -> None:
    """Sweep distance, focal length, view, posture and proportions of synthetic people; needs no data."""
    from model.evaluate.conditions import evaluate_conditions, straight_standing
    from model.evaluate.conditions_picture import PictureError, draw_conditions

    found = evaluate_conditions(_fitter(weights, threads), steps)
    if picture:
        with exit_on(PictureError, OSError):
            draw_conditions(found, picture)
    if as_json:
        typer.echo(json.dumps(found._asdict(), indent=2))
        return
    for name, rows in found._asdict().items():
        table = Table(*rows[0], title=name)
        for row in rows:
            table.add_row(*(value if isinstance(value, str) else f"{value:.4g}" for value in row.values()))
        Console().print(table)
    mean, largest = straight_standing(found.view)
    typer.echo(f"Knee bend of straight standing people, head-on: {mean:.1f} degrees, {largest:.1f} at most.")


def _fitter(weights: Path | None, threads: int) -> "Fitter":
    import torch

    from model.body.arrays import BodyError
    from model.weights import WeightsError, load_served

    torch.set_num_threads(threads)
    with exit_on(WeightsError, BodyError):
        return load_served(weights).fitter


def _show_beside_truth(
    errors: dict[str, dict[str, Any]], true: dict[str, float], as_json: bool, title: str
) -> None:
    """Print errors and the distance of the truth from the detections; nearer fits follow their noise."""
    rows = {name: {**values, "true_error_2d": true[name]} for name, values in errors.items()}
    of_truth = ", ".join(f"{name} {error:.2f}" for name, error in true.items())
    show_errors(rows, as_json, f"{title}; error_2d of the truth itself: {of_truth}")


def show_errors(rows: dict[str, dict[str, Any]], as_json: bool, title: str) -> None:
    """Print errors of every iterate, a line for each data set and measure."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    steps = len(next(iter(rows.values()))["pa_mpjpe_mm"])
    table = Table("data", "measure", "initializer", *(f"step {k}" for k in range(1, steps)), title=title)
    for name, measures in rows.items():
        for measure, values in measures.items():
            if isinstance(values, list):
                table.add_row(name, measure, *(f"{value:.2f}" for value in values))
    console = Console()
    # Rather longer lines than figures cut in two.
    console.width = max(console.width, 40 + 10 * steps)
    console.print(table)
