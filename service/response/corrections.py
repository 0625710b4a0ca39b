"""Corrections of a person's detections: the keypoints that were fitted, and warnings about the changes."""

from collections.abc import Sequence

import numpy as np

from model.fit.robust.left_right import LIMBS
from model.keypoints.input_warnings import InputWarning, InputWarnings
from model.keypoints.layouts import LAYOUT_NAMES
from model.keypoints.names import CANONICAL_NAMES
from model.keypoints.openpose import DetectedPerson
from service.engine.job import FitOutcome, FloatArray


def corrected_people(sent: Sequence[DetectedPerson], outcome: FitOutcome) -> list[DetectedPerson]:
    """Return the people with the keypoints that they were fitted to."""
    people = list(sent)
    for i in _changed(outcome):
        people[i] = _corrected(sent[i], outcome.used[i])
    return people


def correction_warnings(sent: Sequence[DetectedPerson], outcome: FitOutcome) -> list[InputWarning]:
    """Return warnings that name the keypoints which were ignored or had left and right exchanged."""
    warnings = InputWarnings()
    for i in _changed(outcome):
        for limbs in np.array(list(LIMBS))[outcome.exchanged[i]].tolist():
            warnings.add(
                f"Left and right {limbs} were exchanged in the input, since no body pose fits them as sent; "
                "they were swapped back. Other warnings name sides after the correction.",
                [i],
            )
        # A midpoint that was computed for a layout without it has no name there.
        names = LAYOUT_NAMES[sent[i].layout]
        ignored = [name for name in np.array(CANONICAL_NAMES)[outcome.left_out[i]].tolist() if name in names]
        if ignored:
            warnings.add(
                f"Ignored as likely false detections: {' and '.join(ignored)}. No body pose fits them "
                "together with the other keypoints.",
                [i],
            )
    return warnings.all()


def _changed(outcome: FitOutcome) -> list[int]:
    changed: list[int] = np.flatnonzero(outcome.left_out.any(1) | outcome.exchanged.any(1)).tolist()
    return changed


def _corrected(person: DetectedPerson, used: FloatArray) -> DetectedPerson:
    """Return a person with the used keypoints (25, 3) in the person's layout; points without a role stay."""
    points = person.points.copy()
    for place, name in enumerate(LAYOUT_NAMES[person.layout]):
        if name in CANONICAL_NAMES:
            points[place] = used[CANONICAL_NAMES.index(name)]
    return DetectedPerson(person.layout, points)
