"""A camera is measured on photographs of the target whose true figures are known."""

import functools
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_client.calibration import Calibration, NotFlat, load, measure, save
from counter_client.calibration_frame import NoFrame, NoTarget
from counter_client.calibration_target import (
    CODE_SIZE,
    RULE,
    Target,
    draw_target,
    read_target,
)
from counter_client.specimens import desk, photographed
from document_capture.images import Array, Image
from document_capture.pdf_pages import draw_page, text_of
from tests.builders import FONTS

A4 = 210.0, 297.0
FRAME = 1920, 1440
SHEET_DPI = 300
INCH = 25.4


@functools.cache
def sheet() -> Image:
    raw = np.frombuffer(draw_page(draw_target(FONTS), 0, SHEET_DPI), np.uint8)
    drawn = cv2.imdecode(raw, cv2.IMREAD_COLOR)
    assert drawn is not None
    return np.asarray(drawn)


def view(
    dpi: tuple[float, float] = (150.0, 150.0),
    turn: float = 90.0,
    tilt: float = 0.0,
    focal: float = 0.8,
) -> Array:
    """Return the pinhole camera that sees the sheet's middle with so many dots.

    ``focal`` is the focal length as a share of the picture's diagonal.
    """
    spin, lean = np.radians([turn, tilt])
    flat = np.array(
        [[np.cos(spin), -np.sin(spin), 0], [np.sin(spin), np.cos(spin), 0], [0, 0, 1]]
    )
    leaning = np.array(
        [[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]]
    )
    turned = leaning @ flat
    length = focal * np.hypot(*FRAME)
    distance = length * INCH / dpi[0]
    lens = np.array(
        [
            [length, 0, FRAME[0] / 2],
            [0, length * dpi[1] / dpi[0], FRAME[1] / 2],
            [0, 0, 1],
        ]
    )
    place = np.column_stack([turned[:, 0], turned[:, 1], [0, 0, distance]])
    middle = np.array([[1, 0, -A4[0] / 2], [0, 1, -A4[1] / 2], [0, 0, 1]])
    projection: Array = lens @ place @ middle
    return projection


def photograph(projection: Array, paper: Image | None = None, seed: int = 7) -> Image:
    """Return what that camera sees: the sheet on a desk, light, noise."""
    paper = sheet() if paper is None else paper
    dots = np.diag([INCH / SHEET_DPI, INCH / SHEET_DPI, 1.0])
    seen = desk(FRAME, seed)
    # Drawn at twice the size and made smaller, as a lens does.
    twice = np.diag([2.0, 2.0, 1.0]) @ projection @ dots
    size = FRAME[0] * 2, FRAME[1] * 2
    large = cv2.warpPerspective(paper, twice, size, flags=cv2.INTER_AREA)
    there = cv2.warpPerspective(np.full(paper.shape[:2], 255, np.uint8), twice, size)
    small = cv2.resize(large, FRAME, interpolation=cv2.INTER_AREA).astype(np.float32)
    cover = cv2.resize(there, FRAME, interpolation=cv2.INTER_AREA)[..., None] / 255
    # A sheet of paper is never quite white, nor its ink quite black.
    mixed = seen * (1 - cover) + (small * 0.82 + 22) * cover
    return photographed(mixed.astype(np.float32), seed)


def true_dpi(projection: Array) -> tuple[float, float]:
    """Return dots an inch in the middle of the sheet, by finite differences."""

    def dot(x: float, y: float) -> Array:
        u, v, w = projection @ [x, y, 1.0]
        return np.array([u / w, v / w])

    x, y = A4[0] / 2, A4[1] / 2
    moves = np.column_stack(
        [dot(x + 0.5, y) - dot(x - 0.5, y), dot(x, y + 0.5) - dot(x, y - 0.5)]
    )
    across, down = np.linalg.norm(np.linalg.inv(moves), axis=0)
    return INCH / across, INCH / down


@pytest.mark.parametrize("turn", [0.0, 3.0, 90.0, 177.0, 266.0])
@pytest.mark.parametrize("dpi", [80.0, 117.0])
def test_dots_an_inch_are_right_however_the_sheet_lies(dpi: float, turn: float) -> None:
    found = measure(photograph(view((dpi, dpi), turn)))

    assert found.dpi_x == pytest.approx(dpi, rel=0.005)
    assert found.dpi_y == pytest.approx(dpi, rel=0.005)
    assert found.dpi == pytest.approx(dpi, rel=0.005)
    assert found.tilt < 0.7
    assert found.fits(np.zeros((1440, 1920, 3), np.uint8))


def test_across_and_down_may_differ() -> None:
    found = measure(photograph(view((150.0, 141.0))))

    assert found.dpi_x == pytest.approx(150, rel=0.005)
    assert found.dpi_y == pytest.approx(141, rel=0.005)
    assert "calibrate-stretched" in found.advice


@pytest.mark.parametrize("tilt", [3.0, 8.0, 15.0])
@pytest.mark.parametrize("turn", [10.0, 90.0])
def test_a_camera_that_looks_askew_is_told(tilt: float, turn: float) -> None:
    projection = view((105.0, 105.0), turn, tilt)

    found = measure(photograph(projection))

    across, down = true_dpi(projection)
    assert found.dpi_x == pytest.approx(across, rel=0.01)
    assert found.dpi_y == pytest.approx(down, rel=0.01)
    assert found.tilt == pytest.approx(tilt, abs=0.7)
    assert ("calibrate-tilted" in found.advice) == (tilt > 5)


@pytest.mark.parametrize("focal", [0.65, 1.0])
def test_the_tilt_is_near_enough_with_other_lenses(focal: float) -> None:
    found = measure(photograph(view((105.0, 105.0), 10.0, 10.0, focal)))

    assert found.tilt == pytest.approx(10, rel=0.25)


def test_too_much_ink_does_not_move_the_result() -> None:
    fat = cv2.erode(sheet(), np.ones((9, 9), np.uint8))  # 0.34 mm on every edge

    found = measure(photograph(view((140.0, 140.0)), fat))

    assert found.dpi == pytest.approx(140, rel=0.005)


def test_a_sharp_even_picture_of_a_good_camera_needs_no_advice() -> None:
    assert measure(photograph(view((162.0, 162.0)))).advice == []


def test_an_unsharp_picture_is_told_and_measured_all_the_same() -> None:
    sharp = photograph(view((162.0, 162.0)))
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2.5)  # 10 to 90 %: 6.4 dots or 1.0 mm

    found = measure(blurred)

    assert found.dpi == pytest.approx(162, rel=0.005)
    assert found.blur_mm == pytest.approx(1.0, rel=0.15)
    assert found.advice == ["calibrate-blurred"]


def lit(image: Image, left: float, right: float) -> Image:
    light = np.linspace(left, right, image.shape[1])[None, :, None]
    return np.clip(image * light, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("left", "right", "advice"),
    [
        (1.0, 0.3, ["calibrate-uneven"]),
        (1.5, 1.5, ["calibrate-too-bright"]),
        (0.4, 0.4, ["calibrate-too-dark"]),
    ],
)
def test_what_is_wrong_with_the_light_is_said(
    left: float, right: float, advice: list[str]
) -> None:
    image = lit(photograph(view((162.0, 162.0))), left, right)

    assert measure(image).advice == advice


@pytest.mark.parametrize(
    ("dpi", "advice"),
    [(80.0, ["calibrate-too-coarse"]), (150.0, ["calibrate-cards-refused"])],
)
def test_a_camera_that_is_too_far_away_is_told(dpi: float, advice: list[str]) -> None:
    assert measure(photograph(view((dpi, dpi)))).advice == advice


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(photographed(desk(FRAME, 3), 3), id="empty tray"),
        pytest.param(np.zeros((480, 640, 3), np.uint8), id="lens cap"),
        pytest.param(np.full((480, 640, 3), 255, np.uint8), id="white"),
    ],
)
def test_without_the_sheet_nothing_is_made_up(image: Image) -> None:
    with pytest.raises(NoTarget):
        measure(image)


def test_a_frame_that_leaves_the_picture_is_refused() -> None:
    image = photograph(view((150.0, 150.0)))

    with pytest.raises(NoFrame):
        measure(image[:, 300:].copy())


def test_a_hand_on_the_frame_is_refused() -> None:
    image = photograph(view((150.0, 150.0)))
    cv2.ellipse(image, (960, 160), (160, 130), 0, 0, 360, (140, 170, 220), -1)

    with pytest.raises(NoTarget):
        measure(image)


def test_a_sheet_that_was_scaled_in_one_direction_is_refused() -> None:
    """The code says 180 by 250 mm; a frame of another shape was not printed by us."""
    other = draw_target(FONTS, Target(180, 250, 10)), Target(150, 250, 10)
    words = other[1].words
    assert read_target(words) == other[1]
    paper = sheet().copy()
    # A sheet of 150 mm with the band of one of 180: the inner edge is elsewhere.
    height, width = paper.shape[:2]
    inner = cv2.resize(paper[:, 320:-320], (width - 500, height))
    paper[:, 250:-250] = inner

    with pytest.raises(NotFlat):
        measure(photograph(view((150.0, 150.0)), paper))


def test_another_code_is_no_target() -> None:
    for words in ("", "https://example.org", "smart-counter target 180x250 mm"):
        assert read_target(words) is None
    assert read_target("smart-counter target 20x20x10 mm") is None
    assert read_target(Target().words) == Target()


@given(st.text(max_size=60))
def test_whatever_a_code_says_is_no_surprise(words: str) -> None:
    read_target(words)


def test_the_sheet_says_how_to_print_it_and_has_a_line_to_check() -> None:
    page = cv2.cvtColor(sheet(), cv2.COLOR_BGR2GRAY)
    words = text_of(draw_target(FONTS)).replace("\n", "").replace(" ", "")

    assert "Printat100%" in words
    assert "100%打印" in words
    assert f"{RULE:g}mm" in words
    assert Target().width > CODE_SIZE
    scale = SHEET_DPI / INCH
    black = np.flatnonzero(page[page.shape[0] // 2] < 128)
    assert np.ptp(black) + 1 == pytest.approx(180 * scale, abs=2)
    assert page.shape == pytest.approx((297 * scale, 210 * scale), abs=2)


def a_calibration() -> Calibration:
    return Calibration(
        width=1920,
        height=1440,
        dpi_x=150.0,
        dpi_y=149.0,
        tilt=1.0,
        blur_mm=0.3,
        evenness=0.9,
        brightness=220.0,
    )


def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    assert load(tmp_path) is None

    save(tmp_path, a_calibration())

    assert load(tmp_path) == a_calibration()


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b'{"dpi_x": "many"}'])
def test_a_file_that_is_damaged_is_no_calibration(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "camera.json").write_bytes(raw)

    assert load(tmp_path) is None


def test_pictures_of_another_size_were_not_measured() -> None:
    other = msgspec.structs.replace(a_calibration(), width=640, height=480)

    assert not other.fits(np.zeros((1440, 1920, 3), np.uint8))
