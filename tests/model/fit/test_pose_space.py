"""The chart of poses around the initializer's answer."""

import torch

from model.body.joints import NUM_BETAS, PARENTS
from model.fit.pose_space import NUM_FREE_JOINTS, NUM_VARIABLES, start
from model.rotation import matrix_to_rotvec, rotvec_to_matrix
from tests.model.people import random_poses

_BETAS = torch.randn(3, NUM_BETAS, generator=torch.Generator().manual_seed(0))


def test_the_start_stands_for_the_initializer_s_answer() -> None:
    rotations = random_poses(3, seed=1, angle=1.5)
    x, space = start(rotations, _BETAS)
    assert x.shape == (3, NUM_VARIABLES)
    decoded, betas = space.decode(x)
    torch.testing.assert_close(decoded, rotations)
    assert torch.equal(betas, _BETAS)


def test_a_variable_turns_its_own_joint_in_the_camera_s_axes() -> None:
    rotations = random_poses(NUM_VARIABLES, seed=2)
    x, space = start(rotations, torch.zeros(NUM_VARIABLES, NUM_BETAS))
    decoded, betas = space.decode(x + 0.3 * torch.eye(NUM_VARIABLES))
    before, after = global_rotations(rotations), global_rotations(decoded)
    for variable in range(3 * NUM_FREE_JOINTS):
        joint, axis = divmod(variable, 3)
        turned = rotvec_to_matrix(0.3 * torch.eye(3)[axis]) @ before[variable, joint]
        torch.testing.assert_close(after[variable, joint], turned)
        others = [j for j in range(24) if j != joint]
        torch.testing.assert_close(decoded[variable, others], rotations[variable, others])
    torch.testing.assert_close(betas[3 * NUM_FREE_JOINTS :], 0.3 * torch.eye(NUM_BETAS))


def global_rotations(rotations: torch.Tensor) -> torch.Tensor:
    """Joint by joint, from the root outwards."""
    turns: list[torch.Tensor] = []
    for joint, parent in enumerate(PARENTS):
        local = rotations[:, joint]
        turns.append(local if parent < 0 else turns[parent] @ local)
    return torch.stack(turns, 1)


def test_wrists_and_hands_stay_whatever_x_is() -> None:
    rotations = random_poses(3, seed=3)
    _, space = start(rotations, _BETAS)
    decoded, _ = space.decode(torch.randn(3, NUM_VARIABLES, generator=torch.Generator().manual_seed(4)) * 3)
    assert torch.equal(decoded[:, NUM_FREE_JOINTS:], rotations[:, NUM_FREE_JOINTS:])
    assert matrix_to_rotvec(decoded[:, :NUM_FREE_JOINTS]).isfinite().all()
