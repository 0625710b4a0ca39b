"""What a fit promises, whatever the weights: independence of the batch, and never a worse answer."""

import pytest
import torch
from torch import Tensor

from model.body.body import Body
from model.body.joints import JOINT_NAMES
from model.body.landmarks import LANDMARK_VERTICES
from model.camera import Cameras
from model.fit.fitter import Fitter
from model.fit.objective import evaluate
from model.fit.observation import assumed_camera, look_at_person
from model.fit.pose_space import start
from model.fit.result import FitResult
from model.keypoints.names import KEYPOINT_NAMES, NUM_CANONICAL
from model.optimizer.lsr1 import LSR1, LSR1State
from model.optimizer.solver import Step
from model.status import FEWEST_KEYPOINTS, PersonStatus
from tests.model.people import People, people_in_picture

_PIXELS = {"keypoints2d", "residual_px"}


@pytest.fixture(scope="module")
def people(body: Body) -> People:
    """Six people of which the second and the fifth can't be used."""
    people = people_in_picture(body, 6)
    people.confidence[1, FEWEST_KEYPOINTS - 1 :] = 0.0
    people.pixels[4] = 77.0
    people.confidence[2, ::3] = 0.0
    return people


def some(people: People, which: list[int], *, camera: bool = True) -> tuple[Tensor, Tensor, Cameras | None]:
    known = people.camera.rows(torch.tensor(which, dtype=torch.int64)) if camera else None
    return people.pixels[which], people.confidence[which], known


def tensors(result: FitResult) -> dict[str, Tensor]:
    fields = {n: value for n, value in vars(result).items() if isinstance(value, Tensor) and n != "codes"}
    return {**fields, **{n: getattr(result.camera, n) for n in ("fx", "fy", "cx", "cy")}}


def assert_same(one: FitResult, other: FitResult, rows: list[int], but: tuple[str, ...] = ()) -> None:
    """`one` is the given rows of `other`: to 1e-5 metres or radians, and 1e-5 of a picture in pixels."""
    assert one.status == [other.status[row] for row in rows]
    for name, value in tensors(one).items():
        tolerance = 0.02 if name in _PIXELS else 1e-5
        if name not in but:
            torch.testing.assert_close(value, tensors(other)[name][rows], atol=tolerance, rtol=1e-5)


@pytest.mark.parametrize("camera", [True, False], ids=["camera known", "not known"])
def test_alone_as_in_any_batch(fitter: Fitter, people: People, camera: bool) -> None:
    together = fitter.fit(*some(people, list(range(6)), camera=camera))
    for i in range(6):
        assert_same(fitter.fit(*some(people, [i], camera=camera)), together, [i])


@pytest.mark.parametrize("order", [[5, 4, 3, 2, 1, 0], [2, 0, 2, 2], [1, 4, 3], [0] * 40 + [3]], ids=len)
def test_any_order_and_any_company(fitter: Fitter, people: People, order: list[int]) -> None:
    together = fitter.fit(*some(people, list(range(6))))
    assert_same(fitter.fit(*some(people, order)), together, order)


def test_people_with_and_without_a_camera_in_one_batch(fitter: Fitter, people: People) -> None:
    known = torch.tensor([True, False, True, False, True, False])
    mixed = people.camera.where(known, Cameras.unknown(len(known)))
    result = fitter.fit(people.pixels, people.confidence, mixed)
    assert_same(fitter.fit(*some(people, [0, 2, 4])), result, [0, 2, 4])
    assert_same(fitter.fit(*some(people, [1, 3, 5], camera=False)), result, [1, 3, 5])


def test_an_empty_batch_succeeds(fitter: Fitter, people: People) -> None:
    result = fitter.fit(*some(people, []))
    assert result.status == []
    assert result.rotations.shape == (0, 24, 3, 3)


def test_each_person_has_a_status_and_unusable_rows_hold_zeros(fitter: Fitter, people: People) -> None:
    result = fitter.fit(people.pixels, people.confidence, people.camera)
    assert [status.value for status in result.status] == [
        "ok", "too_few_keypoints", "ok", "ok", "no_extent", "ok",
    ]  # fmt: skip
    assert len({status.sentence for status in PersonStatus}) == len(PersonStatus)
    for name, value in tensors(result).items():
        if name == "rotations":
            assert torch.equal(value[[1, 4]], torch.eye(3).expand(2, 24, 3, 3))
        else:
            assert (value[[1, 4]] == 0).all(), name
            if name not in ("best_step", "cx"):
                assert (value[[0, 2, 3, 5]] != 0).any(), name


@pytest.mark.parametrize("steps", [0, 1, 4, 9])
def test_never_worse_than_the_initializer(fitter: Fitter, body: Body, people: People, steps: int) -> None:
    """And what is returned is indeed the iterate whose objective is reported."""
    usable = some(people, [0, 2, 3, 5])
    result = fitter.fit(*usable, steps=steps)
    assert result.objective.shape == (4, steps + 1)
    best = result.objective.gather(1, result.best_step[:, None])[:, 0]
    assert torch.equal(best, result.objective.min(1).values)
    torch.testing.assert_close(result.objective[:, 0], fitter.fit(*usable, steps=0).objective[:, 0])
    assert (result.best_step > 0).any() == (steps > 0)
    view = look_at_person(usable[0], usable[1], result.camera)
    turned = torch.cat([(view.rotation @ result.rotations[:, 0])[:, None], result.rotations[:, 1:]], 1)
    x, space = start(turned, result.betas)
    found = evaluate(x, space, body, view.observation).value
    torch.testing.assert_close(found, best, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("away", [torch.nan, torch.inf, 1e30], ids=str)
def test_steps_that_run_away_are_not_returned(
    fitter: Fitter, people: People, monkeypatch: pytest.MonkeyPatch, away: float
) -> None:
    """The initializer's own answer comes back, and nothing that isn't finite is reported."""
    usable = some(people, [0, 2, 3, 5])
    initial = fitter.fit(*usable, steps=0)
    step = LSR1.step

    def run_away(solver: LSR1, x: Tensor, gradient: Tensor, state: LSR1State) -> Step:
        return step(solver, x, gradient, state)._replace(x=x + away)

    monkeypatch.setattr(LSR1, "step", run_away)
    result = fitter.fit(*usable, steps=3)
    assert_same(initial, result, [0, 1, 2, 3], but=("objective",))
    assert result.objective.isfinite().all()
    assert (result.best_step == 0).all()


def test_without_a_camera_place_and_size_change_only_the_camera(fitter: Fitter, people: People) -> None:
    pixels, confidence, _ = some(people, [0, 2, 3, 5], camera=False)
    result = fitter.fit(pixels, confidence)
    moved = fitter.fit(pixels * 3.0 + torch.tensor([500.0, -200.0]), confidence)
    assert_same(result, moved, [0, 1, 2, 3], but=("keypoints2d", "residual_px", "fx", "fy", "cx", "cy"))
    torch.testing.assert_close(moved.camera.fx, result.camera.fx * 3.0)
    torch.testing.assert_close(moved.camera.cx, result.camera.cx * 3.0 + 500.0)
    torch.testing.assert_close(moved.camera.cy, result.camera.cy * 3.0 - 200.0)
    expected = result.keypoints2d * 3.0 + torch.tensor([500.0, -200.0])
    torch.testing.assert_close(moved.keypoints2d, expected, atol=0.05, rtol=1e-5)


def test_with_a_camera_a_larger_picture_changes_only_pixels(fitter: Fitter, people: People) -> None:
    pixels, confidence, camera = some(people, [0, 2, 3, 5])
    assert camera is not None
    result = fitter.fit(pixels, confidence, camera)
    larger = fitter.fit(pixels * 2.5, confidence, Cameras(camera.intrinsics * 2.5))
    assert_same(result, larger, [0, 1, 2, 3], but=("keypoints2d", "residual_px", "fx", "fy", "cx", "cy"))
    torch.testing.assert_close(larger.residual_px, result.residual_px * 2.5, atol=0.05, rtol=1e-4)


def test_with_a_camera_cropping_the_picture_changes_only_pixels(fitter: Fitter, people: People) -> None:
    pixels, confidence, camera = some(people, [0, 2, 3, 5])
    assert camera is not None
    result = fitter.fit(pixels, confidence, camera)
    cropped = Cameras.of(camera.fx, camera.fy, camera.cx - 300.0, camera.cy - 100.0)
    other = fitter.fit(pixels - torch.tensor([300.0, 100.0]), confidence, cropped)
    assert_same(result, other, [0, 1, 2, 3], but=("keypoints2d", "cx", "cy"))


def test_without_a_camera_the_assumed_one_is_used_and_reported(fitter: Fitter, people: People) -> None:
    pixels, confidence, _ = some(people, [0, 3], camera=False)
    assumed = assumed_camera(pixels, confidence)
    assert_same(fitter.fit(pixels, confidence), fitter.fit(pixels, confidence, assumed), [0, 1])


def test_the_parts_of_an_answer_agree(fitter: Fitter, body: Body, people: People) -> None:
    which = [0, 2, 3, 5]
    result = fitter.fit(*some(people, which))
    torch.testing.assert_close(result.camera.project(result.keypoints3d), result.keypoints2d)
    skeleton = body.skeleton(result.rotations, result.betas)
    torch.testing.assert_close(skeleton.joints + result.transl[:, None], result.joints3d)
    mesh = fitter.vertices(result, [3, 0])
    for name, vertex in LANDMARK_VERTICES.items():
        on_mesh = result.keypoints3d[[3, 0], KEYPOINT_NAMES.index(name)]
        torch.testing.assert_close(mesh[:, vertex], on_mesh, atol=1e-5, rtol=0)
    for row, person in enumerate(which):
        off = (result.keypoints2d[row, :NUM_CANONICAL] - people.pixels[person]).norm(dim=-1)
        expected = (off * people.confidence[person]).sum() / people.confidence[person].sum()
        torch.testing.assert_close(result.residual_px[row], expected)
    assert result.pose.shape == (4, len(JOINT_NAMES), 3)
    assert (result.joints3d[..., 2] > 0).all()


def test_known_betas_are_held_and_free_ones_are_not(fitter: Fitter, people: People) -> None:
    usable = some(people, [0, 2, 3, 5])
    free = fitter.fit(*usable).betas
    known = torch.full((4, 10), torch.nan)
    known[0], known[1, 0] = torch.linspace(-2, 2, 10), 1.5
    betas = fitter.fit(*usable, betas=known).betas
    assert torch.equal(betas[0], known[0])
    assert betas[1, 0] == 1.5
    torch.testing.assert_close(betas[2:], free[2:], atol=1e-5, rtol=0)
    assert (betas[1, 1:] - free[1, 1:]).abs().max() < 3


def test_another_backend_makes_another_fitter(fitter: Fitter, people: People) -> None:
    expected, given = fitter.fit(*some(people, [0, 2])), some(people, [0, 2])

    class Backend:
        def can_take(self, people: int, steps: int) -> bool:
            return (people, steps) == (2, 4)

        def __call__(self, *args: object, **kwargs: object) -> FitResult:
            return expected

    other = fitter.with_backend(Backend())
    assert other.fit(*given) is expected
    assert other.fit(*given, steps=3) is not expected
    assert fitter.fit(*given) is not expected
    assert fitter.backend is None
    assert (other.recovery, other.body) == (fitter.recovery, fitter.body)
    assert other.with_backend(None).fit(*given) is not expected
