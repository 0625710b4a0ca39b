"""What is shipped: weights that load, are what their manifest says, and do what the README says."""

from pathlib import Path

import pytest
import torch

from model.body.joints import JOINT_NAMES
from model.data.library import load_library
from model.evaluate.detections import evaluate_detections, mean_over_cameras
from model.evaluate.poses import evaluate_poses
from model.evaluate.prior import mean_log_likelihood
from model.train.poses import PRIOR, shipped_prior
from model.weights import ServedModel, load_served, sha256, weights_folder

LARGEST_FILE = 25_000_000
LARGEST_PRIOR = 3_000_000
MOST_PARAMETERS = 10_400_000


@pytest.fixture(scope="module")
def served() -> ServedModel:
    """The shipped weights and body; loading checks their hashes."""
    return load_served()


def test_files_are_small_and_the_card_names_the_hash(served: ServedModel) -> None:
    assert all(path.stat().st_size < LARGEST_FILE for path in weights_folder().rglob("*") if path.is_file())
    card = " ".join(" ".join(path.read_text() for path in sorted(weights_folder().glob("*.md"))).split())
    assert served.weights_sha256 in card
    assert "NSF EIA-0196217" in card  # the credit that the data's owners ask for


def test_the_prior_is_small_and_its_card_is_complete() -> None:
    path = weights_folder() / PRIOR
    assert path.stat().st_size < LARGEST_PRIOR
    card = " ".join((path.parent / "README.md").read_text().split())
    assert sha256(path.read_bytes()) in card
    assert "NSF EIA-0196217" in card


def test_the_prior_explains_captured_poses_as_well_as_its_card_says(shared_dir: Path) -> None:
    library = load_library([shared_dir / "mocap" / "poses_val.npz"])
    assert mean_log_likelihood(shipped_prior(), library) > 60


def test_samples_of_the_prior_are_upright_as_often_as_people_are() -> None:
    poses = shipped_prior().draw(2000, torch.Generator().manual_seed(0))
    assert (poses[:, 0, 1, 1] > 0.7).float().mean() > 0.85
    assert (poses[:, 0, 1, 1] < 0.3).any()


def test_the_networks_are_no_larger_than_the_paper_s(served: ServedModel) -> None:
    assert sum(p.numel() for p in served.fitter.recovery.parameters()) <= MOST_PARAMETERS


def test_no_body_is_saved_with_the_weights(served: ServedModel) -> None:
    sizes = {len(value) for value in served.fitter.recovery.state_dict().values() if value.dim()}
    assert not sizes & {served.fitter.body.arrays.n_vertices, len(JOINT_NAMES)}


def test_real_detections_are_fitted_as_well_as_the_readme_says(served: ServedModel, shared_dir: Path) -> None:
    folder = shared_dir / "real" / "pose2sim_dev"
    errors = mean_over_cameras(evaluate_detections(served.fitter.recovery, served.fitter.body, folder, 4))
    assert errors.pa_mpjpe_mm[4] <= 46.6
    assert errors.error_2d[4] < errors.error_2d[0]


def test_captured_poses_are_found_as_well_as_the_readme_says(served: ServedModel, shared_dir: Path) -> None:
    library = load_library([shared_dir / "mocap" / "poses_test.npz"])
    errors = evaluate_poses(served.fitter.recovery, served.fitter.body, library, 4)
    assert errors["clean"].pa_mpjpe_mm[4] <= 28.6
    assert errors["noisy"].pa_mpjpe_mm[4] <= 43.8
    assert errors["clean"].error_2d[4] <= 0.6 * errors["clean"].error_2d[0]
    for name in ("clean", "noisy"):
        assert errors[name].pa_mpjpe_mm[4] < errors[name].pa_mpjpe_mm[0]
