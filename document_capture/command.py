"""Files in, one archival PDF out: what ``counter capture`` does, without disks."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Final

import cv2
import msgspec

from document_capture.bilevel import to_bilevel
from document_capture.brought import page_in
from document_capture.capture import Draft
from document_capture.files import Opened, open_sheets
from document_capture.finishing import finished
from document_capture.images import Image, Refused
from document_capture.opening import kind_of
from document_capture.papers import Paper, paper_of
from document_capture.pdfa import PdfAbout, PdfPage, TextLine, make_pdf, text_line
from document_capture.reading import Reading

A4_LENGTH: Final = 297 / 25.4
"""Inches of a page's long side, unless somebody knows better."""
QUALITIES: Final = (75, 65, 55)
"""Of a page's JPEG: the best that fits is taken; 11-point Chinese bears the last."""
MOST_BYTES: Final = 240_000
"""Of a colour page: what a page costs an archive for ever, text and all in 250 KB."""

Read = Callable[[Image], tuple[Image, Reading]]
"""Turns a page the right way up, and reads it."""


class TakenPage(msgspec.Struct, frozen=True):
    """A page of the PDF, and the file and page (from 1) that it came from."""

    file: str
    page: int
    read: Reading | None


class RefusedFile(msgspec.Struct, frozen=True):
    """A file without a page in the PDF; ``code`` is a key of ``texts.json``."""

    file: str
    code: str


class CaptureResult(msgspec.Struct, frozen=True):
    """What became of the files."""

    pdf: bytes
    """PDF/A-2b; empty when every file was refused."""
    pages: tuple[TakenPage, ...]
    refused: tuple[RefusedFile, ...]


def capture_files(
    files: Sequence[tuple[str, bytes]],
    *,
    bitonal: bool,
    made: dt.datetime,
    read: Read | None = None,
) -> CaptureResult:
    """Return one PDF of all pages of ``files`` (name, content), in their order.

    In a photograph the page is found, straightened and judged. A scan, a screenshot
    and the pages of a PDF are straight already. A refused file does not keep the
    others out.

    Args:
        files: their names are only told back.
        bitonal: black and white, a tenth of the size.
        made: the time that the PDF tells, with its zone.
        read: turns a page upright and reads its text, which the PDF then holds.
    """
    pages: list[PdfPage] = []
    taken: list[TakenPage] = []
    refused: list[RefusedFile] = []
    for name, data in files:
        try:
            opened = [_made(page, bitonal, read) for page in _pages_of(data, bitonal)]
        except Refused as error:
            refused.append(RefusedFile(name, error.code))
            continue
        pages += [page for page, _ in opened]
        taken += [TakenPage(name, at, one) for at, (_, one) in enumerate(opened, 1)]
    title = PurePath(files[0][0]).name if files else ""
    about = PdfAbout(title=title, made=made, language="")
    pdf = make_pdf(pages, about) if pages else b""
    return CaptureResult(pdf, tuple(taken), tuple(refused))


def encode_page(
    page: Image, *, bitonal: bool, lines: tuple[TextLine, ...] = (), dpi: float = 0.0
) -> PdfPage:
    """Return ``page`` (BGR, its paper white) as a page of a PDF.

    ``dpi``: pixels in an inch of the paper; 0: not known, and it is as long as A4.
    """
    picture = to_bilevel(page) if bitonal else to_small_jpeg(page)
    return PdfPage(picture, dpi or max(page.shape[:2]) / A4_LENGTH, lines)


def to_small_jpeg(page: Image) -> bytes:
    """Return ``page`` as JPEG of ``MOST_BYTES`` if any of ``QUALITIES`` allows."""
    data = b""
    for quality in QUALITIES:
        tight = [cv2.IMWRITE_JPEG_OPTIMIZE, 1, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
        how = [cv2.IMWRITE_JPEG_QUALITY, quality, *tight]
        done, encoded = cv2.imencode(".jpg", page, how)
        assert done, "an 8-bit image can always be encoded"
        data = encoded.tobytes()
        if len(data) <= MOST_BYTES:
            break
    return data


def _made(
    page: Opened, bitonal: bool, read: Read | None
) -> tuple[PdfPage, Reading | None]:
    image, found = read(page.image) if read else (page.image, None)
    lines = found.lines if found else []
    words = tuple(text_line(one.text, one.corners) for one in lines)
    return encode_page(image, bitonal=bitonal, lines=words, dpi=page.dpi), found


def _pages_of(data: bytes, bitonal: bool) -> Iterator[Opened]:
    with open_sheets(data) as pages:
        drawn = kind_of(data) == "pdf"
        for page in pages:
            found = None if drawn else page_in(page.image)
            yield page if found is None else Opened(_finished(found, bitonal), 0.0)


def _finished(draft: Draft, bitonal: bool) -> Image:
    """Return a page as it is kept: of a card, which shows a face, in its own colours.

    What becomes black and white is cleaned once, by that: cleaned before, pale seals
    and pencil would be gone.
    """
    height, width = draft.straight.page.shape[:2]
    portrait = paper_of(width / height) is Paper.CARD
    own = draft.finish.keep_colours or portrait or bitonal
    finish = msgspec.structs.replace(draft.finish, keep_colours=own)
    return finished(draft.straight.page, finish)
