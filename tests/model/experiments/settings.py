"""An ablation small enough for a test."""

from dataclasses import replace

from model.body.body import Body
from model.experiments.ablation import make_setup
from model.experiments.setup import QUICK, Setup, synthetic_data
from tests.model.people import tiny_recovery


def tiny_setting(body: Body) -> Setup:
    """Return a setup of few random poses and tiny random networks."""
    return make_setup(tiny_recovery(), body, synthetic_data(4), replace(QUICK, batch=2))
