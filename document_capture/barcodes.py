"""Reads barcodes on a straightened page: QR, Data Matrix, PDF417 and Code 128."""

import unicodedata

import msgspec
import numpy as np

from document_capture.images import Image
from document_capture.ocr import as_shares

MOST_CODES = 16
"""A paper with more has been made to keep somebody busy."""
MOST_TEXT = 4096
"""Characters; a QR code of the largest size has 4296 of the densest kind."""


class Barcode(msgspec.Struct, frozen=True):
    """One code. Its text is words of a stranger: show it, never follow it."""

    kind: str
    """qr, data-matrix, pdf417 or code128."""
    text: str
    corners: list[list[float]]
    """Four x and y as shares of the page, from the code's own top left."""


def read_barcodes(page: Image) -> list[Barcode]:
    """Return the codes on ``page``, at most ``MOST_CODES``, from the top.

    Read after straightening: askew, two codes in three of one dimension are lost.

    Args:
        page: (h, w, 3) BGR.
    """
    import zxingcpp  # noqa: PLC0415  # only who reads codes loads it

    formats = zxingcpp.BarcodeFormat
    kinds = {
        formats.QRCode: "qr",
        formats.DataMatrix: "data-matrix",
        formats.PDF417: "pdf417",
        formats.Code128: "code128",
    }
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(page), formats=zxingcpp.BarcodeFormats(list(kinds))
    )
    codes = []
    for one in found:
        text = printable(one.text)
        if one.format not in kinds or not text:
            continue
        at = one.position
        points = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        corners = np.array([[point.x, point.y] for point in points], np.float32)
        codes.append(Barcode(kinds[one.format], text, as_shares(corners, page)))
    codes.sort(key=lambda code: min(y for _, y in code.corners))
    return codes[:MOST_CODES]


def printable(text: str) -> str:
    """Return ``text`` without what changes how other text is shown, and bounded.

    Control characters become a blank; those that turn the direction of writing
    or are invisible (Unicode category Cf), private and lone surrogates go.
    """
    kept = []
    for one in text[:MOST_TEXT]:
        category = unicodedata.category(one)
        if category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif not category.startswith("C"):
            kept.append(one)
    return "".join(kept).strip()
