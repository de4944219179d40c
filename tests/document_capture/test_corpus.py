"""Everything that once was tried on the readers of files is tried again."""

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from document_capture.files import open_pages, read_pages
from document_capture.images import Refused
from document_capture.opening import CODE_LENGTH, HEAD
from tests.document_capture.fuzz import corpus, seeds
from tests.document_capture.targets import FILES, TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_in_the_corpus_makes_a_reader_fall(target: str) -> None:
    inputs = corpus(target)

    assert len(inputs) >= 3
    for data in inputs:
        TARGETS[target](data)
        for cut in range(0, len(data), max(1, len(data) // 12)):
            TARGETS[target](data[:cut])


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_changed_file_is_a_page_or_refused_with_a_reason(
    target: str, data: st.DataObject
) -> None:
    seed = bytearray(data.draw(st.sampled_from(corpus(target))))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(seed) - 1))
        seed[place] = data.draw(st.integers(0, 255))

    # In a child: a library that falls must not take the other tests with it.
    with contextlib.suppress(Refused):
        open_pages(bytes(seed))


WORDED = sorted(set(TARGETS) - set(FILES))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WORDED), st.data())
def test_changed_words_are_judged_and_never_make_a_reader_fall(
    target: str, data: st.DataObject
) -> None:
    words = bytearray(data.draw(st.sampled_from([*corpus(target), *seeds(target)])))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place] = data.draw(st.integers(0, 255))

    TARGETS[target](bytes(words))


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.integers(0, 5000),
    st.integers(0, 9),
    st.floats(width=32),
    st.sampled_from([b"", b"file-locked", b"file-nonsense", b"\xff"]),
)
def test_a_parent_believes_nothing_that_a_child_says(
    pixels: bytes, width: int, height: int, dpi: float, last: bytes
) -> None:
    source, sink = os.pipe()
    with open(source, "rb") as pipe, open(sink, "wb") as child:  # noqa: PTH123
        child.write(
            HEAD.pack(width, height, 6, dpi)
            + pixels
            + HEAD.pack(0, 0, 0, 0)
            + last.ljust(CODE_LENGTH)
        )
        child.close()

        with contextlib.suppress(Refused):
            for page in read_pages(pipe.fileno()):
                assert page.image.ndim == 3
                assert 0 <= page.dpi < 10_000
