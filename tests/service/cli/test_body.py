"""`hmr body` and `hmr --help`."""

from pathlib import Path

from typer.testing import CliRunner

from model.body.file import fingerprint, load_body_arrays
from model.weights import weights_folder
from service.cli.main import app

RUN = CliRunner()
OPEN_BODY = weights_folder() / "body" / "open.safetensors"


def test_info_tells_what_is_served() -> None:
    result = RUN.invoke(app, ["body", "info"])
    assert result.exit_code == 0, result.output
    assert fingerprint(OPEN_BODY) in result.output
    assert "6890 vertices" in result.output


def test_an_unreadable_model_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "SMPL.pkl"
    file.write_bytes(b"not a pickle")
    result = RUN.invoke(app, ["body", "import", str(file)])
    assert result.exit_code == 1
    assert "SMPL.pkl" in result.output
    assert "Traceback" not in result.output
    assert not file.with_suffix(".safetensors").exists()


def test_info_of_a_given_file() -> None:
    result = RUN.invoke(app, ["body", "info", str(OPEN_BODY)])
    assert load_body_arrays(OPEN_BODY).licence in result.output


def test_every_word_explains_itself() -> None:
    for word in ("serve", "fit", "train", "evaluate", "body", "prior", "weights"):
        assert RUN.invoke(app, [word, "--help"]).exit_code == 0
