"""`hmr`: one command, one module for each of its words. Modules are imported when their word is called."""

import typer

from service.cli import bench, doctor, fit, serve, warm
from service.cli.offline import benchmark, body, data, evaluate, experiments, prior, training, weights

app = typer.Typer(
    name="hmr",
    help="Fit SMPL-shaped human bodies to 2D keypoints with L-SR1.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("fit")(fit.fit)
app.command("doctor")(doctor.doctor)
app.command("warm")(warm.warm)
app.command("bench")(bench.bench)
app.add_typer(training.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.command("benchmark")(benchmark.benchmark)
app.add_typer(experiments.app, name="experiments")
app.add_typer(body.app, name="body")
app.add_typer(data.app, name="data")
app.add_typer(prior.app, name="prior")
app.add_typer(weights.app, name="weights")


def main() -> None:
    """Entry point."""
    app()
