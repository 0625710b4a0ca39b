"""The machine around the service: its port, and folders that can be written to."""

import socket
import tempfile

from service.doctor.finding import Finding, Verdict
from service.settings import Settings


def check_port(settings: Settings) -> Finding:
    """Return whether the service could listen where it is to."""
    place = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((settings.host, settings.port))
    except OSError as error:
        remedy = "Stop what listens there, or set HMR_HOST and HMR_PORT to another place."
        return Finding("port", Verdict.FAILED, f"{place}: {error.strerror}", remedy)
    return Finding("port", Verdict.OK, f"{place} is free")


def check_temporary_files() -> Finding:
    """Check that a folder for temporary files exists, which PyTorch needs for some caches."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"hmr")
    except OSError as error:
        remedy = "Set TMPDIR to a folder that can be written to."
        return Finding("temporary files", Verdict.WARNING, f"nowhere to write them: {error}", remedy)
    return Finding("temporary files", Verdict.OK, f"can be written to {tempfile.gettempdir()}")
