"""PDFs in the child: one page after the other, drawn by PDFium.

PDFium is built without a script engine and without XFA, so scripts, actions and
attached files are only bytes that nobody looks at.
"""

from collections.abc import Iterator
from typing import Final

import pypdfium2 as pdfium
from pypdfium2 import raw

from document_capture.opening import (
    LEAST_SIDE,
    LOCKED,
    LONGEST_SIDE,
    MOST_PAGES,
    MOST_PIXELS,
    TOO_LARGE,
    TOO_MANY_PAGES,
    TOO_SMALL,
    UNREADABLE,
    Refusal,
    Sheet,
)

DPI = 200
"""At which 11-point Chinese is read without error."""
LARGEST_PAPER = 3500.0
"""Points (1/72 inch) of the longer side: A0, of which plans are drawn, has 3370."""
DEPTH = 5
"""Groups within groups in which pictures are looked for before a page is drawn."""
BYTES: Final = 3


def sheets(data: bytes) -> Iterator[Sheet]:
    """Yield the pages of a PDF, at most ``LONGEST_SIDE`` long."""
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError as error:
        locked = error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise Refusal(LOCKED if locked else UNREADABLE) from error
    if count == 0:
        raise Refusal(UNREADABLE)
    if count > MOST_PAGES:
        raise Refusal(TOO_MANY_PAGES)
    document.init_forms()  # what was filled in, and seals, are fields of a form
    for number in range(count):
        page = document[number]
        yield _drawn(page)
        page.close()


def _drawn(page: pdfium.PdfPage) -> Sheet:
    width, height = page.get_size()
    longest, shortest = max(width, height), min(width, height)
    if longest > LARGEST_PAPER:
        raise Refusal(TOO_LARGE)
    scale = min(DPI / 72, (LONGEST_SIDE - 1) / longest)
    if shortest * scale < LEAST_SIDE:
        raise Refusal(TOO_SMALL)
    _require_small_pictures(page)
    bitmap = page.render(scale=scale, limit_image_cache=True)
    assert bitmap.n_channels == BYTES, "paper is not transparent"
    if _is_blank(bitmap):
        _require_whole_pictures(page)
    return Sheet(bitmap.width, bitmap.height, 1, _rows(bitmap), scale * 72)


def _require_small_pictures(page: pdfium.PdfPage) -> None:
    """Refuse what PDFium would leave out silently because it does not fit."""
    for one in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEPTH):
        width, height = one.get_px_size()
        if width * height > MOST_PIXELS:
            raise Refusal(TOO_LARGE)


def _is_blank(bitmap: pdfium.PdfBitmap) -> bool:
    """Return whether all pixels are the same."""
    first = bytes(next(_rows(bitmap)))
    one_colour = first == first[:BYTES] * bitmap.width
    return one_colour and all(row == first for row in _rows(bitmap))


def _require_whole_pictures(page: pdfium.PdfPage) -> None:
    """Refuse a page on which nothing is to be seen because its picture is damaged."""
    try:
        for one in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEPTH):
            one.get_bitmap().close()
    except pdfium.PdfiumError as error:
        raise Refusal(UNREADABLE) from error


def _rows(bitmap: pdfium.PdfBitmap) -> Iterator[memoryview]:
    pixels = memoryview(bitmap.buffer).cast("B")
    wide = bitmap.width * BYTES
    for row in range(bitmap.height):
        begin = row * bitmap.stride
        yield pixels[begin : begin + wide]
