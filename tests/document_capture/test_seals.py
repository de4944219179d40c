"""Seals of companies: found on pages, and cut out at their true size."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from document_capture.images import Image, Refused
from document_capture.seal_picture import MOST_BYTES, SIDES, CutSeal, cut_seal
from document_capture.seals import (
    NoSeal,
    SealCutOff,
    SealSmeared,
    SealTooLarge,
    SeveralSeals,
)
from tests.document_capture.drawn import a_page
from tests.document_capture.seal_drawn import (
    BLUE,
    DPI,
    MM,
    RED,
    dragged,
    stamped,
    white,
)

PAGE = white(lines=12)
BARE = white(lines=0)


def opened(cut: CutSeal) -> Picture.Image:
    return Picture.open(io.BytesIO(cut.png), formats=["PNG"])


def inked_size(cut: CutSeal) -> tuple[float, float]:
    """Return how wide and how high the ink of the seal is, in mm."""
    alpha = np.asarray(opened(cut))[..., 3] > 128
    across, down = np.flatnonzero(alpha.any(axis=0)), np.flatnonzero(alpha.any(axis=1))
    high, wide = alpha.shape
    return (
        float(np.ptp(across) + 1) / wide * cut.width,
        float(np.ptp(down) + 1) / high * cut.height,
    )


def middle(cut: CutSeal, page: Image) -> tuple[float, float]:
    """Return where the middle of the seal is, in mm."""
    left, top, width, height = cut.place
    high, wide = page.shape[:2]
    return (left + width / 2) * wide / MM, (top + height / 2) * high / MM


@settings(max_examples=15, deadline=None)
@given(
    at=st.tuples(st.floats(40, 170), st.floats(40, 255)),
    long=st.floats(36, 46),
    flat=st.sampled_from([1.0, 1.0, 0.66]),
    ink=st.sampled_from([RED, BLUE, (110, 40, 150)]),
    turn=st.integers(0, 179),
)
def test_a_seal_is_found_wherever_it_was_put_at_its_true_size(
    at: tuple[float, float],
    long: float,
    flat: float,
    ink: tuple[int, int, int],
    turn: int,
) -> None:
    page = stamped(PAGE, at, (long, long * flat), ink=ink, turn=turn)

    cut = cut_seal(page, DPI)

    assert middle(cut, page) == pytest.approx(at, abs=0.8)
    angle = np.radians(turn)
    across = np.hypot(long * np.cos(angle), long * flat * np.sin(angle))
    down = np.hypot(long * np.sin(angle), long * flat * np.cos(angle))
    assert inked_size(cut) == pytest.approx((across, down), abs=0.8)
    picture = opened(cut)
    assert picture.mode == "RGBA"
    assert max(picture.size) <= SIDES[0] and len(cut.png) <= MOST_BYTES
    assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]  # four numbers


def test_a_page_of_unknown_size_is_taken_for_a4() -> None:
    page = stamped(BARE, (105, 150))

    assert cut_seal(page).width == pytest.approx(cut_seal(page, DPI).width, abs=0.1)


def test_print_below_the_seal_is_not_in_its_picture() -> None:
    pixels = np.asarray(opened(cut_seal(stamped(PAGE, (60, 140)), DPI)))

    red, green, alpha = (pixels[..., at].astype(int) for at in (0, 1, 3))
    surely = alpha > 200
    assert surely.mean() > 0.1
    assert ((red - green)[surely] > 60).mean() > 0.99


@pytest.mark.parametrize(
    ("page", "why"),
    [
        pytest.param(PAGE, NoSeal, id="print"),
        pytest.param(white(written="Chan Si Fan"), NoSeal, id="blue handwriting"),
        pytest.param(stamped(PAGE, (60, 60), (14, 14)), NoSeal, id="a date stamp"),
        pytest.param(
            stamped(stamped(PAGE, (60, 150)), (140, 100)), SeveralSeals, id="two"
        ),
        pytest.param(
            stamped(stamped(PAGE, (60, 150)), (140, 100), ink=BLUE),
            SeveralSeals,
            id="red and blue",
        ),
        pytest.param(stamped(PAGE, (8, 150)), SealCutOff, id="beyond the left"),
        pytest.param(stamped(PAGE, (100, 285)), SealCutOff, id="beyond the foot"),
        pytest.param(
            stamped(PAGE, (100, 150), gap=60), SealSmeared, id="pressed on one side"
        ),
        pytest.param(
            stamped(stamped(PAGE, (100, 150)), (103, 151)),
            SealSmeared,
            id="pressed twice",
        ),
        pytest.param(
            stamped(stamped(PAGE, (100, 150), (45, 30)), (108, 146), (45, 30)),
            SealSmeared,
            id="two ovals over each other",
        ),
        pytest.param(dragged(BARE, (100, 150), 3), SealSmeared, id="dragged"),
        pytest.param(
            stamped(PAGE, (100, 150), (80, 80)), SealTooLarge, id="not this large"
        ),
    ],
)
def test_what_is_no_clear_seal_is_refused_with_its_reason(
    page: Image, why: type[Refused]
) -> None:
    with pytest.raises(why):
        cut_seal(page, DPI)


def test_wet_ink_that_has_run_is_refused() -> None:
    page = BARE.copy()
    cv2.ellipse(page, (600, 900), (124, 124), 0, 0, 360, RED, -1)

    with pytest.raises(SealSmeared):
        cut_seal(page, DPI)


def test_a_whole_seal_counts_though_another_lies_across_the_edge() -> None:
    page = stamped(stamped(PAGE, (100, 150)), (0, 80))

    assert middle(cut_seal(page, DPI), page) == pytest.approx((100, 150), abs=0.8)


def test_a_blue_signature_across_a_red_seal_is_not_cut_out_with_it() -> None:
    page = stamped(BARE, (100, 150))
    line = np.array([[400, 930], [520, 860], [600, 950], [800, 840]], np.int32)
    cv2.polylines(page, [line], False, (180, 60, 30), 5, cv2.LINE_AA)

    pixels = np.asarray(opened(cut_seal(page, DPI))).astype(int)

    surely = pixels[..., 3] > 200
    # Where both inks lie, the colour is neither.
    assert (pixels[..., 0] > pixels[..., 2])[surely].mean() > 0.95


def test_a_coloured_picture_beside_the_seal_does_not_matter() -> None:
    page = stamped(PAGE, (140, 200))
    page[200:600, 150:450] = (90, 110, 210)

    assert inked_size(cut_seal(page, DPI)) == pytest.approx((42, 42), abs=0.6)


@settings(max_examples=40, deadline=None)
@example(size=(1, 1), seed=0, dpi=5e-324, levels=2)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 2**32 - 1),
    dpi=st.floats(),
    levels=st.integers(1, 255),
)
def test_no_picture_breaks_the_search(
    size: tuple[int, int], seed: int, dpi: float, levels: int
) -> None:
    random = np.random.default_rng(seed)
    page = (random.integers(0, levels + 1, (*size, 3)) * (255 // levels)).astype(
        np.uint8
    )
    try:
        cut = cut_seal(page, dpi)
    except Refused:
        return
    assert len(cut.png) <= MOST_BYTES


def test_grain_and_grey_light_do_not_hide_a_seal() -> None:
    page = stamped(a_page(lines=6), (100, 150))

    assert inked_size(cut_seal(page, DPI)) == pytest.approx((42, 42), abs=0.6)
