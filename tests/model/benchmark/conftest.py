"""A second body, of other proportions."""

from dataclasses import replace

import pytest

from model.body.body import Body
from tests.stick_body import stick_body


@pytest.fixture(scope="session")
def other_body() -> Body:
    """A tenth larger."""
    arrays = stick_body()
    return Body(replace(arrays, v_template=arrays.v_template * 1.1))
