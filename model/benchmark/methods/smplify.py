"""SMPLify's objective: robust reprojection, a Gaussian-mixture pose prior, bend and shape priors.

Bogo et al., ECCV 2016. The weights come in two schedules: SMPLify-X's (Pavlakos et al., CVPR 2019) and
SPIN's (Kolotouros et al., ICCV 2019). The mixture is this project's own, fitted to other motion capture
than the published one. The translation follows in closed form; the published codes search for it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import JOINT_NAMES
from model.camera import closed_form_translation
from model.fit.objective import project_to_box
from model.fit.observation import Observation
from model.fit.pose_space import PoseSpace
from model.keypoints.names import CANONICAL_NAMES, NUM_CANONICAL
from model.prior.mixture import Mixture
from model.prior.prior import PosePrior
from model.rotation import matrix_to_rotvec

# Geman and McClure's robustifier stops growing about here, pixels.
_SIGMA = 100.0

# What bends one way only: joint, component of its axis-angle, and the sign that makes overbending positive.
_HINGES = (("left_elbow", 1, 1.0), ("right_elbow", 1, -1.0), ("left_knee", 0, -1.0), ("right_knee", 0, -1.0))
_JOINTS = [JOINT_NAMES.index(joint) for joint, _, _ in _HINGES]
_COMPONENTS = torch.tensor([component for _, component, _ in _HINGES])
_SIGNS = torch.tensor([sign for _, _, sign in _HINGES])

_TORSO = torch.tensor([name.endswith(("_shoulder", "_hip")) for name in CANONICAL_NAMES])
# With fewer of the torso's keypoints than this, all keypoints show where the body points.
_FEWEST_TORSO = 3


@dataclass(frozen=True, eq=False)
class Reprojection:
    """The data term alone, or of the torso's keypoints only.

    Attributes:
        pixels: what the longer side of a person's box is taken to measure.
        torso: use shoulders and hips only.
    """

    pixels: float
    torso: bool = False

    def __call__(self, x: Tensor, space: PoseSpace, body: Body, observation: Observation) -> Tensor:
        """Return (B,), squared pixels, robustified."""
        return self.of(body.skeleton(*space.decode(x)).keypoints[:, :NUM_CANONICAL], observation)

    def of(self, keypoints: Tensor, observation: Observation) -> Tensor:
        """Return (B,), of a body's keypoints (B, 25, 3)."""
        weights = observation.confidence
        if self.torso:
            torso = weights * _TORSO.to(weights)
            weights = torch.where(((torso > 0).sum(1) < _FEWEST_TORSO)[:, None], weights, torso)
        translation = closed_form_translation(keypoints, observation.rays, weights)
        off = project_to_box(keypoints, translation, observation.focal) - observation.keypoints
        square = (off * self.pixels).square()
        robust = _SIGMA**2 * square / (_SIGMA**2 + square)
        return (weights.square()[..., None] * robust).sum((1, 2))


@dataclass(frozen=True, eq=False)
class SMPLify:
    """The whole objective; weights count squared, as in the published codes.

    Attributes:
        data: the reprojection.
        prior: of poses, which works in its own precision.
        pose, bend, shape: weights.
    """

    data: Reprojection
    prior: PosePrior
    pose: float
    bend: float
    shape: float

    def __call__(self, x: Tensor, space: PoseSpace, body: Body, observation: Observation) -> Tensor:
        """Return (B,)."""
        rotations, betas = space.decode(x)
        data = self.data.of(body.skeleton(rotations, betas).keypoints[:, :NUM_CANONICAL], observation)
        pose = -self.prior.log_density(rotations.to(self.prior.mixture.means), lean=False).to(data)
        return (
            data
            + self.pose**2 * pose
            + self.bend**2 * bending(rotations)
            + self.shape**2 * betas.square().sum(1)
        )


def bending(rotations: Tensor) -> Tensor:
    """Joint-angle prior (B,): elbows and knees (of B, 24, 3, 3) bent the wrong way cost exponentially."""
    turns = matrix_to_rotvec(rotations[:, _JOINTS])
    angles = turns[:, torch.arange(len(_JOINTS)), _COMPONENTS.to(turns.device)]
    return (angles * _SIGNS.to(turns)).exp().square().sum(1)


def in_double(prior: PosePrior) -> PosePrior:
    """The prior in 64 bits."""
    mixture = Mixture(
        *(part.double() for part in (prior.mixture.shares, prior.mixture.means, prior.mixture.factors))
    )
    return PosePrior(prior.chart, mixture, prior.provenance)
