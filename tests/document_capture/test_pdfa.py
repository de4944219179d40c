"""Archival PDFs: what is in them is found again, and a checker agrees."""

import datetime as dt
import io

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from document_capture import glyphless
from document_capture.bilevel import to_bilevel
from document_capture.images import Array
from document_capture.pdfa import PdfAbout, PdfPage, TextLine, make_pdf
from document_capture.straighten import to_jpeg
from tests.document_capture.strange_pictures import a_picture

MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
ABOUT = PdfAbout(title="樣本 <A&B> 𠮷", made=MONDAY)
TEXTS = [
    "公司章程　第一條　註冊資本：人民幣一百萬元",
    "营业执照 统一社会信用代码",
    "Articles of association (1)",
    "Certidão de nascença, página 2",
    "𠮷野家 𡃁 𣲷 emoji 😀👨‍👩‍👧",
]


def a_page() -> Array:
    """A4 at 100 dpi with a black bar at its top left."""
    page = np.full((1169, 827, 3), 245, np.uint8)
    cv2.rectangle(page, (83, 117), (413, 140), (0, 0, 0), -1)
    return page


def a_line(text: str, row: int = 2, turn: float = 0.0) -> TextLine:
    """A line, half a page wide, turned clockwise about its middle by degrees."""
    angle = np.radians(turn)
    corners = []
    for x, y in ((-165, -12), (165, -12), (165, 12), (-165, 12)):
        across = 413 + x * np.cos(angle) - y * np.sin(angle)
        down = 60 * row + x * np.sin(angle) + y * np.cos(angle)
        corners.append((float(across / 827), float(down / 1169)))
    return TextLine(text, (corners[0], corners[1], corners[2], corners[3]))


def a_colour_page(*lines: TextLine) -> PdfPage:
    return PdfPage(to_jpeg(a_page(), 80), 100, lines)


def text_in(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return [line for page in pages for line in page.splitlines()]


def drawn(pdf: bytes) -> Array:
    with pypdfium2.PdfDocument(pdf) as document:
        return np.array(document[0].render(scale=100 / 72).to_numpy()[..., :3])


def findings(pdf: bytes) -> list[object]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return list(pikepdf.pdfa.check(document, "2b").findings)


def pages_of_each_kind() -> list[PdfPage]:
    grey = cv2.cvtColor(a_page(), cv2.COLOR_BGR2GRAY)
    lines = [a_line(text, row) for row, text in enumerate(TEXTS, 2)]
    return [
        a_colour_page(*lines),
        PdfPage(to_jpeg(grey, 80), 100),
        PdfPage(to_bilevel(a_page()), 100, (a_line("黑白", 3, 90), a_line("", 4))),
    ]


def test_a_checker_for_archives_finds_nothing() -> None:
    pdf = make_pdf(pages_of_each_kind(), ABOUT)

    assert findings(pdf) == []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        out = io.BytesIO()
        pikepdf.pdfa.save(document, out, "2b")


def test_the_checker_would_find_something() -> None:
    with pikepdf.open(io.BytesIO(make_pdf(pages_of_each_kind(), ABOUT))) as document:
        del document.Root.OutputIntents

        assert pikepdf.pdfa.check(document, "2b").findings


def test_text_is_found_as_it_was_put_in() -> None:
    lines = [a_line(text, row) for row, text in enumerate(TEXTS, 2)]

    pdf = make_pdf([a_colour_page(*lines)], ABOUT)

    assert text_in(pdf) == [text.replace("　", " ") for text in TEXTS]


@pytest.mark.parametrize("turn", [90, 180, 270, 30])
def test_text_is_found_however_its_line_lies(turn: float) -> None:
    pdf = make_pdf([a_colour_page(a_line("斜放的文字 turned", 9, turn))], ABOUT)

    assert text_in(pdf) == ["斜放的文字 turned"]


def test_a_mark_over_text_lies_where_the_text_is_seen() -> None:
    pdf = make_pdf([a_colour_page(a_line("標記", 2))], ABOUT)

    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        assert text.count_rects() == 1
        left, bottom, right, top = text.get_rect(0)
    inch = 72 / 100
    assert (left, right) == pytest.approx((248 * inch, 578 * inch), abs=1)
    assert (bottom, top) == pytest.approx((1037 * inch, 1061 * inch), abs=1)


def test_text_is_not_seen() -> None:
    without = drawn(make_pdf([a_colour_page()], ABOUT))

    with_text = drawn(make_pdf([a_colour_page(a_line("看不見", 12))], ABOUT))

    assert (with_text == without).all()


def test_a_page_in_black_and_white_is_black_and_white() -> None:
    seen = drawn(make_pdf([PdfPage(to_bilevel(a_page()), 100)], ABOUT))

    assert seen[128, 200].max() == 0
    assert seen[300, 200].min() == 255


def test_a_picture_goes_in_as_it_is() -> None:
    page = a_colour_page()

    with pikepdf.open(io.BytesIO(make_pdf([page], ABOUT))) as document:
        [picture] = document.pages[0].get_images().values()
        assert picture.read_raw_bytes() == page.picture


def test_a_page_is_as_large_as_its_paper() -> None:
    with pypdfium2.PdfDocument(make_pdf([a_colour_page()], ABOUT)) as document:
        size = document[0].get_size()

    assert size == pytest.approx((827 * 0.72, 1169 * 0.72), abs=0.01)


def test_the_same_pages_are_the_same_bytes() -> None:
    first = make_pdf(pages_of_each_kind(), ABOUT)
    glyphless.font.cache_clear()

    assert make_pdf(pages_of_each_kind(), ABOUT) == first


def test_another_text_is_another_identifier() -> None:
    identifiers = set()
    for text in ("甲", "乙"):
        pdf = make_pdf([a_colour_page(a_line(text))], ABOUT)
        with pikepdf.open(io.BytesIO(pdf)) as document:
            identifiers.add(bytes(document.trailer.ID[0]))

    assert len(identifiers) == 2


def test_a_pdf_says_what_it_is() -> None:
    with pikepdf.open(io.BytesIO(make_pdf([a_colour_page()], ABOUT))) as document:
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == ABOUT.title
            assert metadata["xmp:CreateDate"] == "2026-11-23T09:00:00+00:00"
        assert str(document.Root.Lang) == "zh-Hant"


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(a_picture("JPEG", "CMYK"), id="CMYK"),
        pytest.param(a_picture("TIFF"), id="another TIFF"),
    ],
)
def test_a_picture_that_archives_do_not_take_is_refused(picture: bytes) -> None:
    with pytest.raises(ValueError, match=r"JPEG|TIFF"):
        make_pdf([PdfPage(picture, 200)], ABOUT)


def test_a_grain_of_paper_is_no_ink() -> None:
    page = np.full((200, 200, 3), 245, np.uint8)
    page[50, 50] = 60
    page[100:104, 100:104] = 60

    with Picture.open(io.BytesIO(to_bilevel(page))) as picture:
        ink = ~np.asarray(picture)

    assert ink.sum() == 16


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=4), st.floats(0, 360))
def test_whatever_was_read_makes_a_pdf_for_the_archive(
    texts: list[str], turn: float
) -> None:
    lines = [a_line(text, row, turn) for row, text in enumerate(texts, 4)]

    assert findings(make_pdf([a_colour_page(*lines)], ABOUT)) == []
