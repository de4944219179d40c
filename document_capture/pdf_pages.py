"""Draws pages of PDFs that we made ourselves, as pictures.

PDFium is not safe for threads, so one page is drawn at a time. Files of
strangers go through ``files.py`` and its child process instead.
"""

import io
import threading

import pypdfium2 as pdfium

_ONE_AT_A_TIME = threading.Lock()


def count_pages(pdf: bytes) -> int:
    """Return the number of pages."""
    with _ONE_AT_A_TIME, pdfium.PdfDocument(pdf) as document:
        return len(document)


def draw_page(pdf: bytes, number: int, dpi: float = 110) -> bytes:
    """Return page ``number`` (from 0) as PNG, signatures included.

    Raises:
        IndexError: there is no such page.
    """
    with _ONE_AT_A_TIME, pdfium.PdfDocument(pdf) as document:
        if not 0 <= number < len(document):
            raise IndexError(number)
        document.init_forms()  # a signature's drawing is a form field
        picture = document[number].render(scale=dpi / 72).to_pil()
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def text_of(pdf: bytes) -> str:
    """Return the text of all pages, as a reader would copy it."""
    with _ONE_AT_A_TIME, pdfium.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return "\n".join(pages)
