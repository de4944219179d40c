"""Files in, one archival PDF out."""

import datetime as dt
import io
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest

from counter_client.specimens import Specimens, desk, on_desk, photographed
from document_capture.command import capture_files
from document_capture.images import Image
from document_capture.ocr import Line
from document_capture.pdf_pages import count_pages, draw_page, text_of
from document_capture.reading import Reading
from document_capture.straighten import to_jpeg
from tests.builders import FONTS
from tests.document_capture.drawn import a_page, lying
from tests.document_capture.strange_pdfs import a_pdf

MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


def a_photograph() -> bytes:
    paper = Specimens(Path(FONTS)).paper("articles")
    frame, _ = on_desk(paper, (2400, 1800), 4.0, 1)
    return to_jpeg(frame, 92)


@pytest.mark.parametrize("bitonal", [True, False])
def test_a_photograph_and_a_pdf_become_one_pdf_for_the_archive(bitonal: bool) -> None:
    files = [("a.jpg", a_photograph()), ("b.pdf", a_pdf(2))]

    result = capture_files(files, bitonal=bitonal, made=MONDAY)

    assert [(page.file, page.page) for page in result.pages] == [
        ("a.jpg", 1),
        ("b.pdf", 1),
        ("b.pdf", 2),
    ]
    assert result.refused == ()
    with pikepdf.open(io.BytesIO(result.pdf)) as pdf:
        assert list(pikepdf.pdfa.check(pdf, "2b").findings) == []


def test_a_refused_file_does_not_keep_the_others_out() -> None:
    files = [
        ("locked.pdf", a_pdf(user="x")),
        ("desk.jpg", to_jpeg(photographed(desk((1280, 960), 5), 5), 90)),
        ("letter.docx", b"PK\3\4"),
        ("good.pdf", a_pdf()),
    ]

    result = capture_files(files, bitonal=True, made=MONDAY)

    assert [(one.file, one.code) for one in result.refused] == [
        ("locked.pdf", "file-locked"),
        ("desk.jpg", "page-not-found"),
        ("letter.docx", "file-kind"),
    ]
    assert count_pages(result.pdf) == 1


def first_page(pdf: bytes) -> Image:
    drawn = np.frombuffer(draw_page(pdf, 0, 200), np.uint8)
    picture: Image = cv2.imdecode(drawn, cv2.IMREAD_COLOR)
    return picture


def test_a_card_keeps_the_colours_of_its_portrait() -> None:
    card = np.full((540, 856, 3), (200, 220, 190), np.uint8)
    cv2.circle(card, (180, 280), 120, (130, 160, 205), -1)
    for row in range(6):
        at = (360, 120 + 60 * row)
        cv2.putText(card, "Specimen 0123456789", at, 0, 0.9, (40, 40, 40), 2)
    frame, _ = on_desk(cv2.resize(card, (1712, 1080)), (2400, 1800), 2.0, 3)

    result = capture_files(
        [("card.jpg", to_jpeg(frame, 92))], bitonal=False, made=MONDAY
    )

    seen = first_page(result.pdf)
    height, width = seen.shape[:2]
    face = seen[int(height * 0.5), int(width * 0.21)].astype(int)
    assert face[2] - face[0] > 40, "skin is still skin"
    assert face.max() < 250, "and not bleached"


def test_a_pale_seal_is_there_in_black_and_white() -> None:
    page = a_page()
    cv2.circle(page, (900, 1450), 130, (140, 140, 225), 6)
    frame, _ = on_desk(page, (2400, 1800), 2.0, 3)

    result = capture_files([("a.jpg", to_jpeg(frame, 92))], bitonal=True, made=MONDAY)

    seen = first_page(result.pdf)
    height, width = seen.shape[:2]
    scale = np.array([width / 1240, height / 1754])
    points = [
        (np.array([900 + 130 * np.cos(t), 1450 + 130 * np.sin(t)]) * scale).astype(int)
        for t in np.linspace(0, 2 * np.pi, 60)
    ]
    dark = [(seen[y - 9 : y + 10, x - 9 : x + 10] == 0).any() for x, y in points]
    assert np.mean(dark) > 0.8


def test_without_a_page_there_is_no_pdf() -> None:
    assert capture_files([("x", b"")], bitonal=True, made=MONDAY).pdf == b""


def test_what_was_read_is_found_in_the_pdf() -> None:
    def read(page: Image) -> tuple[Image, Reading]:
        assert cv2.mean(page)[0] > 200
        corners = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.13], [0.1, 0.13]]
        return page, Reading([Line("讀到的文字", 0.9, corners)], None, [], [], [])

    result = capture_files([("a.pdf", a_pdf())], bitonal=False, made=MONDAY, read=read)

    assert text_of(result.pdf) == "讀到的文字"
    assert result.pages[0].read is not None
    assert result.pages[0].read.lines[0].text == "讀到的文字"


def sizes_of(pdf: bytes) -> list[list[int]]:
    """Return width and height of each page in points (1/72 inch)."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [
            [round(float(side)) for side in page.mediabox][2:] for page in opened.pages
        ]


@pytest.mark.parametrize("size", [(420, 595), (842, 1191), (842, 595), (243, 153)])
def test_a_page_of_a_pdf_stays_as_large_as_it_was(size: tuple[int, int]) -> None:
    result = capture_files([("a.pdf", a_pdf(size=size))], bitonal=True, made=MONDAY)

    assert sizes_of(result.pdf) == [pytest.approx(size, abs=1)]


def test_a_scan_is_taken_whole_with_what_stands_outside_its_table() -> None:
    scan = np.full((1754, 1240, 3), 252, np.uint8)
    cv2.rectangle(scan, (200, 300), (1040, 1400), (90, 60, 40), -1)
    cv2.putText(scan, "OUTSIDE THE BOX", (200, 1600), 0, 2, (20, 20, 20), 4)

    result = capture_files(
        [("scan.jpg", to_jpeg(scan, 85))], bitonal=False, made=MONDAY
    )

    assert sizes_of(result.pdf) == [[595, 842]]


def test_two_papers_in_one_photograph_are_refused_and_none_is_lost_silently() -> None:
    pair = np.concatenate([lying(a_page(), border=100)[0]] * 2, axis=1)

    result = capture_files([("two.jpg", to_jpeg(pair, 92))], bitonal=True, made=MONDAY)

    assert [one.code for one in result.refused] == ["page-several"]


def test_a_pdf_tells_neither_the_folder_of_a_file_nor_a_language_it_does_not_know() -> (
    None
):
    files = [("somebody/papers/case.pdf", a_pdf())]

    with pikepdf.open(
        io.BytesIO(capture_files(files, bitonal=True, made=MONDAY).pdf)
    ) as pdf:
        assert "/Lang" not in pdf.Root
        with pdf.open_metadata() as told:
            assert told["dc:title"] == "case.pdf"
            assert "dc:language" not in told
        assert list(pikepdf.pdfa.check(pdf, "2b").findings) == []
