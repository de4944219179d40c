"""Pages are found where they lie, or not at all."""

import cv2
import numpy as np
import pytest

from counter_client.cameras import FRAME_SIZE, SimulatedCamera
from counter_client.specimens import Specimens, desk, on_desk, photographed
from document_capture.capture import capture, look, straightened
from document_capture.findings import SeveralPapers
from document_capture.images import Array, Blurred, CutOff, Image, NoPage, TooFar
from document_capture.page import BESIDE, find_page
from document_capture.sharpness import READABLE, sharpness
from document_capture.tracking import Tracker
from tests.builders import FONTS
from tests.document_capture.drawn import a_page, lying

SPECIMENS = Specimens(FONTS)


def overlap(one: Array, other: Array, shape: tuple[int, ...]) -> float:
    masks = []
    for corners in (one, other):
        mask = np.zeros(shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
        masks.append(mask)
    return float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())


@pytest.mark.parametrize("name", ["identity", "articles", "premises"])
@pytest.mark.parametrize("tilt", [-14.0, 0.0, 9.0])
def test_a_paper_on_a_desk_is_found_to_the_edge(name: str, tilt: float) -> None:
    frame, corners = on_desk(SPECIMENS.paper(name), (1280, 960), tilt, seed=3)

    found = find_page(frame)

    assert overlap(found.corners, corners, frame.shape) > 0.97
    assert 0.55 <= found.score <= 1.0


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(np.zeros((480, 640, 3), np.uint8), id="black"),
        pytest.param(np.full((480, 640, 3), 200, np.uint8), id="one colour"),
        pytest.param(photographed(desk((1280, 960), 5), 5), id="empty desk"),
    ],
)
def test_nothing_is_found_where_no_paper_lies(frame: Image) -> None:
    with pytest.raises(NoPage):
        find_page(frame)


def test_a_captured_page_is_straight_and_readable() -> None:
    camera = SimulatedCamera(SPECIMENS)
    camera.lay("articles")

    frame = camera.frame()
    page = capture(frame).whole()

    assert camera.corners is not None
    assert sharpness(straightened(frame)[1].page) > READABLE
    assert overlap(np.array(page.corners), camera.corners, FRAME_SIZE[::-1]) > 0.97
    assert len(page.preview) < 250_000
    straight = cv2.imdecode(np.frombuffer(page.page, np.uint8), cv2.IMREAD_COLOR)
    assert straight is not None
    height, width = straight.shape[:2]
    assert 1.3 < height / width < 1.5
    assert straight[5:40, 5:40].mean() > 200, "the paper's own corner, not the desk"


def test_a_blurred_paper_is_refused() -> None:
    frame, _ = on_desk(SPECIMENS.paper("articles"), (1920, 1440), 2.0, seed=1)

    with pytest.raises(Blurred):
        capture(cv2.GaussianBlur(frame, (0, 0), 6))


def test_a_paper_that_is_cut_off_or_far_away_is_refused() -> None:
    frame, corners = on_desk(SPECIMENS.paper("identity"), (1280, 960), 0.0, seed=1)

    with pytest.raises((CutOff, NoPage)):
        capture(frame[:, int(corners[0][0]) + 150 :])
    with pytest.raises((TooFar, NoPage)):
        capture(cv2.resize(frame, (320, 240)))


def test_a_portrait_keeps_its_colours() -> None:
    frame, _ = on_desk(SPECIMENS.paper("identity"), (1920, 1440), 1.0, seed=2)

    kept = capture(frame, keep_colours=True).whole()
    evened = capture(frame).whole()

    def saturation(data: bytes) -> float:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        return float(cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[..., 1].mean())

    assert saturation(kept.page) > saturation(evened.page)
    assert sharpness(frame) > 0


def test_a_clerk_sees_a_refused_page_with_what_is_wrong() -> None:
    frame, _ = on_desk(SPECIMENS.paper("articles"), (1920, 1440), 2.0, seed=1)

    judged = look(cv2.GaussianBlur(frame, (0, 0), 6))

    assert "page-blurred" in [one.code for one in judged.findings if one.refuses]
    assert judged.draft.whole().page[:2] == b"\xff\xd8"


@pytest.mark.parametrize("name", ["identity", "articles", "premises"])
def test_nothing_refuses_a_specimen_under_a_good_camera(name: str) -> None:
    camera = SimulatedCamera(SPECIMENS)
    camera.lay(name)

    judged = look(camera.frame(), keep_colours=name == "identity")

    assert [one.code for one in judged.findings if one.refuses] == []
    assert len(judged.draft.preview) < 100_000


def test_a_second_paper_is_refused_also_beside_one_that_was_followed() -> None:
    paper, _ = lying(a_page(), border=100)
    alone, pair = (
        np.concatenate([paper, other], axis=1)
        for other in (np.full_like(paper, 50), paper)
    )
    tracker = Tracker()
    tracker.look(alone)
    followed = tracker.followed(alone)
    assert followed is not None

    assert capture(alone, followed=followed).score > BESIDE
    with pytest.raises(SeveralPapers):
        capture(pair, followed=followed)


def test_two_papers_are_refused_and_a_clerk_may_take_the_surest() -> None:
    paper, _ = lying(a_page(), border=100)
    pair = np.concatenate([paper, paper], axis=1)

    with pytest.raises(SeveralPapers):
        capture(pair)

    judged = look(pair)
    assert judged.findings[0].code == SeveralPapers.code
    width, height = np.ptp(np.array(judged.draft.corners), axis=0)
    assert width < height
