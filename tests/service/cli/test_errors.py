"""Errors at a terminal: a message and an exit status, without a stack trace."""

import pytest
import typer

from service.cli.errors import INTERRUPTED, exit_on


def test_an_expected_error_is_a_sentence_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, exit_on(ValueError, OSError):
        raise FileNotFoundError("a.npz is missing.")
    assert ended.value.exit_code == 1
    assert capsys.readouterr() == ("", "hmr: a.npz is missing.\n")


@pytest.mark.parametrize("given", [{}, {"stopped": "Stopped; nothing was kept."}])
def test_ctrl_c_is_a_message_and_status_130(
    given: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, exit_on(ValueError, **given):
        raise KeyboardInterrupt
    assert ended.value.exit_code == INTERRUPTED == 130
    assert capsys.readouterr().err == f"{given.get('stopped', 'Stopped.')}\n"


def test_other_errors_and_exits_pass() -> None:
    with pytest.raises(KeyError), exit_on(ValueError):
        raise KeyError("a mistake in the program")
    with pytest.raises(typer.Exit) as ended, exit_on(ValueError):
        raise typer.Exit(3)
    assert ended.value.exit_code == 3
