"""The compared methods, with the constants of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from model.benchmark.dataset import DatasetError
from model.benchmark.methods.classical import YAWS, Classical
from model.benchmark.methods.method import Constant, Learned, Method, Pace
from model.benchmark.methods.minimisers import BatchedAdam, Minimiser, Stage, WolfeLBFGS
from model.benchmark.methods.smplify import Reprojection, SMPLify, in_double
from model.evaluate.starts import initializer_of, mean_pose
from model.fit.network import Recovery
from model.prior.prior import PosePrior

STEPS = (4, 8, 13)

# SPIN fits in a crop of 224 pixels, which is the person's box and a fifth of it. SMPLify-X scales the picture
# to 1000 pixels; the box is taken to be half of that.
_SPIN_PIXELS = 224 / 1.2
_SMPLIFYX_PIXELS = 500.0

# SPIN: weights of pose prior, bends and shape.
_SPIN = (4.78, 15.2, 5.0)
# SMPLify-X for SMPL: stages of pose and shape weights; bends have the pose's, times this.
_SMPLIFYX = ((404.0, 100.0), (404.0, 50.0), (57.4, 10.0), (4.78, 5.0))
_BEND = 3.17


@dataclass(frozen=True)
class Effort:
    """Iterations of the methods.

    Attributes:
        adam: iterations of each of SPIN's two stages; with no prior, the second has twice as many, and L-BFGS
            as many.
        lbfgs: most iterations of SMPLify-X's L-BFGS in each stage.
        steps: of the learned optimizers.
    """

    adam: int = 100
    lbfgs: int = 900
    steps: tuple[int, ...] = STEPS


QUICK = Effort(adam=2, lbfgs=1, steps=(1, 2))


def all_methods(recovery: Recovery, prior: PosePrior, lgd: Recovery | None, effort: Effort) -> list[Method]:
    """Return every method, in the order of the tables.

    Args:
        recovery: initializer and L-SR1.
        prior: pose prior; its mean is the mean pose.
        lgd: initializer and LGD, or None to leave it out.
        effort: iterations of the methods.
    """
    methods: list[Method] = [
        Constant("mean-pose", "the prior's mean pose and shape, facing the camera", mean_pose(prior)),
        Learned("initializer", "the learned first guess", recovery, 0),
    ]
    methods += [
        Learned(f"lsr1-{k}", f"L-SR1, {k} steps from the initializer", recovery, k) for k in effort.steps
    ]
    if lgd is not None:
        methods += [Learned(f"lgd-{k}", f"LGD, {k} steps from its initializer", lgd, k) for k in effort.steps]
    return methods + _classical(recovery, prior, effort)


def chosen(methods: Sequence[Method], names: Sequence[str]) -> list[Method]:
    """Return the methods of the given names, all without names; DatasetError on an unknown one."""
    known = [method.name for method in methods]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise DatasetError(f"Unknown method {', '.join(unknown)}; the methods are {', '.join(known)}.")
    return [method for method in methods if not names or method.name in names]


def size_of(prior: PosePrior) -> int:
    """Return the number of fitted values of a prior: shares, means and the triangles of its covariances."""
    components, size = prior.mixture.means.shape
    triangle = size * (size + 1) // 2
    reference: Tensor = prior.chart.reference
    return components * (1 + size + triangle) + reference.numel()


def _classical(recovery: Recovery, prior: PosePrior, effort: Effort) -> list[Method]:
    parameters = size_of(prior)
    spin, smplifyx = _spin(prior, effort), _smplifyx(prior, effort)
    alone = Reprojection(_SPIN_PIXELS)
    turned_first = [Stage(Reprojection(_SPIN_PIXELS, torso=True), effort.adam, root_only=True)]
    data = [*turned_first, Stage(alone, 2 * effort.adam)]
    rows: list[tuple[str, str, Minimiser, list[Stage], int]] = [
        ("smplify-lbfgs", "SMPLify's objective, L-BFGS as in SMPLify-X", WolfeLBFGS(), smplifyx, parameters),
        ("smplify-adam", "SMPLify's objective, Adam as in SPIN", BatchedAdam(0.01), spin, parameters),
        ("lbfgs", "reprojection alone, L-BFGS", WolfeLBFGS(), [Stage(alone, effort.adam)], 0),
        ("adam", "reprojection alone, Adam, rate 0.01", BatchedAdam(0.01), data, 0),
    ]
    starts = (
        ("", f"mean pose, {YAWS} headings", mean_pose(prior), YAWS),
        ("-initializer", "the initializer", initializer_of(recovery), 1),
    )
    return [
        Classical(
            name + suffix, f"{description}; from {where}", start, yaws, minimiser, stages,
            parameters=learned + (Learned("", "", recovery, 0).parameters if suffix else 0),
            pace=Pace.SLOW if isinstance(minimiser, BatchedAdam) else Pace.SLOWEST,
            batched=isinstance(minimiser, BatchedAdam),
        )
        for name, description, minimiser, stages, learned in rows
        for suffix, where, start, yaws in starts
    ]  # fmt: skip


def _spin(prior: PosePrior, effort: Effort) -> list[Stage]:
    pose, bend, shape = _SPIN
    data = Reprojection(_SPIN_PIXELS)
    return [
        Stage(Reprojection(_SPIN_PIXELS, torso=True), effort.adam, root_only=True),
        Stage(SMPLify(data, prior, pose, bend, shape), effort.adam),
    ]


def _smplifyx(prior: PosePrior, effort: Effort) -> list[Stage]:
    data, exact, most = Reprojection(_SMPLIFYX_PIXELS), in_double(prior), effort.lbfgs
    return [
        Stage(Reprojection(_SMPLIFYX_PIXELS, torso=True), most, root_only=True),
        *(Stage(SMPLify(data, exact, pose, _BEND * pose, shape), most) for pose, shape in _SMPLIFYX),
    ]
