"""Labelled people for tests, and a method that knows the truth."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.benchmark.dataset import SKELETON_FOURTEEN, EvaluationSet
from model.benchmark.methods.method import Iterate, Pace
from model.body.body import Body
from model.evaluate.metrics import FOURTEEN
from model.fit.mirror import mirror_back
from model.fit.observation import Observation
from model.fit.preprocess import preprocess
from tests.model.people import People, people_in_picture


def silent(line: str) -> None:
    """Ignore progress."""


def dataset(people: People, body: Body) -> EvaluationSet:
    """The same people as a data set, each on their own."""
    return EvaluationSet(
        name="made-up",
        protocol="exact",
        pixels=people.pixels,
        confidence=people.confidence,
        camera=people.camera,
        truth=SKELETON_FOURTEEN(body, people.rotations, people.betas),
        joint_names=FOURTEEN,
        joints_of=SKELETON_FOURTEEN,
        group=torch.arange(len(people.pixels)),
        mesh=lambda some: body.vertices(people.rotations[some], people.betas[some]),
    )


def some_people(body: Body, count: int = 4, seed: int = 0) -> EvaluationSet:
    """Made-up people."""
    return dataset(people_in_picture(body, count, seed), body)


@dataclass
class Knowing:
    """Starts somewhere else and ends at the truth, or where nothing is a number."""

    people: People
    broken: tuple[int, ...] = ()
    name: str = "knowing"
    description: str = "the truth"
    parameters: int = 7
    pace: Pace = Pace.FAST
    batched: bool = True
    fitted: int = 0

    def fit(self, body: Body, observation: Observation) -> list[Iterate]:
        """Two iterates; people come in order."""
        some = slice(self.fitted, self.fitted + len(observation.focal))
        self.fitted = some.stop
        rotations, betas = self._seen(some)
        elsewhere = rotations.flip(1)
        end = rotations.clone()
        for row in self.broken:
            if some.start <= row < some.stop:
                end[row - some.start] = torch.nan
        none = betas.new_zeros(len(betas))
        return [Iterate(none, elsewhere, betas), Iterate(none + 3, end, betas)]

    def _seen(self, some: slice) -> tuple[Tensor, Tensor]:
        """The truth in the axes of the virtual camera."""
        camera = self.people.camera.rows(some)
        view = preprocess(self.people.pixels[some], self.people.confidence[some], camera).view
        flipped = (view.observation.keypoints[..., 0] * view.observation.confidence).sum(1) < 0
        rotations = self.people.rotations[some]
        rotations = torch.cat([(view.rotation @ rotations[:, 0])[:, None], rotations[:, 1:]], 1)
        return mirror_back(rotations, flipped), self.people.betas[some]
