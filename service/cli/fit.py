"""`hmr fit`: fit files here, without a server."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.errors import told


def fit(
    files: Annotated[list[Path], typer.Argument(help="OpenPose files.")],
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            help="File to write: .glb, .obj, .ply, .npz or .json. For several inputs a pattern such as "
            "'out/{}.glb', where {} is the input's name.",
        ),
    ],
    force: Annotated[bool, typer.Option(help="Overwrite files that exist.")] = False,
) -> None:
    """Fit the people of OpenPose files and write what was found."""
    from service.document import encode, fit_document
    from service.errors import ServiceError
    from service.loading import StartupError, load_model
    from service.media import media_type_of
    from service.settings import SettingsError, load_settings

    with told(SettingsError, StartupError, ServiceError, FileExistsError):
        media = media_type_of(out)
        targets = _targets(files, out, force)
        model = load_model(load_settings())
    failed = 0
    for file, target in zip(files, targets, strict=True):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(encode(fit_document(file.read_bytes(), model, media), media))
            typer.echo(f"{file} -> {target}")
        except (ServiceError, OSError) as error:
            typer.echo(f"hmr: {file}: {error}", err=True)
            failed += 1
    if failed:
        raise typer.Exit(1)


def _targets(files: list[Path], out: Path, force: bool) -> list[Path]:
    """Where each file's answer goes; FileExistsError rather than writing over a file."""
    if len(files) > 1 and "{}" not in out.name:
        raise FileExistsError(
            f"{len(files)} files can't all go to {out}; put {{}} for the input's name into it."
        )
    targets = [out.with_name(out.name.replace("{}", file.stem)) for file in files]
    if len(set(targets)) < len(targets):
        raise FileExistsError("two inputs have the same name, and would be written to the same file.")
    for target in targets:
        if target.exists() and not force:
            raise FileExistsError(f"{target} exists; --force overwrites it.")
    return targets
