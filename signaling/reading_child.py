"""What the reading process does: pictures in, words and PDFs out.

Only that process imports this module: it loads networks and decodes pictures.
"""

import datetime as dt
import functools
import io

import cv2
import msgspec
import numpy as np
from PIL import Image as Picture

from casework.items import FieldSpec
from document_capture.command import encode_page
from document_capture.images import Image, Refused
from document_capture.ocr import Ocr
from document_capture.opening import MOST_PIXELS
from document_capture.orientation import upright
from document_capture.papers import plausible_dpi
from document_capture.pdfa import PdfAbout, PdfPage, TextLine, make_pdf, text_line
from document_capture.reading import FieldTemplate, read_page
from document_capture.reading import ReadField as Found
from document_capture.seal_picture import cut_seal
from protocol.views import ReadField
from signaling.readings import Leaf, Read, SealRead


def read(jpeg: bytes, specs: list[FieldSpec]) -> Read:
    """Return what is on a page; places are those on the picture as it is stored.

    Raises:
        ValueError: not a picture of a page.
    """
    page, anticlockwise = upright(_decoded(jpeg), _ocr())
    found = read_page(page, [_template(spec) for spec in specs], _ocr())
    lines = [text_line(one.text, one.corners) for one in found.lines]
    return Read(
        [_field(one, anticlockwise) for one in found.fields],
        msgspec.json.encode([_turned(line, anticlockwise) for line in lines]),
        -anticlockwise % 4,
    )


def seal(jpeg: bytes) -> SealRead:
    """Return the one seal on a page as it is stored, or the code of why there is none.

    Raises:
        ValueError: not a picture of a page.
    """
    try:
        cut = cut_seal(_decoded(jpeg), _dpi(jpeg))
    except Refused as refusal:
        return SealRead(refusal.code)
    return SealRead("", cut.png, round(cut.width, 2), round(cut.height, 2), cut.place)


def bind(leaves: list[Leaf], title: str, made: float) -> bytes:
    """Return a PDF/A-2b of the pages, with what was read as invisible text."""
    at = dt.datetime.fromtimestamp(made, dt.UTC)
    return make_pdf([_bound(leaf) for leaf in leaves], PdfAbout(title=title, made=at))


@functools.cache
def _ocr() -> Ocr:
    return Ocr()


def _template(spec: FieldSpec) -> FieldTemplate:
    ways = spec.mrz, spec.barcode, spec.box, spec.identifier, tuple(spec.labels)
    return FieldTemplate(spec.name, *ways)


def _field(one: Found, quarters: int) -> ReadField:
    left, top, width, height = one.place
    for _ in range(quarters):
        left, top, width, height = 1 - top - height, left, height, width
    return ReadField(
        name=one.name,
        text=one.text,
        confidence=round(one.confidence, 3),
        place=[round(side, 4) for side in (left, top, width, height)],
        verified=one.verified,
        why=one.why.value,
        suggestion=one.suggestion,
    )


def _bound(leaf: Leaf) -> PdfPage:
    page = np.rot90(_decoded(leaf.jpeg), -leaf.turns)
    lines = msgspec.json.decode(leaf.lines or b"[]", type=list[TextLine])
    turned = tuple(_turned(line, leaf.turns) for line in lines)
    page = np.ascontiguousarray(page)
    return encode_page(page, bitonal=False, lines=turned, dpi=_dpi(leaf.jpeg))


def _dpi(jpeg: bytes) -> float:
    """Return what a page says of its pixels in an inch; 0 if nothing plausible."""
    with Picture.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        if picture.info.get("jfif_unit") != 1:
            return 0.0
        return plausible_dpi(float(picture.info["jfif_density"][0]))


def _turned(line: TextLine, quarters: int) -> TextLine:
    """Return where a line is once its page has been turned clockwise."""
    corners = line.corners
    for _ in range(quarters):
        one, two, three, four = ((1 - y, x) for x, y in corners)
        corners = one, two, three, four
    return TextLine(line.text, corners)


def _decoded(jpeg: bytes) -> Image:
    with Picture.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("more pixels than a page has")
    page: Image | None = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if page is None:
        raise ValueError("no picture")
    return page
