"""`hmr prior`: make the pose prior that `hmr train` draws from, and measure it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import exit_on
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
    with exit_on(LibraryError, ValueError, OSError, stopped="Stopped; nothing was written."):
        check_target(out, force)
        library = load_library(data, share)
        sources = {path.name: sha256(path.read_bytes()) for path in data}
        provenance = {"data": sources, "shares": share, "fit": asdict(config)}
        prior = fit_prior(library.rotations, library.weights, config, provenance, typer.echo)
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
    from model.data.library import LibraryError
    from model.evaluate.prior import Options, run
    from model.prior.file import PriorError

    torch.set_num_threads(threads)
    options = Options(file, data, train or [], share, samples, seed, sheet)
    with exit_on(PriorError, LibraryError, BodyError, ImportError, OSError):
        typer.echo(json.dumps(run(options), indent=2))
