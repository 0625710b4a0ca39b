"""`hmr body`: build the open body, import a licensed one, look at a file."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import exit_on
from service.cli.targets import check_target

app = typer.Typer(
    help="Bodies: build the open one, import SMPL's, look at a file.",
    no_args_is_help=True,
    add_completion=False,
)

Force = Annotated[bool, typer.Option(help="Overwrite a file that exists.")]


def _gender(name: str) -> str:
    from model.body.arrays import Gender

    if name not in list(Gender):
        raise typer.BadParameter(f"one of {', '.join(Gender)}")
    return name


@app.command("build")
def build(
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")] = Path("open.safetensors"),
    force: Force = False,
) -> None:
    """Build the open body from anny (needs the extra `build`; takes some minutes)."""
    from model.body.arrays import BodyError
    from model.body.file import fingerprint, save_body

    with exit_on(BodyError, OSError):
        check_target(out, force)
        # Imported here, since without the extra `build` it is this line that says so.
        from model.body.build.recipe import build_open_body

        arrays, report = build_open_body(progress=typer.echo)
        save_body(arrays, out)
    for name, value in report.items():
        typer.echo(f"{name}: {value}")
    typer.echo(f"{out}: {fingerprint(out)}")


@app.command("import")
def import_body(
    file: Annotated[Path, typer.Argument(help="SMPL v1.0 or v1.1 model: .pkl as licensed, or .npz.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="File to write; by default beside the input.")
    ] = None,
    gender: Annotated[
        str, typer.Option(parser=_gender, metavar="GENDER", help="Of the model: neutral, female or male.")
    ] = "neutral",
    force: Force = False,
) -> None:
    """Turn a licensed SMPL file into the product's own format, for `HMR_BODY=…`."""
    from model.body.arrays import BodyError, Gender
    from model.body.file import fingerprint, save_body
    from model.body.smpl_file import import_smpl

    out = out or file.with_suffix(".safetensors")
    with exit_on(BodyError, OSError):
        check_target(out, force)
        save_body(import_smpl(file, gender=Gender(gender)), out)
    typer.echo(f"{out}: {fingerprint(out)}\ngender: {gender}\nServe it with: HMR_BODY={out} hmr serve")


@app.command("info")
def info(
    file: Annotated[
        Path | None, typer.Argument(help="A body's file; by default the one that is served.")
    ] = None,
) -> None:
    """Return what a body's file holds."""
    from model.body.arrays import BodyError
    from model.body.file import fingerprint, load_body_arrays
    from model.weights import WeightsError, read_manifest, weights_folder

    with exit_on(BodyError, WeightsError):
        path = file or weights_folder() / read_manifest(weights_folder())["body"]["file"]
        arrays = load_body_arrays(path)
    typer.echo(f"{arrays.name}\nlicence: {arrays.licence}\nsha256: {fingerprint(path)}")
    typer.echo(f"{arrays.n_vertices} vertices, {len(arrays.faces)} faces")
    for name, value in arrays.provenance.items():
        typer.echo(f"{name}: {value}")
