"""A batch is the same people however many processes share it, and wherever a run is taken up."""

from dataclasses import replace

import pytest
import torch

from model.body.body import Body
from model.train import sampler
from model.train.config import ConfigError, StageConfig, TrainConfig
from model.train.distributed import ALONE, Processes
from model.train.sampler import SHARDS, PeopleSampler, Progress, SyntheticPeople, shard_size
from tests.model.train.runs import CONFIG, library


def opened(body: Body, config: TrainConfig, processes: Processes = ALONE) -> PeopleSampler:
    return PeopleSampler(library(), body, config, processes)


def rows(people: SyntheticPeople) -> list[bytes]:
    """The people, each as bytes, in an order that does not depend on the process that drew them."""
    values = torch.cat([value.flatten(1) for value in (people.observation.keypoints, *people.truth)], 1)
    return sorted(row.numpy().tobytes() for row in values)


def same(one: SyntheticPeople, other: SyntheticPeople) -> bool:
    pairs = zip((*one.observation, *one.truth), (*other.observation, *other.truth), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("batch", [1, 5, SHARDS, SHARDS + 3, 4 * SHARDS])
def test_lanes_add_up_to_the_batch_and_differ_by_one_at_most(batch: int) -> None:
    sizes = [shard_size(StageConfig(1, batch), shard) for shard in range(SHARDS)]
    assert sum(sizes) == batch
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("count", [2, 3])
def test_processes_together_have_the_people_of_one(body: Body, count: int) -> None:
    config = replace(CONFIG, stages=(StageConfig(iterations=3, batch=37),))
    whole = opened(body, config)
    parts = [opened(body, config, Processes(rank, count)) for rank in range(count)]
    for iteration in range(3):
        place = Progress(0, iteration)
        shared = [row for part in parts for row in rows(part.people(place))]
        assert sorted(shared) == rows(whole.people(place))
        assert len(set(shared)) == 37


def test_people_depend_on_the_place_alone(body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on what was asked before, nor on whether they were drawn ahead in the same go."""
    monkeypatch.setattr(sampler, "_DRAWN_AT_ONCE", 3)
    places = [
        Progress(number, i) for number, stage in enumerate(CONFIG.stages) for i in range(stage.iterations)
    ]
    forwards, backwards = opened(body, CONFIG), opened(body, CONFIG)
    drawn = {place: forwards.people(place) for place in places}
    assert all(same(backwards.people(place), drawn[place]) for place in reversed(places))
    everyone = [row for people in drawn.values() for row in rows(people)]
    assert len(set(everyone)) == len(everyone)


def test_the_seed_changes_every_person(body: Body) -> None:
    one, other = (opened(body, replace(CONFIG, seed=seed)).people(Progress(0, 0)) for seed in (1, 2))
    assert not set(rows(one)) & set(rows(other))


@pytest.mark.parametrize(("batch", "count"), [(4, 5), (10 * SHARDS, SHARDS + 1)])
def test_too_many_processes_are_refused(body: Body, batch: int, count: int) -> None:
    config = replace(CONFIG, stages=(StageConfig(iterations=3, batch=batch),))
    with pytest.raises(ConfigError, match=f"not {count}"):
        opened(body, config, Processes(count - 1, count))
    opened(body, config, Processes(count - 2, count - 1))
