"""`hmr prior`: make the pose prior that `hmr train` draws from, and measure it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import INTERRUPTED, exit_on
from service.cli.targets import check_target

app = typer.Typer(
    help="The pose prior: build it from pose libraries, measure it.",
    no_args_is_help=True,
    add_completion=False,
)

Threads = Annotated[int, typer.Option(min=1, help="Processor threads.")]


@app.command("build")
def build(
    data: Annotated[list[Path], typer.Option(help="Pose library (npz) to fit; may be repeated.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")],
    share: Annotated[
        list[float] | None, typer.Option(help="How often each library is drawn from; else by its size.")
    ] = None,
    components: Annotated[int, typer.Option(min=1, help="Gaussians in the mixture.")] = 16,
    iterations: Annotated[int, typer.Option(min=1, help="Rounds of expectation and maximization.")] = 15,
    floor: Annotated[float, typer.Option(min=1e-3, help="Least spread of a coordinate, radians.")] = 0.05,
    shrink: Annotated[float, typer.Option(min=0, help="Poses' worth of pooled covariance.")] = 300.0,
    seed: Annotated[int, typer.Option(help="Of the first means.")] = 0,
    force: Annotated[bool, typer.Option(help="Overwrite a file that exists.")] = False,
    threads: Threads = 1,
) -> None:
    """Fit a prior to pose libraries; the same command gives the same file. Takes minutes."""
    import torch

    from model.data.library import LibraryError, load_library
    from model.prior.em import FitConfig
    from model.prior.file import save_prior
    from model.prior.prior import fit_prior
    from model.weights import sha256

    torch.set_num_threads(threads)
    config = FitConfig(components, iterations, floor, shrink, seed)
    with exit_on(LibraryError, FileExistsError, ValueError, OSError):
        check_target(out, force)
        library = load_library(data, share)
        sources = {path.name: sha256(path.read_bytes()) for path in data}
        provenance = {"data": sources, "shares": share, "fit": asdict(config)}
        try:
            prior = fit_prior(library.rotations, library.weights, config, provenance, typer.echo)
        except KeyboardInterrupt:
            typer.echo("Stopped; nothing was written.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        save_prior(prior, out)
    typer.echo(f"{out}: {sha256(out.read_bytes())}")


@app.command("evaluate")
def evaluate(
    file: Annotated[Path, typer.Argument(help="Prior, as `hmr prior build` wrote it.")],
    data: Annotated[list[Path], typer.Option(help="Pose library it was not fitted to; may be repeated.")],
    train: Annotated[
        list[Path] | None,
        typer.Option(help="Library it was fitted to; may be repeated."),
    ] = None,
    share: Annotated[list[float] | None, typer.Option(help="Of each of those, as for `build`.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Poses to draw.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    sheet: Annotated[Path | None, typer.Option(help="PNG to draw 64 samples on (extra `train`).")] = None,
    threads: Threads = 1,
) -> None:
    """Print, as JSON, likelihoods of poses and how plausible samples are; draw some."""
    import torch

    from model.body.arrays import BodyError
    from model.body.body import Body
    from model.body.file import load_body_arrays
    from model.data.contact_sheet import draw_contact_sheet
    from model.data.library import LibraryError, load_library
    from model.data.skeleton import body_skeleton
    from model.evaluate.prior import evaluate_prior
    from model.prior.file import PriorError, load_prior
    from model.train.finished_run import BODY
    from model.weights import weights_folder

    torch.set_num_threads(threads)
    with exit_on(PriorError, LibraryError, BodyError, ImportError, OSError):
        prior, body = load_prior(file), Body(load_body_arrays(weights_folder() / BODY))
        held_out = {path.name: load_library([path]) for path in data}
        fitted = load_library(train, share) if train else None
        drawn = prior.draw(samples, torch.Generator().manual_seed(seed))
        if sheet:
            draw_contact_sheet(drawn[:64], sheet, body_skeleton())
        typer.echo(json.dumps(evaluate_prior(prior, drawn, held_out, fitted, body), indent=2))
