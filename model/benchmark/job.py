"""The job of `hmr evaluate methods`: from options to tables and pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.benchmark.dataset import EvaluationSet
from model.benchmark.methods.registry import QUICK, Effort, all_methods, chosen
from model.benchmark.open_data import detected_people, posed_people, sequence_people
from model.benchmark.readers.known import read_named
from model.benchmark.readers.truth import Truth
from model.benchmark.report.plot import draw_all
from model.benchmark.report.tables import write_report
from model.benchmark.run import Comparison, Finished, Limits, compare, usable
from model.benchmark.setup import identity_of, load_lgd, sampled_people
from model.body.body import Body
from model.data.library import load_library
from model.prior.file import load_prior
from model.train.poses import PRIOR
from model.weights import load_served, weights_folder


@dataclass(frozen=True)
class Options:
    """Options of a comparison.

    Attributes:
        out: folder for results, tables and pictures.
        poses: pose libraries (npz), rendered with clean and noisy keypoints.
        detections: folder of BODY_25 files, cameras and 3D truth.
        sequences: file of motion-capture sequences (npz).
        datasets: licensed data sets as NAME=PATH.
        male, female: files of the bodies of the truth.
        regressor: Human3.6M's joint regressor (npy).
        weights, body: folder of weights and file of a body; the served ones if None.
        lgd: folder of LGD's weights; LGD is left out if None.
        methods: names of the compared methods; all if empty.
        limits: largest numbers of people.
        quick: few people, steps and iterations; people sampled from the prior if no data is given.
    """

    out: Path
    poses: Sequence[Path] = ()
    detections: Path | None = None
    sequences: Path | None = None
    datasets: Sequence[str] = ()
    male: Path | None = None
    female: Path | None = None
    regressor: Path | None = None
    weights: Path | None = None
    body: Path | None = None
    lgd: Path | None = None
    methods: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    quick: bool = False

    @property
    def without_data(self) -> bool:
        """Return whether no data is given."""
        return not (self.poses or self.detections or self.sequences or self.datasets)


def run(options: Options, report: Callable[[str], None] = print) -> None:
    """Compare the methods, and write tables and pictures of all finished results.

    Raises:
        BodyError, DatasetError, DetectionsError, LibraryError, PriorError, WeightsError: an input can't be
            used; the message says which.
        KeyboardInterrupt: stopped; the same call resumes after the last finished result.
    """
    comparison, finished = prepare(options, report), Finished()
    try:
        compare(comparison, finished, report)
    finally:
        if finished.scores:
            write_report(finished, comparison)
            draw_all(finished.scores, finished.costs, comparison.out / "plots")
    if options.lgd is None:
        report("LGD was left out: --lgd gives its weights.")


def prepare(options: Options, report: Callable[[str], None]) -> Comparison:
    """Load everything that is compared; reports the number of people in each data set."""
    served = load_served(options.weights, options.body)
    body, prior_file = served.fitter.body, weights_folder() / PRIOR
    prior = load_prior(prior_file)
    lgd = load_lgd(options.lgd) if options.lgd else None
    effort = QUICK if options.quick else Effort()
    methods = chosen(all_methods(served.fitter.recovery, prior, lgd, effort), options.methods)
    found = _datasets(options, body) or sampled_people(prior, body)
    datasets = []
    for people, refused in map(usable, found):
        excluded = f", {refused} can't be fitted" if refused else ""
        report(f"{people.name}: {len(people)} people{excluded}")
        datasets.append(people)
    identity = identity_of(served, prior_file, options.lgd, effort)
    limits = Limits.quick() if options.quick else options.limits
    return Comparison(methods, datasets, body, prior, limits, identity, options.out)


def _datasets(options: Options, body: Body) -> list[EvaluationSet]:
    """Read the given data sets, those without a licence first."""
    found: list[EvaluationSet] = []
    if options.detections:
        found.append(detected_people(options.detections))
    for path in options.poses:
        found += posed_people(load_library([path]), body, path.stem).values()
    if options.sequences:
        found += sequence_people(options.sequences, body).values()
    truth = Truth.load(options.male, options.female, options.regressor)
    return found + [read_named(text, truth) for text in options.datasets]
