"""`hmr`: one command with subcommands, each in a module that is imported when the subcommand is used."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

# By subcommand: the module, and in it a function or a `typer.Typer`.
COMMANDS = {
    "serve": ("service.cli.serve", "serve"),
    "fit": ("service.cli.fit", "fit"),
    "doctor": ("service.cli.doctor", "doctor"),
    "warm": ("service.cli.warm", "warm"),
    "bench": ("service.cli.bench", "bench"),
    "train": ("service.cli.offline.training", "app"),
    "evaluate": ("service.cli.offline.evaluate", "app"),
    "benchmark": ("service.cli.offline.benchmark", "benchmark"),
    "experiments": ("service.cli.offline.experiments", "app"),
    "body": ("service.cli.offline.body", "app"),
    "data": ("service.cli.offline.data", "app"),
    "prior": ("service.cli.offline.prior", "app"),
    "weights": ("service.cli.offline.weights", "app"),
}


class _Subcommands(TyperGroup):
    """The subcommands of `COMMANDS`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a subcommand; None if its name is unknown."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
            single.command(cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="hmr",
    cls=_Subcommands,
    help="Fit SMPL-shaped human bodies to 2D keypoints with L-SR1.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _hmr() -> None:
    """Fit SMPL-shaped human bodies to 2D keypoints with L-SR1."""


def main() -> None:
    """Run the command line."""
    app()
