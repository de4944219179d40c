"""The page is found among whatever else lies on the desk."""

import cv2
import numpy as np
import pytest

from document_capture.images import Array, Image, NoPage
from document_capture.page import SURE, Found, find_page, find_pages, refit
from document_capture.quads import clockwise, encloses, overlap

Points = list[tuple[float, float]]
SIZE = 1280, 960
PAGE: Points = [(420, 110), (880, 130), (910, 850), (380, 830)]
WHITE, BROWN, PALE = (245, 247, 248), (60, 80, 105), (226, 230, 232)


def a_desk(colour: tuple[int, int, int] = BROWN) -> Image:
    noise = np.random.default_rng(1).normal(0, 2.5, (SIZE[1], SIZE[0], 3))
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


def with_paper(
    desk: Image, corners: Points, colour: tuple[int, int, int] = WHITE
) -> Image:
    """Return ``desk`` with a written paper on it, its sides soft as in a photograph."""
    paper = np.full((700, 500, 3), colour, np.uint8)
    for y in range(80, 640, 28):
        cv2.line(paper, (60, y), (440 - y % 90, y), (50, 45, 45), 3)
    source = np.array([[0, 0], [500, 0], [500, 700], [0, 700]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, np.float32))
    laid = cv2.warpPerspective(paper, matrix, SIZE)
    cover = cv2.warpPerspective(np.full((700, 500), 255, np.uint8), matrix, SIZE)
    soft = cv2.GaussianBlur(cover, (0, 0), 1.2)[..., None].astype(np.float32) / 255
    seen: Image = np.clip(desk * (1 - soft) + laid * soft, 0, 255).astype(np.uint8)
    return seen


def near(found: Found, corners: Points) -> float:
    return overlap(found.corners, np.array(corners, np.float32))


def test_the_corners_are_right_to_a_pixel() -> None:
    found = find_page(with_paper(a_desk(), PAGE))

    assert np.abs(found.corners - np.array(PAGE)).max() < 1.5
    assert SURE <= found.score <= 1


def test_a_white_paper_is_found_on_a_white_desk() -> None:
    found = find_page(with_paper(a_desk(PALE), PAGE))

    assert near(found, PAGE) > 0.97


def test_a_hand_over_one_side_does_not_move_it() -> None:
    frame = with_paper(a_desk(), PAGE)
    cv2.line(frame, (800, 500), (1279, 520), (110, 140, 190), 60)

    found = find_page(frame)

    assert near(found, PAGE) > 0.97


def test_a_shadow_across_the_page_is_not_its_side() -> None:
    frame = with_paper(a_desk(), PAGE).astype(np.float32)
    shade = np.ones((SIZE[1], SIZE[0]), np.float32)
    cv2.fillPoly(shade, [np.array([[0, 0], [700, 0], [500, 959], [0, 959]])], 0.6)
    frame *= cv2.GaussianBlur(shade, (0, 0), 12)[..., None]

    found = find_page(frame.astype(np.uint8))

    assert near(found, PAGE) > 0.97


def test_a_picture_on_the_page_is_not_the_page() -> None:
    frame = with_paper(a_desk(), PAGE)
    cv2.rectangle(frame, (470, 250), (830, 600), (120, 60, 40), -1)

    found = find_page(frame)

    assert near(found, PAGE) > 0.97


def test_the_upper_of_two_papers_is_found() -> None:
    below: Points = [(200, 200), (620, 120), (700, 700), (260, 800)]
    frame = with_paper(with_paper(a_desk(), below, (205, 214, 222)), PAGE)

    found = find_page(frame)

    assert near(found, PAGE) > 0.97


def test_a_card_upon_a_letter_is_found_and_not_the_letter() -> None:
    letter: Points = [(220, 90), (860, 120), (880, 900), (200, 880)]
    card: Points = [(640, 640), (1010, 560), (1060, 790), (690, 870)]
    frame = with_paper(with_paper(a_desk(), letter), card, (214, 205, 190))

    found = find_page(frame)

    assert near(found, card) > 0.97


def test_a_card_on_a_wide_desk_is_found() -> None:
    card: Points = [(500, 400), (712, 404), (710, 538), (498, 534)]

    found = find_page(with_paper(a_desk(), card))

    assert near(found, card) > 0.95


def test_papers_side_by_side_are_all_found() -> None:
    left: Points = [(80, 150), (520, 150), (520, 800), (80, 800)]
    right: Points = [(700, 180), (1180, 170), (1200, 820), (690, 810)]
    frame = with_paper(with_paper(a_desk(), left), right)

    found = find_pages(frame)

    assert len(found) == 2
    assert found[0].score >= found[1].score
    assert max(near(one, left) for one in found) > 0.97
    assert max(near(one, right) for one in found) > 0.97


def test_no_more_papers_are_found_than_asked_for() -> None:
    left: Points = [(80, 150), (520, 150), (520, 800), (80, 800)]
    right: Points = [(700, 180), (1180, 170), (1200, 820), (690, 810)]

    assert len(find_pages(with_paper(with_paper(a_desk(), left), right), most=1)) == 1


@pytest.mark.parametrize("colour", [BROWN, PALE, (0, 0, 0)])
def test_an_empty_desk_has_no_page(colour: tuple[int, int, int]) -> None:
    with pytest.raises(NoPage):
        find_pages(a_desk(colour))


def test_a_pattern_is_not_a_page() -> None:
    desk = a_desk()
    for x in range(0, SIZE[0], 90):
        cv2.line(desk, (x, 0), (x, SIZE[1]), (150, 170, 190), 12)
    for y in range(0, SIZE[1], 90):
        cv2.line(desk, (0, y), (SIZE[0], y), (150, 170, 190), 12)

    with pytest.raises(NoPage):
        find_page(desk)


def test_fitting_at_full_size_mends_rough_corners() -> None:
    frame = with_paper(a_desk(), PAGE)
    rough = np.array(PAGE, np.float32) + np.array([[2, -2]], np.float32)

    found = refit(frame, Found(rough, 0.9))

    assert np.abs(found.corners - np.array(PAGE)).max() < 1
    assert found.score == 0.9


def test_a_bent_paper_says_so() -> None:
    flat = find_page(with_paper(a_desk(), PAGE))
    frame = with_paper(a_desk(), PAGE)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    bow = 16 * np.sin(np.clip((y - 110) / 740, 0, 1) * np.pi)

    bent = find_page(cv2.remap(frame, x + bow.astype(np.float32), y, cv2.INTER_LINEAR))

    assert bent.bend > 0.012 > flat.bend


@pytest.mark.parametrize("shape", [(40, 30, 3), (1, 900, 3), (700, 2, 3)])
def test_a_picture_too_small_for_a_page_has_none(shape: tuple[int, ...]) -> None:
    with pytest.raises(NoPage):
        find_page(np.full(shape, 128, np.uint8))


def test_corners_are_told_clockwise_from_the_top_left() -> None:
    mixed: Array = np.array([[[9.0, 8], [1, 1], [1, 8], [9, 1]]])

    assert clockwise(mixed)[0].tolist() == [[1, 1], [9, 1], [9, 8], [1, 8]]


def test_half_a_page_overlaps_by_a_half() -> None:
    whole = np.array([[0, 0], [10, 0], [10, 10], [0, 10]])
    half = np.array([[0, 0], [10, 0], [10, 5], [0, 5]])

    assert overlap(whole, half) == pytest.approx(0.5)
    assert encloses(whole, half, slack=0)
    assert not encloses(half, whole, slack=1)
