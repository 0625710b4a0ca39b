"""`hmr evaluate methods`, or `hmr benchmark`: fitting methods on the same data, body and machine."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import exit_on

Files = Annotated[list[Path] | None, typer.Option(help="Pose library (npz), clean and noisy; repeatable.")]
Folder = Annotated[Path | None, typer.Option(help="Folder of BODY_25 files, cameras and 3D truth.")]
Sequences = Annotated[
    Path | None, typer.Option(help="Sequences of motion capture (npz with poses, trans, start, end, fps).")
]
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
    films: Sequences = None,
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
    """Accuracy and cost of fitting methods beside each other: `hmr evaluate methods`, or `hmr benchmark`.

    Stop with Ctrl-C; the same command resumes.
    """
    import torch

    from model.benchmark.dataset import DatasetError
    from model.benchmark.job import Options, run
    from model.benchmark.run import Limits
    from model.body.arrays import BodyError
    from model.data.library import LibraryError
    from model.evaluate.detections import DetectionsError
    from model.prior.file import PriorError
    from model.weights import WeightsError

    torch.set_num_threads(threads)
    options = Options(
        out=out,
        poses=poses or [],
        detections=detections,
        sequences=films,
        datasets=dataset or [],
        male=male,
        female=female,
        regressor=regressor,
        weights=weights,
        body=body,
        lgd=lgd,
        methods=methods.split(",") if methods else [],
        limits=Limits(people, slow_people, slowest_people),
        quick=quick,
    )
    if options.without_data and not quick:
        raise typer.BadParameter("give --poses, --detections, --films or --dataset, or --quick")
    errors = (BodyError, DatasetError, DetectionsError, LibraryError, PriorError, WeightsError, OSError)
    with exit_on(*errors, stopped=f"Stopped; run the same command to go on from {out}."):
        run(options, typer.echo)
    typer.echo(f"Table: {out / 'benchmark.md'}")
