"""Errors of each person, and of sequences: acceleration and jitter."""

import torch
from torch import Tensor

from model.benchmark.dataset import EvaluationSet
from model.body.body import Body
from model.evaluate.metrics import align, mpjpe, pa_mpjpe

# A fit counts as a success below this PA-MPJPE, millimetres.
SUCCESS_MM = 75.0
_MILLIMETRES = 1000.0


def joint_errors(dataset: EvaluationSet, found: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """Return errors of fitted joints (N, J, 3) in millimetres; joints without truth are left out.

    Returns:
        `mpjpe_mm` (N,), relative to the middle of the hips; `pa_mpjpe_mm` (N,), after the best similarity
        transform; and the distance (N, J) of each joint after that, NaN without truth.
    """
    truth = dataset.truth
    known = truth.isfinite().all(-1)
    truth = torch.where(known[..., None], truth, truth.new_zeros(()))
    weights = known.to(found)
    root, true_root = (points[:, dataset.hips].mean(1, keepdim=True) for points in (found, truth))
    whole = known[:, dataset.hips].all(1)
    centred = mpjpe(found - root, truth - true_root, weights).masked_fill(~whole, torch.nan)
    distance = (align(found, truth, weights) - truth).norm(dim=-1)
    errors = {
        "mpjpe_mm": centred * _MILLIMETRES,
        "pa_mpjpe_mm": pa_mpjpe(found, truth, weights) * _MILLIMETRES,
    }
    return errors, distance.masked_fill(~known, torch.nan) * _MILLIMETRES


def vertex_errors(
    dataset: EvaluationSet, body: Body, rotations: Tensor, betas: Tensor, found: Tensor, batch: int = 64
) -> dict[str, Tensor]:
    """Return `pve_mm` and `pa_pve_mm` (N,) of fitted meshes, where the truth has meshes of as many vertices.

    Args:
        dataset: the people.
        body: the fitted body.
        rotations: (N, 24, 3, 3) of the fits, in camera axes.
        betas: (N, 10) of the fits.
        found: (N, J, 3), the fits' joints; the root is the middle of the hips.
        batch: meshes at a time.
    """
    if dataset.mesh is None:
        return {}
    parts: dict[str, list[Tensor]] = {"pve_mm": [], "pa_pve_mm": []}
    for some in torch.arange(len(dataset)).split(batch):
        mesh, truth = body.vertices(rotations[some], betas[some]), dataset.mesh(some)
        if mesh.shape != truth.shape:
            return {}
        root, true_root = (
            points[some][:, dataset.hips].mean(1, keepdim=True) for points in (found, dataset.truth)
        )
        parts["pve_mm"].append(mpjpe(mesh - root, truth - true_root) * _MILLIMETRES)
        parts["pa_pve_mm"].append(pa_mpjpe(mesh, truth) * _MILLIMETRES)
    return {name: torch.cat(values) for name, values in parts.items()}


def sequence_errors(dataset: EvaluationSet, found: Tensor) -> dict[str, list[float]]:
    """Return a number for each sequence; empty lists for a data set without sequences.

    `acceleration_mm`: mean distance between the second differences of fitted and true joints, millimetres per
    frame squared. `jitter`: mean length of the third difference of fitted joints, m/s^3; `true_jitter` that
    of the truth, which no fit should go below. Joints are relative to the middle of the hips.
    """
    errors: dict[str, list[float]] = {"acceleration_mm": [], "jitter": [], "true_jitter": []}
    if dataset.frame is None:
        return errors
    moving, truth = (p - p[:, dataset.hips].mean(1, keepdim=True) for p in (found, dataset.truth))
    for group in dataset.group.unique():
        rows = (dataset.group == group).nonzero()[:, 0]
        rows = rows[dataset.frame[rows].argsort()]
        if len(rows) < 4:
            continue
        second, third = (torch.diff(moving[rows], n=n, dim=0) for n in (2, 3))
        true_second, true_third = (torch.diff(truth[rows], n=n, dim=0) for n in (2, 3))
        acceleration = (second - true_second).norm(dim=-1).mean()
        errors["acceleration_mm"].append(float(acceleration) * _MILLIMETRES)
        errors["jitter"].append(float(third.norm(dim=-1).mean()) * dataset.fps**3)
        errors["true_jitter"].append(float(true_third.norm(dim=-1).mean()) * dataset.fps**3)
    return errors
