"""A body as plain arrays: everything a linear-blend-skinned model in SMPL's form consists of."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.body.joints import NUM_BETAS, NUM_JOINTS

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]

N_POSE_FEATURES = 207
"""Entries of the 23 rotation matrices (less the identity) that drive the pose blend shapes."""

# Skinning weights are exact; the fit of a regressor only encourages rows that sum to one (SMPL, 2015).
_SUM_TOLERANCE = {"skin_weights": 1e-4, "j_regressor": 1e-2}


class Gender(StrEnum):
    """Gender of a body's shapes, in SMPL's words, as written to files for other tools."""

    NEUTRAL = "neutral"
    FEMALE = "female"
    MALE = "male"


class BodyError(ValueError):
    """A body is not usable; the message says which array or file, and what is wrong with it."""


@dataclass(frozen=True, eq=False)
class BodyArrays:
    """The arrays of a body with V vertices and F faces, checked when made.

    Axes are SMPL's: y up, facing +z, the body's left at +x; metres.

    Raises:
        BodyError: an array has a wrong shape, a value that isn't finite, weights that don't sum
            to one, or an index out of range; or the provenance's `gender` is not one of `Gender`.
    """

    name: str
    licence: str
    v_template: FloatArray
    """(V, 3) float32: the mean shape in the zero pose."""
    shapedirs: FloatArray
    """(V, 3, 10) float32: displacement per unit of each beta."""
    faces: IntArray
    """(F, 3) int32: triangles, counter-clockwise seen from outside."""
    parents: IntArray
    """(24,) int64: parent joint, -1 for the root; parents come before children."""
    j_regressor: FloatArray
    """(24, V) float32: joints as weighted means of the shaped vertices; rows sum to one."""
    skin_joints: IntArray
    """(V, K) int64: the joints that move each vertex."""
    skin_weights: FloatArray
    """(V, K) float32: by how much; rows sum to one."""
    posedirs: FloatArray | None = None
    """(V, 3, 207) float32 pose blend shapes, or None where the body has none."""
    provenance: dict[str, str] = field(default_factory=dict)
    """Where the body comes from, as short texts, and its `gender`: neutral if it says none."""

    def __post_init__(self) -> None:
        self._check_shapes()
        self._check_finite()
        self._check_indices()
        self._check_sums()
        self._check_gender()

    @property
    def gender(self) -> Gender:
        """The gender in the provenance; neutral where it is missing, as it was in early files."""
        return Gender(self.provenance.get("gender", Gender.NEUTRAL))

    @property
    def n_vertices(self) -> int:
        """Number of vertices V."""
        return int(self.v_template.shape[0])

    def _check_shapes(self) -> None:
        v, k = self.v_template.shape[0], self.skin_joints.shape[-1]
        expected: dict[str, tuple[int | None, ...]] = {
            "v_template": (v, 3),
            "shapedirs": (v, 3, NUM_BETAS),
            "faces": (None, 3),
            "parents": (NUM_JOINTS,),
            "j_regressor": (NUM_JOINTS, v),
            "skin_joints": (v, k),
            "skin_weights": (v, k),
            "posedirs": (v, 3, N_POSE_FEATURES),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array is None and name == "posedirs":
                continue
            if not _fits(array.shape, shape):
                wanted = " x ".join("n" if n is None else str(n) for n in shape)
                raise BodyError(f"Body '{self.name}': {name} has the shape {array.shape}, expected {wanted}.")

    def _check_finite(self) -> None:
        for name in ("v_template", "shapedirs", "j_regressor", "skin_weights", "posedirs"):
            array = getattr(self, name)
            if array is not None and not np.isfinite(array).all():
                raise BodyError(f"Body '{self.name}': {name} holds values that are not finite.")

    def _check_indices(self) -> None:
        for name, top in (("faces", self.n_vertices), ("skin_joints", NUM_JOINTS)):
            array = getattr(self, name)
            if array.size == 0 or array.min() < 0 or array.max() >= top:
                raise BodyError(f"Body '{self.name}': {name} must index 0 to {top - 1}.")
        if self.parents[0] != -1 or any(not 0 <= p < i for i, p in enumerate(self.parents) if i):
            raise BodyError(
                f"Body '{self.name}': parents must start with -1, and each joint come after its parent."
            )

    def _check_sums(self) -> None:
        for name, tolerance in _SUM_TOLERANCE.items():
            error = np.abs(getattr(self, name).sum(axis=1, dtype=np.float64) - 1.0).max()
            if error > tolerance:
                raise BodyError(f"Body '{self.name}': a row of {name} is {error:.2g} off its sum of one.")

    def _check_gender(self) -> None:
        gender = self.provenance.get("gender", Gender.NEUTRAL)
        if gender not in list(Gender):
            raise BodyError(f"Body '{self.name}': its gender is '{gender}'; known are {', '.join(Gender)}.")


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    if len(shape) != len(expected):
        return False
    return all(want is None or have == want for have, want in zip(shape, expected, strict=True))
