"""`hmr doctor`: what is wrong with this installation."""

import typer


def doctor() -> None:
    """Look at Python, packages, settings, port, device, weights, body, and try a fit.

    The exit status is 1 if something has to be mended before the service can work.
    """
    try:
        from service.doctor.examine import examine
        from service.doctor.finding import Verdict
    except ImportError as error:
        typer.echo(f"FAILED   packages: {error}")
        typer.echo("         Run 'make run', or 'pip install -c constraints.txt -e .'.")
        raise typer.Exit(1) from None
    failed = 0
    for finding in examine():
        label = finding.verdict.value if finding.verdict is Verdict.OK else finding.verdict.value.upper()
        typer.echo(f"{label:<8} {finding.name}: {finding.detail}")
        if finding.remedy:
            typer.echo(f"{'':<8} {finding.remedy}")
        failed += finding.verdict is Verdict.FAILED
    typer.echo(f"{failed} things to mend" if failed else "Fine.")
    if failed:
        raise typer.Exit(1)
