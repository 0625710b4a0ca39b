"""The initializer: keypoints to a first pose and shape, and to what the optimizer should know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.body.joints import NUM_BETAS, NUM_JOINTS
from model.fit.observation import Observation
from model.fit.pose_space import NUM_VARIABLES
from model.keypoints.names import NUM_CANONICAL
from model.optimizer.networks import ResidualBlock, activation
from model.rotation import sixd_to_matrix

# Rotations predicted: all joints but the hands, which no training data moves.
NUM_PREDICTED = NUM_JOINTS - 2

NUM_FEATURES = 4 * NUM_CANONICAL + 3

# Range of relative focal lengths in the network's input; others are clamped to it. Beyond the upper end,
# perspective moves keypoints by about a hundredth of the box, less than detectors err: people farther away
# are treated as if seen from there (weak perspective), so that neither distance nor lens changes the guess.
# Below the lower end, most of a person is out of any picture.
NEAREST_FOCAL, FARTHEST_FOCAL = 0.35, 8.0

# A body that stands upright and faces the camera (y up to y down, front towards the lens).
_FACING = torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])


@dataclass(frozen=True)
class InitializerConfig:
    """Width and number of residual blocks of the network; context features a variable for the optimizer."""

    width: int = 1024
    blocks: int = 3
    context: int = 8


class InitialGuess(NamedTuple):
    """Rotations (B, 24, 3, 3), betas (B, 10) and the optimizer's context (B, 70, c)."""

    rotations: Tensor
    betas: Tensor
    context: Tensor


class Initializer(nn.Module):
    """A residual network on the visible keypoints; rotations leave it in the continuous 6D form."""

    def __init__(self, config: InitializerConfig) -> None:
        super().__init__()
        self.config = config
        self.bf16 = False
        self.first = nn.Linear(NUM_FEATURES, config.width)
        self.blocks = nn.ModuleList(ResidualBlock(config.width) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width)
        self.rotations = nn.Linear(config.width, 6 * NUM_PREDICTED)
        self.betas = nn.Linear(config.width, NUM_BETAS)
        self.context = nn.Linear(config.width, NUM_VARIABLES * config.context)
        self._network: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]] = self._heads
        self._start_at_rest()

    def compile_heads(self) -> None:
        """Compile the network for batches of one size."""
        self._network = torch.compile(self._heads, dynamic=False)

    def _start_at_rest(self) -> None:
        rest = torch.eye(3).repeat(NUM_PREDICTED, 1, 1)
        rest[0] = _FACING
        with torch.no_grad():
            self.rotations.bias.copy_(rest[..., :2].flatten())
            for head in (self.rotations, self.betas):
                head.weight.mul_(0.1)
            self.betas.bias.zero_()

    def forward(self, observation: Observation) -> InitialGuess:
        """Compute the first guess for a batch of people."""
        with torch.autocast(observation.keypoints.device.type, torch.bfloat16, enabled=self.bf16):
            sixd, betas, context = self._network(features(observation))
        rotations = sixd_to_matrix(sixd.float().unflatten(1, (NUM_PREDICTED, 6)))
        hands = torch.eye(3, device=rotations.device).expand(
            rotations.shape[0], NUM_JOINTS - NUM_PREDICTED, 3, 3
        )
        context = context.unflatten(1, (NUM_VARIABLES, self.config.context))
        return InitialGuess(torch.cat([rotations, hands], 1), betas.float(), context)

    def _heads(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z = self.first(inputs)
        for block in self.blocks:
            z = block(z)
        z = activation(self.norm(z))
        return self.rotations(z), self.betas(z), self.context(z)


def features(observation: Observation) -> Tensor:
    """Return the input (B, 103): place, confidence, visibility of each keypoint; log of clamped focal; up."""
    seen = (observation.confidence > 0).to(observation.keypoints.dtype)
    place = observation.keypoints * 2.0  # the box's -0.5..0.5 to about -1..1
    points = torch.cat([place, observation.confidence[..., None], seen[..., None]], -1).flatten(1)
    focal = observation.focal.clamp(NEAREST_FOCAL, FARTHEST_FOCAL)
    return torch.cat([points, focal.log().unsqueeze(1), observation.up], 1)
