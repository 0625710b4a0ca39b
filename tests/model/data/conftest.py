"""What the tests of data share."""

import pytest

from model.body.body import Body
from model.data.skeleton import Skeleton


@pytest.fixture(scope="session")
def skeleton(body: Body) -> Skeleton:
    """Of the small body of the tests."""
    return Skeleton(body.joint_template)
