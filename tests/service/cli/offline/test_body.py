"""`hmr body` and `hmr --help`."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from model.body.file import fingerprint, load_body_arrays
from model.weights import weights_folder
from service.cli.main import app
from tests.model.body.smpl_writer import smpl_arrays

RUN = CliRunner()
OPEN_BODY = weights_folder() / "body" / "open.safetensors"


def test_info_describes_the_served_body() -> None:
    result = RUN.invoke(app, ["body", "info"])
    assert result.exit_code == 0, result.output
    assert fingerprint(OPEN_BODY) in result.output
    assert "6890 vertices" in result.output


def test_an_unreadable_model_is_one_sentence(tmp_path: Path) -> None:
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


@pytest.fixture
def smpl(tmp_path: Path) -> Path:
    """A file of SMPL's form with random arrays."""
    path = tmp_path / "SMPL_FEMALE.npz"
    np.savez(path, allow_pickle=False, **smpl_arrays(seed=1))
    return path


def test_the_gender_is_kept_and_printed(smpl: Path, tmp_path: Path) -> None:
    out = tmp_path / "body.safetensors"
    said = RUN.invoke(app, ["body", "import", str(smpl), "-o", str(out), "--gender", "female"])
    assert said.exit_code == 0, said.output
    assert "gender: female" in said.output
    assert load_body_arrays(out).gender == "female"
    assert "gender: female" in RUN.invoke(app, ["body", "info", str(out)]).output
    assert "gender: neutral" in RUN.invoke(app, ["body", "import", str(smpl)]).output
    assert RUN.invoke(app, ["body", "import", str(smpl), "--gender", "other"]).exit_code == 2


@pytest.mark.parametrize("command", ["build", "import"])
def test_existing_files_are_kept_without_force(command: str, smpl: Path, tmp_path: Path) -> None:
    out = tmp_path / "precious.safetensors"
    out.write_text("precious")
    source = [str(smpl)] if command == "import" else []
    refused = RUN.invoke(app, ["body", command, *source, "-o", str(out)])
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert out.read_text() == "precious"


def test_force_overwrites(smpl: Path, tmp_path: Path) -> None:
    out = tmp_path / "old.safetensors"
    out.write_text("old")
    assert RUN.invoke(app, ["body", "import", str(smpl), "-o", str(out), "--force"]).exit_code == 0
    assert load_body_arrays(out).n_vertices == 6890


def test_an_unwritable_target_is_one_sentence(smpl: Path) -> None:
    result = RUN.invoke(app, ["body", "import", str(smpl), "-o", str(smpl / "body.safetensors")])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.output.startswith("hmr: ")
    assert str(smpl) in result.output
