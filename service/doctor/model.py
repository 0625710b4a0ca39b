"""Checks of weights, body and device, and of a fit."""

from collections.abc import Iterator

import numpy as np
import torch

from model.status import PersonStatus
from model.weights import ServedModel
from service.bench.machine import usable_cores
from service.doctor.finding import Finding, Verdict
from service.engine.run import run_job
from service.engine.warm_up import warm_up_job
from service.models.load import StartupError, choose_device, load_model
from service.settings import Settings


def check_model(settings: Settings) -> Iterator[Finding]:
    """Check everything that a fit needs, and run a fit."""
    device = check_device(settings)
    yield device
    if device.verdict is Verdict.FAILED:
        return
    try:
        served = load_model(settings)
    except StartupError as error:
        remedy = "Fetch the file again (git checkout weights), or set HMR_WEIGHTS and HMR_BODY to good ones."
        yield Finding("weights and body", Verdict.FAILED, str(error), remedy)
        return
    detail = f"weights {served.version}, body {served.body_name}, every hash as it should be"
    yield Finding("weights and body", Verdict.OK, detail)
    yield check_threads()
    yield check_compiled(served)
    yield check_fit(served)


def check_device(settings: Settings) -> Finding:
    """Return whether the device is there."""
    try:
        device = choose_device(settings.device)
    except StartupError as error:
        remedy = "Set HMR_DEVICE=cpu, or install a CUDA build of PyTorch."
        return Finding("device", Verdict.FAILED, str(error), remedy)
    return Finding("device", Verdict.OK, f"{device} (HMR_DEVICE={settings.device})")


def check_threads() -> Finding:
    """Return the number of threads of a fit; more threads than cores make it slower."""
    threads, cores = torch.get_num_threads(), usable_cores()
    detail = f"{threads} for a fit, {cores} cores to run on"
    if threads > cores:
        return Finding("threads", Verdict.WARNING, detail, "Set HMR_THREADS to the number of cores or less.")
    return Finding("threads", Verdict.OK, detail)


def check_compiled(served: ServedModel) -> Finding:
    """Return whether fits run compiled; eager ones are right, too, but slower."""
    in_use = served.fitter.backend is not None
    detail = "in use" if in_use else "not in use; `hmr warm` makes it, and fits are then quicker"
    return Finding("compiled fit", Verdict.OK, detail)


def check_fit(served: ServedModel) -> Finding:
    """Check that a standing person is fitted with finite numbers."""
    outcome = run_job(served.fitter, warm_up_job(1))
    finite = all(np.isfinite(array).all() for array in outcome.arrays.values())
    if outcome.statuses == [PersonStatus.OK] and finite and len(outcome.vertices) == 1:
        milliseconds = 1000 * (outcome.seconds["fit"] + outcome.seconds["mesh"])
        return Finding("a fit", Verdict.OK, f"one person with a mesh in {milliseconds:.0f} ms")
    remedy = "The weights or this build of PyTorch are broken: reinstall both."
    return Finding("a fit", Verdict.FAILED, outcome.messages[0], remedy)
