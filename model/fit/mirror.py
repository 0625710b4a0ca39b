"""Left for right: mirror images of poses and keypoints, and the side from which people are fitted."""

import torch
from torch import Tensor

from model.body.joints import MIRRORED_JOINTS
from model.body.landmarks import MIRRORED_KEYPOINTS
from model.fit.observation import Observation

# Conjugating a rotation with diag(-1, 1, 1) changes the sign of these entries.
_REFLECTION = torch.tensor([[1.0, -1.0, -1.0], [-1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])


def mirror_rotations(rotations: Tensor) -> Tensor:
    """Mirror image of poses (..., 24, 3, 3), rotations relative to each parent; its own inverse."""
    return rotations[..., list(MIRRORED_JOINTS), :, :] * _REFLECTION.to(rotations)


def mirror_keypoints(keypoints: Tensor) -> Tensor:
    """Mirror image of canonical keypoints (..., 25, 2 or 3): x changes sign, left and right swap."""
    swapped = keypoints[..., MIRRORED_KEYPOINTS, :]
    return torch.cat([-swapped[..., :1], swapped[..., 1:]], -1)


def canonical_side(observation: Observation) -> tuple[Observation, Tensor]:
    """Mirror people with a mean keypoint left of the middle of their box.

    The networks then see one half of all people only, and the mirror image of a picture gives exactly the
    mirror image of the answer.

    Returns:
        The observation to fit, and which people (B,) were mirrored in it.
    """
    flipped = (observation.keypoints[..., 0] * observation.confidence).sum(1) < 0
    keypoints = mirror_keypoints(observation.keypoints)
    confidence = observation.confidence[:, MIRRORED_KEYPOINTS]
    return Observation(
        torch.where(flipped[:, None, None], keypoints, observation.keypoints),
        torch.where(flipped[:, None], confidence, observation.confidence),
        observation.focal,
        torch.where(
            flipped[:, None], observation.up * observation.up.new_tensor([-1.0, 1.0]), observation.up
        ),
    ), flipped


def mirror_back(rotations: Tensor, flipped: Tensor) -> Tensor:
    """Return rotations (B, 24, 3, 3) with those of the flipped (B,) people mirrored."""
    return torch.where(flipped[:, None, None, None], mirror_rotations(rotations), rotations)
