"""Files in, one archival PDF out."""

import datetime as dt
import io
from pathlib import Path

import cv2
import pikepdf
import pikepdf.pdfa
import pytest

from counter_client.specimens import Specimens, on_desk
from document_capture.command import capture_files
from document_capture.images import Image
from document_capture.pdf_pages import count_pages, text_of
from document_capture.pdfa import TextLine
from document_capture.straighten import to_jpeg
from tests.builders import FONTS
from tests.document_capture.strange_pdfs import a_pdf
from tests.document_capture.strange_pictures import a_picture

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
        ("grey.png", a_picture(size=(900, 1200))),
        ("letter.docx", b"PK\3\4"),
        ("good.pdf", a_pdf()),
    ]

    result = capture_files(files, bitonal=True, made=MONDAY)

    assert [(one.file, one.code) for one in result.refused] == [
        ("locked.pdf", "file-locked"),
        ("grey.png", "page-not-found"),
        ("letter.docx", "file-kind"),
    ]
    assert count_pages(result.pdf) == 1


def test_without_a_page_there_is_no_pdf() -> None:
    assert capture_files([("x", b"")], bitonal=True, made=MONDAY).pdf == b""


def test_what_was_read_is_found_in_the_pdf() -> None:
    def read(page: Image) -> tuple[Image, list[TextLine]]:
        assert cv2.mean(page)[0] > 200
        corners = (0.1, 0.1), (0.5, 0.1), (0.5, 0.13), (0.1, 0.13)
        return page, [TextLine("讀到的文字", corners)]

    result = capture_files([("a.pdf", a_pdf())], bitonal=False, made=MONDAY, read=read)

    assert text_of(result.pdf) == "讀到的文字"
    assert result.pages[0].lines[0].text == "讀到的文字"
