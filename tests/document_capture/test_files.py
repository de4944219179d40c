"""Files of strangers: opened in a limited child, or refused with a reason."""

import io
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from document_capture import images, opening
from document_capture.capture import imported
from document_capture.files import MOST_PAGES, open_pages
from document_capture.images import Refused
from protocol.texts import texts
from tests.builders import ROOT
from tests.document_capture.strange_files import REFUSED, TAKEN, a_colourful_heic
from tests.document_capture.strange_pdfs import a_filled_form, a_pdf, scans
from tests.document_capture.strange_pictures import (
    a_double_photograph,
    a_photograph,
    a_picture,
    a_sixteen_bit_png,
    a_swapped_picture,
    a_window,
)

RED, GREEN, WHITE = (0, 0, 255), (0, 255, 0), (255, 255, 255)
MOST_MEMORY = 300_000_000
"""Bytes resident that a child may need, whatever it is given."""


def near(colour: object, wanted: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.asarray(colour, int) - wanted).max() < 12)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_one_page(kind: str) -> None:
    [page] = open_pages(a_picture(kind))

    assert page.shape == (400, 300, 3)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1", "I;16", "LA"])
def test_every_kind_of_png_becomes_colour(mode: str) -> None:
    [page] = open_pages(a_picture(mode=mode))

    assert page.shape == (400, 300, 3)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    [page] = open_pages(a_sixteen_bit_png(30_000))

    assert page.min() == page.max() == 30_000 // 256


def test_what_is_transparent_shows_white_paper() -> None:
    [page] = open_pages(a_window())

    assert near(page[10, 10], (255, 0, 0))
    assert near(page[50, 50], WHITE)


def test_a_large_picture_becomes_smaller_and_stays_the_same_picture() -> None:
    slope = np.tile(np.linspace(0, 255, 5000).astype(np.uint8), (4000, 1))
    out = io.BytesIO()
    Image.fromarray(slope).save(out, "PNG")

    [page] = open_pages(out.getvalue())

    assert page.shape == (2806, 3508, 3)
    expected = np.linspace(0, 255, 3508)
    assert np.abs(page.mean(axis=(0, 2)) - expected).max() < 1.5
    assert np.ptp(page[..., 0].astype(int), axis=0).max() <= 1, "no seam"


@pytest.mark.parametrize(
    ("orientation", "red"),
    [
        (1, "top left"),
        (2, "top right"),
        (3, "bottom right"),
        (4, "bottom left"),
        (5, "top left"),
        (6, "bottom left"),
        (7, "bottom right"),
        (8, "top right"),
    ],
)
def test_a_photograph_lying_on_its_side_is_turned_upright(
    orientation: int, red: str
) -> None:
    [page] = open_pages(a_photograph(orientation, red=red))

    assert page.shape == ((200, 100, 3) if orientation > 4 else (100, 200, 3))
    assert near(page[10, 10], RED)
    assert near(page[-10, -10], WHITE)


def test_a_heic_is_turned_as_it_says_itself() -> None:
    [upright] = open_pages(a_colourful_heic())
    [turned] = open_pages(a_colourful_heic(quarter_turns=1))

    assert turned.shape == (400, 300, 3)
    assert np.abs(np.rot90(upright).astype(int) - turned).max() < 12


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_colours_are_what_their_profile_says(kind: str) -> None:
    [page] = open_pages(a_swapped_picture(kind))

    assert near(page[200, 150], GREEN)


def test_the_first_of_two_pictures_in_a_jpeg_is_the_photograph() -> None:
    [page] = open_pages(a_double_photograph())

    assert page.shape == (400, 300, 3)


def test_what_was_written_into_a_form_is_seen() -> None:
    [page] = open_pages(a_filled_form())

    field = page[250:360, 290:800]
    assert (field.max(axis=2) < 90).sum() > 500


def test_each_page_of_a_pdf_becomes_a_page_as_it_is() -> None:
    pages = open_pages(a_pdf(3, script=True))

    first = imported(pages[0])

    assert len(pages) == 3
    with Image.open(io.BytesIO(first.page)) as picture:
        assert picture.size == pages[0].shape[1::-1]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_paper_is_refused_with_its_reason(name: str) -> None:
    make, reason = REFUSED[name]
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(Refused) as refused:
        open_pages(data)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert type(refused.value) is reason
    assert grown < 100 * 1024, "kilobytes of this process"


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_a_paper_is_taken_however_odd(name: str) -> None:
    make, count = TAKEN[name]

    pages = open_pages(make())

    assert len(pages) == count
    assert all(page.shape[2] == 3 and page.dtype == np.uint8 for page in pages)


def test_no_file_makes_a_child_need_300_mb(tmp_path: Path) -> None:
    for number, (make, _) in enumerate([*REFUSED.values(), *TAKEN.values()]):
        (tmp_path / f"{number:03}").write_bytes(make())

    command = [sys.executable, "-m", "tests.document_capture.peak", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)

    assert 0 < int(done.stdout) * 1024 < MOST_MEMORY


def test_the_limit_of_pages_is_said_in_every_language() -> None:
    row = texts()[images.TooManyPages.code]

    assert all(str(MOST_PAGES) in text for text in row.values())


def test_many_files_at_once_are_all_opened() -> None:
    data = a_picture()

    with ThreadPoolExecutor(6) as threads:
        opened = list(threads.map(open_pages, [data] * 12))

    assert [len(pages) for pages in opened] == [1] * 12


def test_nothing_is_left_behind() -> None:
    open_pages(a_pdf())
    before = os.listdir("/proc/self/fd")  # noqa: PTH208  # names are enough

    with pytest.raises(Refused):
        open_pages(a_pdf(user="x"))
    open_pages(scans(2))

    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([opening.JPEG, opening.PNG, opening.PDF, b"\0\0\0\x18ftypheic"]),
    st.binary(max_size=400),
)
def test_garbage_behind_a_good_beginning_is_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(Refused):
        open_pages(start + rest)
