"""Cleaning takes the lamp away and leaves the ink."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image as Picture

from document_capture.clean import black_and_white, clean, grey
from document_capture.images import Array
from document_capture.straighten import to_jpeg
from tests.document_capture.drawn import a_page, grainy


def test_paper_becomes_white_and_print_stays_black() -> None:
    page = grainy(a_page(), noise=4)

    cleaned = clean(page)

    assert (cleaned == 255).mean() > 0.9
    assert cleaned.min() < 60


def test_grain_is_not_kept_and_costs_no_bytes() -> None:
    fine, coarse = grainy(a_page(), noise=1), grainy(a_page(), noise=6)

    sizes = [len(to_jpeg(clean(page), 85)) for page in (fine, coarse)]

    assert sizes[1] < 1.02 * sizes[0]


def test_a_shadow_goes_and_its_writing_stays() -> None:
    page = a_page().astype(np.float32)
    page[:, : page.shape[1] // 2] *= 0.5
    seen = grainy(page)

    cleaned = clean(seen)

    assert cleaned[:, :100].mean() > 250, "the paper in the shadow"
    assert cleaned[:, -100:].mean() > 250, "and that in the light"
    assert np.percentile(cleaned[200:1500, 170:600], 1) < 80, "the shaded writing"


BLUE, RED, GREEN, PALE = (140, 60, 0), (25, 25, 180), (60, 120, 20), (120, 200, 250)
GREY, DARK = (100, 100, 100), (30, 30, 30)
BAND = slice(1500, 1590), slice(120, 1120)


def with_a_band(colour: tuple[int, int, int]) -> tuple[Array, Array]:
    """Return a page with a title in white on a band, and where the title is."""
    page = a_page(lines=14)
    page[BAND] = colour
    title = np.zeros(page.shape[:2], np.uint8)
    cv2.putText(title, "SPECIMEN", (150, 1560), 0, 1.3, 1, 3)
    page[title > 0] = 225
    light = np.linspace(0.7, 1.0, page.shape[1])[None, :, None]
    return grainy(page * light), title > 0


@pytest.mark.parametrize("colour", [BLUE, RED, GREEN, PALE, GREY, DARK])
def test_a_band_of_colour_stays_with_its_title_in_white(
    colour: tuple[int, int, int],
) -> None:
    page, title = with_a_band(colour)

    cleaned = clean(page)

    beside = cv2.dilate(title.astype(np.uint8), np.ones((9, 9), np.uint8))[BAND] == 0
    band = cleaned[BAND][beside].astype(int)
    weakest = int(np.argmin(colour))
    assert np.median(cleaned[title], axis=0).min() > 250
    assert np.abs(np.percentile(band, [5, 95], axis=0) - colour).max() < 60
    assert band[:, weakest].max() < 190, "the title stands out"
    assert (cleaned[1630:] == 255).mean() > 0.99, "the paper below it"


def test_a_title_in_white_is_read_in_black_and_white() -> None:
    page, title = with_a_band(BLUE)

    drawn = black_and_white(page)

    around = cv2.dilate(title.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert (drawn[title] == 255).mean() > 0.9
    ring = around & (cv2.dilate(title.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    assert (drawn[ring] == 0).mean() > 0.9


def test_light_between_two_shadows_is_no_white_print() -> None:
    page = a_page().astype(np.float32)
    for arm in range(2):
        page[:, 100 + 340 * arm : 400 + 340 * arm] *= 0.55
    seen = grainy(cv2.GaussianBlur(page, (0, 0), 3))

    assert np.percentile(clean(seen)[:200, 150:650], 10) == 255


def test_the_soft_rim_of_a_deep_shadow_is_no_white_print() -> None:
    page = a_page(lines=7).astype(np.float32)
    shade = np.ones(page.shape[:2], np.float32)
    shade[:1000] = 0.1
    page *= cv2.GaussianBlur(shade, (0, 0), 60)[..., None]

    cleaned = clean(grainy(page))

    assert np.median(cleaned[1000:1100]) == 255


def test_a_stamp_keeps_its_colour() -> None:
    page = a_page()
    cv2.circle(page, (900, 1500), 110, (50, 50, 200), 9)

    blue, green, red = clean(page)[1500, 790].astype(int)

    assert red > 150
    assert max(blue, green) < 90


def test_a_grey_page_has_one_channel() -> None:
    assert grey(a_page()).shape == a_page().shape[:2]


def test_black_and_white_has_only_ink_and_paper() -> None:
    page = a_page().astype(np.float32) * np.linspace(0.5, 1.0, 1240)[None, :, None]
    inked = a_page(lines=20)[..., 0] < 110

    drawn = black_and_white(grainy(page))

    assert set(np.unique(drawn)) == {0, 255}
    assert (drawn[inked] == 0).mean() > 0.97
    near_ink = cv2.dilate(inked.astype(np.uint8), np.ones((9, 9), np.uint8))
    assert (drawn[near_ink == 0] == 255).all()


def test_a_black_and_white_page_is_small_as_a_fax() -> None:
    out = io.BytesIO()

    picture = Picture.fromarray(black_and_white(a_page())).convert("1")
    picture.save(out, "TIFF", compression="group4")

    assert len(out.getvalue()) < 40_000


@pytest.mark.parametrize("dpi", [100, 150, 200])
def test_a_decimal_point_is_no_dust(dpi: int) -> None:
    size, dot = dpi / 200, max(1, round(2 * dpi / 200))
    page = np.full((round(600 * size), round(800 * size), 3), 235, np.uint8)
    for row in range(1, 6):
        at = round(60 * size), round(90 * size * row)
        cv2.putText(page, "12", at, 0, size, (30, 30, 30), 2, cv2.LINE_AA)
        x, y = at[0] + round(46 * size), at[1] - dot
        page[y : y + dot, x : x + dot] = 20
        assert page[y, x, 0] == 20

    drawn = black_and_white(page)

    for row in range(1, 6):
        x, y = round(60 * size) + round(46 * size), round(90 * size * row) - dot
        assert (drawn[y : y + dot, x : x + dot] == 0).any()


def test_a_filled_box_is_filled() -> None:
    page = np.full((1200, 900, 3), 235, np.uint8)
    page[400:520, 300:600] = 30

    assert (black_and_white(page)[405:515, 305:595] == 0).all()
