"""All checks, one after the other."""

from collections.abc import Iterator

from service.doctor.finding import Finding, Verdict
from service.doctor.model import check_model
from service.doctor.packages import check_packages, check_python
from service.doctor.place import check_port, check_temporary_files
from service.settings import SettingsError, load_settings


def examine() -> Iterator[Finding]:
    """Yield findings one by one; checks that an earlier failure makes pointless are left out."""
    yield check_python()
    yield from check_packages()
    try:
        settings = load_settings()
    except SettingsError as error:
        yield Finding("settings", Verdict.FAILED, str(error), "Correct or unset these variables.")
        return
    yield Finding("settings", Verdict.OK, "can be read")
    yield check_port(settings)
    yield check_temporary_files()
    yield from check_model(settings)
