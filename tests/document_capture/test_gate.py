"""A page is refused for what makes it unreadable, and for nothing else."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from document_capture.findings import REFUSALS, Finding, Glare, raise_first
from document_capture.fingerprint import Fingerprint, fingerprint, same_page
from document_capture.gate import judge, reasons
from document_capture.images import CutOff, Image
from document_capture.measured import measured
from document_capture.papers import Paper, aspect_of, dpi_of, paper_of
from document_capture.writing import writing_on
from protocol.texts import texts
from tests.document_capture.drawn import a_form, a_page, bent, grainy, lying

sizes = st.integers(1, 2000)


def judged(page: Image) -> list[Finding]:
    frame, corners = lying(page)
    return judge(frame, corners, measured(page))


def mark(page: Image) -> Fingerprint:
    return fingerprint(writing_on(page))


def refused(page: Image) -> set[str]:
    return {one.code for one in judged(page) if one.refuses}


def test_nothing_is_wrong_with_a_good_page() -> None:
    assert judged(a_page()) == []


def test_every_finding_says_what_to_do_in_every_language() -> None:
    assert set(REFUSALS) <= set(texts())


@pytest.mark.parametrize(
    "worse",
    [
        pytest.param(lambda p: cv2.GaussianBlur(p, (0, 0), 5), id="out of focus"),
        pytest.param(lambda p: cv2.blur(p, (25, 1)), id="moved sideways"),
        pytest.param(lambda p: cv2.blur(p, (1, 25)), id="moved up"),
    ],
)
def test_a_page_out_of_focus_or_moved_is_refused(worse: object) -> None:
    assert callable(worse)

    assert refused(grainy(worse(a_page()))) == {"page-blurred"}


@pytest.mark.parametrize("degrees", [22, 45, 67, 112])
def test_a_page_that_moved_aslant_is_refused(degrees: float) -> None:
    page = a_page()
    length = 21
    streak = np.zeros((length, length), np.float32)
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    end = np.round(length // 2 * along).astype(int)
    middle = np.full(2, length // 2)
    cv2.line(streak, tuple(middle - end), tuple(middle + end), (1.0,))
    moved = cv2.filter2D(page, -1, streak / streak.sum())

    assert refused(grainy(moved)) == {"page-blurred"}


@pytest.mark.parametrize("step", [44, 88, 160])
def test_a_form_is_as_sharp_as_its_words(step: int) -> None:
    form = a_form(step)

    assert judged(grainy(form)) == []
    assert refused(grainy(cv2.GaussianBlur(form, (0, 0), 4))) == {"page-blurred"}


def test_the_empty_lines_of_a_form_are_no_blur() -> None:
    assert "page-blurred" not in refused(grainy(a_form(88, words=False)))


@settings(max_examples=40)
@given(sizes, sizes, st.integers(1, 60))
@example(2000, 142, 20)
@example(2000, 1, 20)
@example(6, 2000, 20)
def test_a_page_of_any_shape_gets_an_answer(high: int, wide: int, step: int) -> None:
    page = np.full((high, wide, 3), 220, np.uint8)
    page[::step] = 20
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)

    assert {one.code for one in judge(page, corners, measured(page))} <= set(REFUSALS)


def test_a_page_of_which_half_is_blurred_is_refused() -> None:
    page = a_page()
    half = page.shape[0] // 2
    page[half:] = cv2.GaussianBlur(page[half:], (0, 0), 5)

    found = [one for one in judged(page) if one.refuses]

    assert [one.code for one in found] == ["page-blurred"]
    assert found[0].place[1] >= 0.4, "the place is the lower half"


def test_a_shadow_in_which_writing_can_be_read_is_no_reason() -> None:
    page = a_page().astype(np.float32)
    page[:, page.shape[1] // 2 :] *= 0.4

    assert refused(grainy(page)) == set()


def test_a_shadow_in_which_nothing_can_be_read_is_refused() -> None:
    page = a_page().astype(np.float32)
    page[page.shape[0] // 2 :] *= 0.03

    assert refused(grainy(page)) == {"page-shadow"}


def test_a_page_without_light_is_refused() -> None:
    page = a_page().astype(np.float32) * 0.12
    cv2.setRNGSeed(3)
    noise = np.empty(page.shape[:2], np.float32)
    cv2.randn(noise, 0, 9)

    seen = np.clip(page + noise[..., None] + 10, 0, 255).astype(np.uint8)

    assert refused(seen) == {"page-too-dark"}


def with_finger(page: Image, reach: float) -> Image:
    height, width = page.shape[:2]
    tip = int(reach * width)
    touched = page.copy()
    middle = int(height * 0.42)
    cv2.ellipse(touched, (0, middle), (tip, 60), 0, 0, 360, (125, 155, 205), -1)
    return touched


def test_a_finger_on_the_writing_is_refused() -> None:
    assert refused(with_finger(a_page(), 0.4)) == {"page-covered"}


def test_a_finger_on_the_margin_is_only_worth_a_look() -> None:
    found = judged(with_finger(a_page(), 0.08))

    assert [(one.code, one.refuses) for one in found] == [("page-covered", False)]


def test_brown_paper_is_no_finger() -> None:
    tinted = a_page() * np.array([0.62, 0.76, 1.0])

    assert refused(tinted.astype(np.uint8)) == set()


def test_an_empty_page_is_refused() -> None:
    assert refused(a_page(lines=0)) == {"page-empty"}


def test_a_bent_page_is_worth_a_look() -> None:
    found = judged(bent(a_page(), 60))

    assert [(one.code, one.refuses) for one in found] == [("page-folded", False)]


def test_a_bent_page_is_no_reason_not_to_take_it() -> None:
    page = bent(a_page(), 60)
    frame, corners = lying(page)

    assert reasons(frame, corners, measured(page)) == []


def test_a_crease_across_the_page_is_worth_a_look() -> None:
    page = a_page().astype(np.float32)
    middle = page.shape[0] // 2 + 14
    page[middle - 6 : middle] -= 40

    found = judged(np.clip(page, 0, 255).astype(np.uint8))

    assert [(one.code, one.refuses) for one in found] == [("page-folded", False)]


def test_a_line_that_is_printed_across_the_page_is_no_crease() -> None:
    page = a_page()
    edge = page.shape[1] // 50
    page[300:303, edge:-edge] = 40

    assert judged(page) == []


def test_a_page_at_the_edge_of_the_picture_is_cut_off() -> None:
    page = a_page()
    frame, corners = lying(page)
    corners[:, 0] -= 121

    found = [one.code for one in judge(frame, corners, measured(page)) if one.refuses]

    assert found == [CutOff.code]


def test_a_page_with_too_few_pixels_for_its_paper_is_refused() -> None:
    small = cv2.resize(a_page(), (496, 702), interpolation=cv2.INTER_AREA)

    assert "page-too-far" in refused(small)


@pytest.mark.parametrize(
    ("sides", "paper"),
    [
        ((210, 297), Paper.A4),
        ((297, 210), Paper.A4),
        ((85.6, 53.98), Paper.CARD),
        ((80, 210), Paper.RECEIPT),
        ((200, 200), Paper.OTHER),
    ],
)
def test_a_paper_is_known_by_its_shape_seen_askew(
    sides: tuple[float, float], paper: Paper
) -> None:
    wide, high = sides[0] / 200, sides[1] / 200
    rectangle = np.array([[0, 0], [wide, 0], [wide, high], [0, high]])
    rectangle -= rectangle.mean(axis=0)
    tilt = np.radians(25)
    depth = 4 + rectangle[:, 1] * np.sin(tilt) + rectangle[:, 0] * 0.2
    seen = rectangle * [np.sqrt(1 - 0.04), np.cos(tilt)] / depth[:, None]
    corners = (seen * 1632 + [960, 720]).astype(np.float32)

    assert paper_of(aspect_of(corners, (1440, 1920))) is paper


def test_resolution_is_that_of_the_far_end() -> None:
    corners = np.array([[100, 0], [926, 0], [1026, 1169], [0, 1169]], np.float32)

    assert 99 < dpi_of(corners, Paper.A4) < 102


def test_what_a_person_should_mend_first_is_raised() -> None:
    findings = [
        Finding("page-covered", 1, 0),
        Finding("page-glare", 1, 0),
        Finding("page-cut-off", 1, 0, refuses=False),
    ]

    with pytest.raises(Glare):
        raise_first(findings)


def photographed_again(page: Image, turn: float, shift: int, light: float) -> Image:
    height, width = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    matrix[:, 2] += shift
    border = cv2.BORDER_REPLICATE
    moved = cv2.warpAffine(page, matrix, (width, height), borderMode=border)
    return grainy(cv2.GaussianBlur(moved, (0, 0), 0.8) * light, seed=9)


@settings(max_examples=8, deadline=None)
@given(
    turn=st.floats(-0.7, 0.7),
    shift=st.integers(-12, 12),
    light=st.floats(0.6, 1.05),
    quarter=st.sampled_from([0, 2]),
)
def test_a_page_photographed_twice_is_a_duplicate(
    turn: float, shift: int, light: float, quarter: int
) -> None:
    page = a_page(written="Chan Si Fan 1951")
    again = np.rot90(photographed_again(page, turn, shift, light), quarter)

    assert same_page(mark(page), mark(np.ascontiguousarray(again))) > 0.5


NAMES = ["Chan Si Fan 1951", "Lei Ka Man 1988", "", "Wong Tai", "Ho Mei 20.3.1990"]


@settings(max_examples=8, deadline=None)
@given(
    pair=st.permutations(NAMES),
    turn=st.floats(-0.5, 0.5),
    shift=st.integers(-8, 8),
)
def test_two_filled_in_forms_are_two_pages(
    pair: list[str], turn: float, shift: int
) -> None:
    one, other = a_page(written=pair[0]), a_page(written=pair[1])
    again = photographed_again(other, turn, shift, 0.9)

    assert same_page(mark(one), mark(again)) <= 0.5


def test_a_page_given_before_is_refused() -> None:
    page = a_page()
    frame, corners = lying(page)

    earlier = [mark(a_page(lines=9)), mark(page)]
    found = judge(frame, corners, measured(page), earlier)

    assert [one.code for one in found] == ["page-duplicate"]
