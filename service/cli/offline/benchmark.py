"""`hmr benchmark`: every fitting method on the same data, body and machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.errors import INTERRUPTED, exit_on

if TYPE_CHECKING:
    from model.benchmark.dataset import EvaluationSet
    from model.benchmark.run import Comparison, Finished
    from model.body.body import Body

Files = Annotated[list[Path] | None, typer.Option(help="Pose library (npz), clean and noisy; repeatable.")]
Folder = Annotated[Path | None, typer.Option(help="Folder of BODY_25 files, cameras and 3D truth.")]
Films = Annotated[Path | None, typer.Option(help="Films of motion capture (npz with poses, trans, start).")]
Named = Annotated[
    list[str] | None,
    typer.Option(help="NAME=PATH, such as ehf=data/EHF; names in docs/BENCHMARKS.md. Repeatable."),
]
Weights = Annotated[Path | None, typer.Option(help="Folder of weights; by default the served ones.")]
BodyFile = Annotated[Path | None, typer.Option(help="Another body, as `hmr body import` wrote it.")]


def benchmark(
    out: Annotated[Path, typer.Option(help="Folder for results, tables and pictures.")],
    poses: Files = None,
    detections: Folder = None,
    films: Films = None,
    dataset: Named = None,
    weights: Weights = None,
    body: BodyFile = None,
    male: Annotated[Path | None, typer.Option(help="Body of the truth of men.")] = None,
    female: Annotated[Path | None, typer.Option(help="Body of the truth of women.")] = None,
    regressor: Annotated[Path | None, typer.Option(help="Human3.6M's joint regressor (npy).")] = None,
    lgd: Annotated[Path | None, typer.Option(help="LGD's weights: a run's folder, or promoted ones.")] = None,
    methods: Annotated[str, typer.Option(help="Some only, as initializer,lsr1-4.")] = "",
    people: Annotated[int, typer.Option(min=1, help="Most people that learned methods fit.")] = 100_000,
    slow_people: Annotated[int, typer.Option(min=1, help="Most that Adam fits.")] = 100,
    slowest_people: Annotated[int, typer.Option(min=1, help="Most that L-BFGS fits.")] = 8,
    quick: Annotated[bool, typer.Option(help="A try in seconds; needs no data.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
) -> None:
    """Compare all methods. Stop with Ctrl-C; the same command goes on from there."""
    import torch

    from model.benchmark.dataset import DatasetError
    from model.benchmark.methods.registry import QUICK, Effort, all_methods, chosen
    from model.benchmark.readers.known import read_named
    from model.benchmark.readers.truth import Truth
    from model.benchmark.run import Comparison, Finished, Limits, compare, usable
    from model.benchmark.setup import identity_of, load_lgd, sampled_people
    from model.body.arrays import BodyError
    from model.data.library import LibraryError
    from model.evaluate.detections import DetectionsError
    from model.prior.file import PriorError, load_prior
    from model.train.poses import PRIOR
    from model.weights import WeightsError, load_served, weights_folder

    if not quick and not (poses or detections or films or dataset):
        raise typer.BadParameter("give --poses, --detections, --films or --dataset, or --quick")
    torch.set_num_threads(threads)
    with exit_on(BodyError, DatasetError, DetectionsError, LibraryError, PriorError, WeightsError, OSError):
        served = load_served(weights, body)
        prior_file = weights_folder() / PRIOR
        prior, other = load_prior(prior_file), load_lgd(lgd) if lgd else None
        effort = QUICK if quick else Effort()
        every = all_methods(served.fitter.recovery, prior, other, effort)
        compared = chosen(every, methods.split(",") if methods else [])
        data = _data(poses, detections, films, served.fitter.body)
        truth = Truth.load(male, female, regressor)
        data += [read_named(text, truth) for text in dataset or []]
        data = data or sampled_people(prior, served.fitter.body)
        about = identity_of(served, prior_file, lgd, effort)
        sorted_out = [usable(one) for one in data]
        for one, refused in sorted_out:
            typer.echo(f"{one.name}: {len(one)} people" + (f", {refused} can't be fitted" if refused else ""))
        comparison = Comparison(
            compared,
            [one for one, _ in sorted_out],
            served.fitter.body,
            prior,
            Limits.quick() if quick else Limits(people, slow_people, slowest_people),
            about,
            out,
        )
        finished = Finished()
        try:
            compare(comparison, finished, typer.echo)
        except KeyboardInterrupt:
            typer.echo(f"Stopped; run the same command to go on from {out}.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        finally:
            _report(finished, comparison)
    if other is None:
        typer.echo("LGD was left out: --lgd gives its weights.")
    typer.echo(f"Table: {out / 'benchmark.md'}")


def _report(finished: "Finished", comparison: "Comparison") -> None:
    """Tables and pictures of what is finished."""
    from model.benchmark.report.plot import draw_all
    from model.benchmark.report.tables import write_report

    if finished.scores:
        write_report(finished, comparison)
        draw_all(finished.scores, finished.costs, comparison.out / "plots")


def _data(
    poses: list[Path] | None, detections: Path | None, films: Path | None, body: "Body"
) -> "list[EvaluationSet]":
    """The data sets that need no licence."""
    from model.benchmark.open_data import detected_people, filmed_people, posed_people
    from model.data.library import load_library

    found: list[EvaluationSet] = []
    if detections:
        found.append(detected_people(detections))
    for path in poses or []:
        found += posed_people(load_library([path]), body, path.stem).values()
    if films:
        found += filmed_people(films, body).values()
    return found
