"""`Prefer: wait`."""

import pytest

from service.http.negotiation import preferred_wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        (["wait=5"], 5),
        (["respond-async, WAIT = 2.5"], 2.5),
        (["return=minimal; x=1", 'wait="7"'], 7),
        (["wait=0"], 0),
        (["wait=-1"], None),
        (["wait=soon"], None),
        (["await=3"], None),
        (["wait=99999999999999999999"], None),
    ],
)
def test_what_can_be_read_is_read(headers: list[str], seconds: float | None) -> None:
    assert preferred_wait(headers) == seconds
