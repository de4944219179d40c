"""Everything that once was tried on the parsers is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.signaling.media.fuzz import corpus
from tests.signaling.media.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_in_the_corpus_makes_a_parser_fall(target: str) -> None:
    inputs = corpus(target)

    assert len(inputs) >= 3
    for data in inputs:
        TARGETS[target](data)
        for cut in range(0, len(data), max(1, len(data) // 50)):
            TARGETS[target](data[:cut])


@given(st.sampled_from(sorted(TARGETS)), st.data())
def test_a_changed_input_of_the_corpus_makes_no_parser_fall(
    target: str, data: st.DataObject
) -> None:
    seed = bytearray(data.draw(st.sampled_from(corpus(target))))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(seed) - 1))
        seed[place] = data.draw(st.integers(0, 255))

    TARGETS[target](bytes(seed))
