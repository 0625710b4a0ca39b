"""The status of a person's fit."""

from model.status import PersonStatus


def test_each_status_has_a_sentence() -> None:
    sentences = [status.sentence for status in PersonStatus]
    assert len(set(sentences)) == len(PersonStatus)
    assert all(sentence.endswith(".") for sentence in sentences)


def test_codes_are_the_order_of_the_statuses() -> None:
    assert [status.code for status in PersonStatus] == list(range(len(PersonStatus)))
