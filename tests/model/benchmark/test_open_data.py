"""Data sets without a licence: the people of `hmr evaluate`, sequences, and unreadable files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from model.benchmark.dataset import DatasetError
from model.benchmark.fitting import score
from model.benchmark.measures import sequence_errors
from model.benchmark.methods.method import Learned
from model.benchmark.open_data import detected_people, posed_people, sequence_people
from model.body.body import Body
from model.data.library import PoseLibrary
from model.evaluate.detections import evaluate_detections
from model.evaluate.poses import evaluate_poses
from model.fit.network import Recovery
from model.fit.preprocess import preprocess
from tests.model.benchmark.people import silent
from tests.model.people import random_poses


def test_posed_people_are_those_of_the_evaluation(body: Body, recovery: Recovery) -> None:
    library = PoseLibrary(random_poses(6, 0), torch.full((6,), 1 / 6))
    wanted = evaluate_poses(recovery, body, library, 1)  # further on, random networks magnify rounding
    for name, people in posed_people(library, body, "some").items():
        found = score(Learned("", "", recovery, 1), body, people, 4, silent)
        errors = wanted[name.removeprefix("some-")]
        for measure in ("pa_mpjpe_mm", "mpjpe_mm", "error_2d"):
            assert float(found.errors[measure].mean()) == pytest.approx(getattr(errors, measure)[1], rel=1e-3)


def test_real_detections_score_as_in_the_evaluation(shared_dir: Path, body: Body, recovery: Recovery) -> None:
    folder = shared_dir / "real" / "pose2sim_dev"
    people = detected_people(folder)
    found = score(Learned("", "", recovery, 1), body, people, 64, silent)
    cameras = evaluate_detections(recovery, body, folder, 1).values()
    wanted = np.mean([camera.pa_mpjpe_mm[1] for camera in cameras])
    assert float(found.errors["pa_mpjpe_mm"].mean()) == pytest.approx(wanted, rel=1e-3)
    assert len(people.group.unique()) == 10


@pytest.fixture
def sequences(tmp_path: Path) -> Path:
    """Two sequences, of 6 and 5 frames, in a file of 12."""
    turns = np.random.default_rng(0).normal(0, 0.1, (12, 24, 3)).cumsum(0) * 0.3
    trans = np.random.default_rng(1).normal(0, 0.02, (12, 3)).cumsum(0)
    path = tmp_path / "films.npz"
    np.savez(path, poses=turns, trans=trans, start=np.array([0, 7]), end=np.array([6, 12]), fps=30)
    return path


def test_sequences_are_continuous_and_each_of_one_body_and_camera(sequences: Path, body: Body) -> None:
    clean = sequence_people(sequences, body)["films-clean"]
    assert clean.group.tolist() == [0] * 6 + [1] * 5
    assert clean.frame is not None
    assert clean.frame.tolist() == [*range(6), *range(5)]
    # Thighs are as long in all frames of a sequence, since its body is one.
    hip, knee = (clean.truth[:, clean.joint_names.index(f"left_{joint}")] for joint in ("hip", "knee"))
    thigh = (hip - knee).norm(dim=1)
    torch.testing.assert_close(thigh[:6], thigh[:1].expand(6))
    assert thigh[0] != thigh[6]
    errors = sequence_errors(clean, clean.truth)
    assert errors["acceleration_mm"] == [0.0, 0.0]
    assert errors["jitter"] == errors["true_jitter"]


def test_a_sequence_s_keypoints_are_those_of_its_truth(sequences: Path, body: Body) -> None:
    clean = sequence_people(sequences, body)["films-clean"]
    assert preprocess(clean.pixels, clean.confidence, clean.camera).usable.all()
    # Neighbouring frames look alike: the person moves by centimetres at 7 m.
    assert (clean.pixels[1:6] - clean.pixels[:5]).abs().max() < 0.1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"poses": np.zeros((12, 22, 3))}, "must be"),
        ({"end": np.array([6, 13])}, "within its 12 poses"),
        ({"start": np.array([5])}, "no file of sequences"),
        ({"poses": np.array([{}])}, "no file of sequences"),
    ],
)
def test_files_that_are_no_sequences_are_refused(
    sequences: Path, body: Body, change: dict[str, np.ndarray], said: str
) -> None:
    arrays = {**np.load(sequences), **change}
    np.savez(sequences, **arrays)
    with pytest.raises(DatasetError, match=said):
        sequence_people(sequences, body)


def test_a_missing_file_is_an_error(tmp_path: Path, body: Body) -> None:
    with pytest.raises(DatasetError, match=r"none\.npz"):
        sequence_people(tmp_path / "none.npz", body)
