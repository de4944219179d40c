"""The child that opens a stranger's file, and what it says to its parent.

Started by ``files.py``, one for each file. It imports neither numpy nor OpenCV:
with Pillow, PDFium and libheif alone it needs 45 MB, so a limit far below 300 MB
still leaves room for the largest picture.

On its standard output: for each page width, height, Exif orientation and pixels in an
inch of its paper, then rows of BGR pixels from the top; at the end a head of noughts
and a code of 32 characters, blank if all went well. There is nothing in it to stumble
over.
"""

import gc
import os
import signal
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

LARGEST_FILE = 20 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""Pixels of a picture that is decoded; a telephone makes 12 to 24 million."""
MOST_PAGES = 20
LONGEST_SIDE = 3508
"""Pixels: A4 at 300 dpi. Larger pictures are made smaller before they come out."""
LEAST_SIDE = 16
"""Pixels: a side shorter than this holds no line of writing."""
SECONDS = 2.3
"""Processor seconds until a file without pages is given up."""
SECONDS_A_PAGE = 0.3
"""What each page that came out adds: twenty large scans are no attack."""

KIND, EMPTY, UNREADABLE = "file-kind", "file-empty", "file-unreadable"
LOCKED, ANIMATED, TOO_SLOW = "file-locked", "file-animated", "file-too-slow"
TOO_LARGE, TOO_SMALL = "file-too-large", "file-too-small"
TOO_MANY_PAGES = "file-too-many-pages"

TOO_MUCH = "emory", "Bomb", "ecurity limit", "llocat", "too large"
"""What a parser's error says that gave up because of size."""

HEAD = struct.Struct(">HHBf")
CODE_LENGTH = 32
JPEG, PNG, PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
BEFORE_PDF = b"\xef\xbb\xbf\x00\t\n\x0c\r "
"""What some programs write before a PDF's first line."""
HEIC_STILLS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
HEIC_FILMS = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
"""Brands of ISO/IEC 23008-12, annex B: one picture, or a sequence."""


class Refusal(Exception):
    """The file is not taken; the argument is the code that says why."""


class Sheet(NamedTuple):
    """A page on its way out: at most ``LONGEST_SIDE`` long, rows from the top."""

    width: int
    height: int
    orientation: int
    """Exif 2.32, tag 0x0112: 1 to 8; the parent turns it upright."""
    rows: Iterator[bytes | memoryview]
    """Any number of whole BGR rows at a time."""
    dpi: float = 0.0
    """Pixels in an inch of the paper; 0: the file does not say how large that is."""


def kind_of(data: bytes) -> str:
    """Return ``jpeg``, ``png``, ``heic`` or ``pdf`` by the first bytes.

    Raises:
        Refusal: it is none of these, or an animation.
    """
    if not data:
        raise Refusal(EMPTY)
    if data.startswith(JPEG):
        return "jpeg"
    if data.startswith(PNG):
        return "png"
    if data[:1024].lstrip(BEFORE_PDF).startswith(PDF):
        return "pdf"
    if data[4:8] == b"ftyp":
        if data[8:12] in HEIC_STILLS:
            return "heic"
        if data[8:12] in HEIC_FILMS:
            raise Refusal(ANIMATED)
    raise Refusal(KIND)


def reader(kind: str) -> Callable[[bytes], Iterator[Sheet]]:
    """Return what yields the pages; only the libraries of this kind are imported.

    It raises ``Refusal`` with the reason; any other error is a parser's own.
    """
    if kind == "pdf":
        from document_capture import opening_pdf  # noqa: PLC0415  # see above

        return opening_pdf.sheets
    from document_capture import opening_pictures  # noqa: PLC0415

    return opening_pictures.READERS[kind]()


def code_for(error: Exception) -> str:
    """Return why ``error`` of a parser refuses the file."""
    if isinstance(error, Refusal):
        return str(error)
    words = f"{type(error).__name__} {error}"
    return TOO_LARGE if any(sign in words for sign in TOO_MUCH) else UNREADABLE


def write(data: bytes, read: Callable[[bytes], Iterator[Sheet]], out: int) -> str:
    """Write all pages of ``data`` to ``out``; return the code, empty if all is well."""
    _allow(SECONDS)
    try:
        for number, sheet in enumerate(read(data), 1):
            head = HEAD.pack(sheet.width, sheet.height, sheet.orientation, sheet.dpi)
            _write(out, head)
            for rows in sheet.rows:
                _write(out, rows)
            _allow(SECONDS + number * SECONDS_A_PAGE - time.process_time())
    except Exception as error:  # whatever a parser says: not readable
        return code_for(error)
    return ""


def _allow(seconds: float) -> None:
    """End the process by a signal when it has used so much processor time."""
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.05))


def _write(out: int, data: bytes | memoryview) -> None:
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(out, view) :]


def _read(source: int) -> bytes:
    parts = []
    while part := os.read(source, 1 << 20):
        parts.append(part)
    return b"".join(parts)


STDIN: Final = 0
STDOUT: Final = 1


def main(kind: str) -> int:
    """Open the file on standard input, of a kind that ``kind_of`` returned."""
    from document_capture import confinement  # noqa: PLC0415  # once, before all else

    confinement.limit_resources(threads=kind == "heic")
    read = reader(kind)
    confinement.shut_in()
    gc.disable()  # pages are few and large; they are freed by their counts
    code = write(_read(STDIN), read, STDOUT)
    _write(STDOUT, HEAD.pack(0, 0, 0, 0.0) + code.ljust(CODE_LENGTH).encode("ascii"))
    return 0
