"""What a stranger's file reaches in the child, for tests and fuzzers.

Each takes any bytes and must return; ``atheris`` (not needed otherwise) looks for
bytes that make one fall: ``python -m tests.document_capture.fuzz png``. Here the
walls are not up: a fuzzer must see what falls.
"""

import contextlib
from collections.abc import Callable, Iterator

from document_capture.opening import Refusal, Sheet, code_for, kind_of, reader
from protocol.texts import texts

Reader = Callable[[bytes], Iterator[Sheet]]


def kind(data: bytes) -> None:
    """The first bytes of any file."""
    with contextlib.suppress(Refusal):
        kind_of(data)


def _drawn(read: Reader, data: bytes) -> None:
    try:
        for sheet in read(data):
            length = sum(len(memoryview(rows).cast("B")) for rows in sheet.rows)
            assert length == sheet.width * sheet.height * 3
    except Exception as error:  # as the child does
        assert code_for(error) in texts()


def png(data: bytes) -> None:
    """A file that begins as PNG."""
    _drawn(reader("png"), data)


def jpeg(data: bytes) -> None:
    """A file that begins as JPEG."""
    _drawn(reader("jpeg"), data)


def heic(data: bytes) -> None:
    """A file that begins as HEIC."""
    _drawn(reader("heic"), data)


def pdf(data: bytes) -> None:
    """A file that begins as PDF."""
    _drawn(reader("pdf"), data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "kind": kind,
    "png": png,
    "jpeg": jpeg,
    "heic": heic,
    "pdf": pdf,
}
