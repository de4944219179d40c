"""Print is read in three scripts, without a network, where it stands."""

import functools
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from bench.papers import A4, WORDS, as_photographed, text_page
from document_capture.images import Image
from document_capture.ocr import Line, Ocr, OcrMissing, bands
from document_capture.orientation import upright
from document_capture.text_boxes import boxes_from
from tests.builders import python

OCR = Ocr()
ALONE = """
import sys
import numpy as np

def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.")):
        raise RuntimeError(f"asked the network: {event}")

sys.addaudithook(refuse)
from document_capture.ocr import Ocr
page = np.full((64, 400, 3), 255, np.uint8)
page[20:40, 20:300:9] = 0
Ocr().read_lines(page)
Ocr().read_field(page, (0, 0, 1, 1))
print("read alone", "rapidocr" in sys.modules)
"""


@functools.cache
def the_english_page() -> tuple[Image, list[Line]]:
    page = text_page("en")
    return page, OCR.read_lines(page)


def bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("script", list(WORDS))
def test_a_photographed_page_is_read_to_the_letter(script: str) -> None:
    page = as_photographed(text_page(script), seed=1)

    lines = OCR.read_lines(page)

    assert [bare(line.text) for line in lines] == [bare(row) for row in WORDS[script]]
    assert all(0.8 < line.confidence <= 1 for line in lines)


def test_a_line_knows_where_it_stands() -> None:
    line = the_english_page()[1][0]

    (left, top), (right, bottom) = line.corners[0], line.corners[2]
    # Drawn 180 pixels from the left and the top, 50 pixels high.
    assert left == pytest.approx(180 / A4[0], abs=0.012)
    assert top == pytest.approx(180 / A4[1], abs=0.012)
    assert right > 0.5
    assert bottom - top < 0.05


def test_one_field_is_read_from_its_box() -> None:
    page, lines = the_english_page()
    (left, top), (right, bottom) = lines[5].corners[0], lines[5].corners[2]

    field = OCR.read_field(page, (left, top, right - left, bottom - top))

    assert field.text == "Issued on 18 March 2026."


def test_only_characters_of_the_alphabet_are_read_where_one_is_given() -> None:
    page, lines = the_english_page()
    line = lines[5]
    (left, top), (right, bottom) = line.corners[0], line.corners[2]

    field = OCR.read_field(
        page, (left, top, right - left, bottom - top), alphabet="0123456789"
    )

    assert "182026" in field.text
    assert field.text.isdigit()


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(np.full((400, 300, 3), 255, np.uint8), id="white"),
        pytest.param(np.zeros((3, 2, 3), np.uint8), id="six pixels"),
        pytest.param(np.zeros((1, 3000, 3), np.uint8), id="one row"),
        pytest.param(np.zeros((5000, 8, 3), np.uint8), id="a thread"),
    ],
)
def test_nothing_is_read_where_nothing_stands(page: Image) -> None:
    assert OCR.read_lines(page) == []
    assert upright(page, OCR)[1] == 0


def test_no_network_is_asked_and_the_package_that_could_is_not_loaded() -> None:
    assert python("-c", ALONE).stdout.strip() == "read alone False"


def test_missing_networks_are_told(tmp_path: Path) -> None:
    with pytest.raises(OcrMissing, match="is not installed"):
        Ocr(models=tmp_path).read_lines(np.full((64, 64, 3), 255, np.uint8))


def test_several_papers_in_one_picture_are_cut_between_lines() -> None:
    page = np.vstack([text_page("zh-Hant"), text_page("en")])

    parts = bands(page)

    assert [top for top, _ in parts[1:]] == [bottom for _, bottom in parts[:-1]]
    assert all(page[top - 2 : top + 2].min() == 250 for top, _ in parts[1:])
    read = [bare(line.text) for line in OCR.read_lines(page)]
    assert read == [bare(row) for row in (*WORDS["zh-Hant"], *WORDS["en"])]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_is_set_upright(turns: int) -> None:
    page = text_page("zh-Hant")

    found, by = upright(np.ascontiguousarray(np.rot90(page, turns)), OCR)

    assert (by + turns) % 4 == 0
    assert np.array_equal(found, page)


def test_a_line_above_a_thousand_specks_is_found() -> None:
    likely = np.zeros((900, 900), np.float32)
    likely[20:40, 100:800] = 1.0
    for row in range(60, 880, 20):
        likely[row : row + 4, 20:880:26] = 1.0
        likely[row : row + 4, 21:880:26] = 1.0
        likely[row : row + 4, 22:880:26] = 1.0

    boxes = boxes_from(likely, (900, 900))

    assert max(np.ptp(box[:, 0]) for box in boxes) > 600
