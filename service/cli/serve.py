"""`hmr serve`: the HTTP service."""

from typing import Annotated

import typer

from service.cli.errors import exit_on


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen at; HMR_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; HMR_PORT, else 8000.")] = None,
) -> None:
    """Start the service. Environment variables `HMR_…` hold all other settings."""
    from service.app import create_app
    from service.models.load import StartupError, load_model
    from service.server import make_server
    from service.settings import SettingsError, load_settings

    # Loaded here rather than by the application, so that errors are reported before the port is open.
    with exit_on(SettingsError, StartupError):
        settings = load_settings(host=host, port=port)
        model = load_model(settings)
    host, port = settings.host, settings.port
    typer.echo(f"Body {model.body_name}, weights {model.version}. Documentation: http://{host}:{port}/docs")
    # Logging starts with the server, after the model was loaded.
    if model.fitter.backend is None and settings.compiled == "auto":
        typer.echo(
            "Fits are not compiled for this machine; `hmr warm` compiles them, which makes them faster."
        )
    server = make_server(create_app(settings, model))
    # Without this reference, the model can be freed after a reload.
    del model
    server.run()
