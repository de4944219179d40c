"""What strangers' bytes and words reach, for tests and fuzzers.

Each takes any bytes and must return; ``atheris`` (not needed otherwise) looks for
bytes that make one fall: ``python -m tests.document_capture.fuzz png``. Here the
walls are not up: a fuzzer must see what falls.
"""

import contextlib
import os
from collections.abc import Callable, Iterator

from document_capture.files import read_pages
from document_capture.identifiers import Why, identify
from document_capture.images import Refused
from document_capture.mrz import Mrz, NotMrz, parse
from document_capture.mrz_formats import ALPHABET, FORMATS
from document_capture.mrz_lines import Row, zone_in
from document_capture.opening import Refusal, Sheet, code_for, kind_of, reader
from protocol.texts import texts

Reader = Callable[[bytes], Iterator[Sheet]]


def kind(data: bytes) -> None:
    """The first bytes of any file."""
    with contextlib.suppress(Refusal):
        kind_of(data)


def _drawn(read: Reader, data: bytes) -> None:
    came, said = [], []
    try:
        for sheet in read(data):
            came.append(sum(len(memoryview(rows).cast("B")) for rows in sheet.rows))
            said.append(sheet.width * sheet.height * 3)
    except Exception as error:  # as the child does
        assert code_for(error) in texts()
    assert came == said


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


def child(data: bytes) -> None:
    """What a child that was taken over writes to its parent."""
    said = os.memfd_create("said")
    try:
        os.write(said, data)
        os.lseek(said, 0, os.SEEK_SET)
        with contextlib.suppress(Refused):
            assert all(page.image.ndim == 3 for page in read_pages(said))
    finally:
        os.close(said)


def mrz(data: bytes) -> None:
    """Lines that somebody says are a machine-readable zone."""
    with contextlib.suppress(NotMrz):
        _sound(parse(data.decode("utf-8", "replace").split("\n")))


def rows(data: bytes) -> None:
    """Rows that the reader made out on a paper, each of a zone's alphabet."""
    texts = [
        "".join(ALPHABET[one % len(ALPHABET)] for one in row)
        for row in data.split(b"\n")
    ]
    zone = zone_in([Row(one, 0.9, 30.0 * y, 20.0) for y, one in enumerate(texts[:12])])
    if zone is not None:
        _sound(zone)


def _sound(zone: Mrz) -> None:
    """What holds of every zone, however wrong it is."""
    layout = FORMATS[zone.format]
    assert [len(line) for line in zone.lines] == [layout.length] * layout.lines
    assert zone.verified == (not zone.faults)
    if zone.suggestion is not None:
        assert not zone.verified
        assert parse(zone.suggestion.lines).verified


def identifiers(data: bytes) -> None:
    """Writing on a paper with numbers of persons and companies in it."""
    for one in identify(data.decode("utf-8", "replace")):
        assert one.valid == (one.why in {Why.CHECKED, Why.NO_CHECK_DIGIT})
        if one.suggestion:
            assert not one.valid
            [better] = identify(one.suggestion)
            assert better.why is Why.CHECKED


Target = Callable[[bytes], None]
FILES: dict[str, Target] = {
    "kind": kind,
    "png": png,
    "jpeg": jpeg,
    "heic": heic,
    "pdf": pdf,
}
"""What opens a file."""
TARGETS: dict[str, Target] = {
    **FILES,
    "child": child,
    "mrz": mrz,
    "rows": rows,
    "identifiers": identifiers,
}
