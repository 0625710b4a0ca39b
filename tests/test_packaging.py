"""What can be said of the Makefile and the images without building them."""

import os
import re
import shutil
import subprocess

import pytest

from tests.paths import ROOT

STAGES = re.findall(r"^FROM (\S+)(?: AS (\S+))?", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def make(target: str, *variables: str) -> str:
    """What `make` would run, on one line."""
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    environment = {"PATH": os.environ["PATH"]}
    command = ["make", "--dry-run", "--no-print-directory", target, *variables]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        (["ARGS=--config mine.toml --data x.npz"], "bin/hmr train --config mine.toml --data x.npz"),
        (
            ["DATA=a.npz b.npz", "VALIDATION=v.npz"],
            "bin/hmr train --config initializer --data a.npz --data b.npz --validation v.npz --out runs/last",
        ),
        (
            [
                "DATA=a.npz",
                "VALIDATION=v.npz",
                "CONFIG=unrolled",
                "START=runs/1",
                "OUT=runs/2",
                "PROCESSES=3",
            ],
            "bin/torchrun --standalone --nproc-per-node 3 -m model.train --config unrolled --data a.npz "
            "--validation v.npz --from runs/1 --out runs/2",
        ),
    ],
)
def test_make_train_calls_the_job_with_what_is_given(variables: list[str], command: str) -> None:
    assert make("train", *variables).endswith(command)


def test_stages_of_the_image_build_on_those_before_and_the_service_is_last() -> None:
    names = [name for _, name in STAGES]
    assert names == ["page", "build", "train", ""]
    for place, (base, _) in enumerate(STAGES):
        assert base in names[:place] or base.startswith(("python:", "node:"))


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in text.splitlines() if re.match(r"COPY (?!--from)", line)]
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists()
        # Kept itself, with all around it, or in part.
        assert any(name == one or name.startswith(f"{one}/") or one.startswith(f"{name}/") for one in kept)
    for stage in re.findall(r"COPY --from=(\S+)", text):
        assert stage in [name for _, name in STAGES]


def test_no_image_runs_as_root() -> None:
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    assert all("USER 10001" in stage for stage in stages if "ENTRYPOINT" in stage or "\nCMD" in stage)
