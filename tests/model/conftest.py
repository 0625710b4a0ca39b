"""What the tests of the model share: a small body, tiny networks with random weights, a fitter of both."""

import pytest
from hypothesis import settings

from model.body.body import Body
from model.fit.fitter import Fitter
from model.fit.network import Recovery
from tests.model.people import tiny_recovery
from tests.stick_body import stick_body

# Busy machines must not fail a test, and the same code must always get the same verdict.
settings.register_profile("model", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("model")


@pytest.fixture(scope="session")
def body() -> Body:
    """A body that is exactly mirror-symmetric, in 32 bits. Don't change it in place."""
    return Body(stick_body())


@pytest.fixture(scope="session")
def body64() -> Body:
    """The same in 64 bits, where derivatives are checked."""
    return Body(stick_body()).double()


@pytest.fixture
def recovery() -> Recovery:
    """Tiny networks with random weights, one's own."""
    return tiny_recovery()


@pytest.fixture
def fitter(body: Body, recovery: Recovery) -> Fitter:
    """Fits with random weights: the answers are poor, but what is promised of them must hold."""
    return Fitter(recovery, body)
