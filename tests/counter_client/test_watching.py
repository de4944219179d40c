"""The picture takes itself for the person who sits here, not for the one before."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest

from counter_client.tray import Shot, Tray
from counter_client.watching import Watcher
from document_capture.guidance import Sight
from document_capture.images import Image
from document_capture.tracking import Followed
from protocol.ids import IDENTITY, CaseId
from protocol.scan_messages import PaperSeen
from tests.counter_client.kiosk import StillCamera
from tests.document_capture.test_guidance import FRAME, TENTH, TWO
from tests.document_capture.test_page import PAGE, SIZE, a_desk, with_paper

CASE = CaseId("c" * 32)
SHOT = Shot(case=CASE, material=IDENTITY)
SMOOTHED = [(x + 20, y) for x, y in PAGE]
ELSEWHERE = [(x + 120, y) for x, y in PAGE]


class Desk(Tray):
    """A tray with a camera above it, which counts its pictures."""

    def __init__(self) -> None:
        self.camera = self.still = StillCamera()
        self.shots = 0
        self.answer: str | OSError = ""
        self.followed: Followed | None = None

    async def shoot(self, shot: Shot, followed: Followed | None = None) -> str:
        assert shot == SHOT
        self.shots, self.followed = self.shots + 1, followed
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer


class Visit:
    """A person at the terminal, whose paper is looked at ten times a second."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.now = 0.0
        self.watcher = Watcher(
            self.desk,
            lambda: (CASE, self.shot),
            self.heard,
            clock=lambda: self.now,
            pause=self.wait,
        )
        self.told: list[PaperSeen] = []
        self.shot: Shot | None = SHOT

    async def wait(self, seconds: float) -> None:
        self.now += seconds

    async def heard(self, seen: PaperSeen, for_clerk: bool) -> None:
        self.told.append(seen)

    async def photographs(self, picture: Image | None) -> int:
        """Return how often ``picture`` is taken by itself within a second."""
        self.desk.still.picture, before = picture, self.desk.shots
        for _ in range(10):
            self.now += TENTH
            sight = self.watcher._look()
            if sight is not None:
                await self.watcher._follow(sight)
        return self.desk.shots - before


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    visit = Visit()
    yield visit
    await visit.watcher.close()


async def test_a_paper_that_lies_still_is_photographed_once(visit: Visit) -> None:
    assert await visit.photographs(FRAME) == 1
    assert await visit.photographs(FRAME) == 0


async def test_the_picture_that_takes_itself_knows_where_the_paper_lies(
    visit: Visit,
) -> None:
    await visit.photographs(FRAME)

    assert visit.desk.followed is not None
    assert np.allclose(visit.desk.followed.corners, np.array(PAGE) / SIZE, atol=0.003)


async def test_a_hand_that_presses_later_knows_what_was_seen_just_now(
    visit: Visit,
) -> None:
    await visit.photographs(FRAME)
    assert visit.watcher.followed is not None

    visit.now += 0.5
    assert visit.watcher.followed is None


@pytest.mark.parametrize("left_behind", [None, FRAME])
async def test_nothing_is_known_of_the_paper_of_a_person_who_left(
    visit: Visit, left_behind: Image | None
) -> None:
    await visit.photographs(FRAME)
    visit.desk.still.picture = left_behind

    await visit.watcher.visit_over()

    assert visit.watcher.followed is None


async def test_what_is_wrong_is_said_as_long_as_it_is_wrong(visit: Visit) -> None:
    assert await visit.photographs(TWO) == 0
    said = len(visit.told)

    assert await visit.photographs(TWO) == 0
    assert await visit.photographs(TWO) == 0

    assert 1 <= len(visit.told) - said <= 3
    assert visit.told[-1].hint == "hint-several-papers"
    assert len(visit.told[-1].others) == 1


async def test_a_picture_that_is_taken_during_a_look_is_known_as_taken(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit.shot = None
    await visit.photographs(FRAME)
    begun, free, look = threading.Event(), threading.Event(), visit.watcher._judged

    def slow(frame: Image) -> Sight:
        sight = look(frame)
        begun.set()
        assert free.wait(20)
        return sight

    with monkeypatch.context() as patched:
        patched.setattr(visit.watcher, "_judged", slow)
        visit.watcher._sight = None  # the next look is a close one
        looking = asyncio.create_task(asyncio.to_thread(visit.watcher._look))
        assert await asyncio.to_thread(begun.wait, 20)
        assert await visit.watcher.shoot(SHOT) == ""
        free.set()
        await looking

    await visit.photographs(FRAME)
    assert visit.told[-1].hint == "hint-taken"


async def test_a_paper_that_was_left_behind_is_nobodys_picture(visit: Visit) -> None:
    await visit.photographs(FRAME)

    await visit.watcher.visit_over()

    assert await visit.photographs(FRAME) == 0
    assert await visit.photographs(with_paper(a_desk(), ELSEWHERE)) == 1


async def test_the_next_person_may_lay_a_paper_where_the_last_one_lay(
    visit: Visit,
) -> None:
    await visit.photographs(FRAME)
    visit.desk.still.picture = a_desk()

    await visit.watcher.visit_over()

    assert await visit.photographs(FRAME) == 1


HIDDEN = {"a camera that is gone": None, "a black picture": np.zeros_like(FRAME)}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
async def test_a_paper_that_was_hidden_when_its_person_left_is_nobodys_picture(
    visit: Visit, hidden: Image | None
) -> None:
    await visit.photographs(FRAME)
    visit.desk.still.picture = hidden
    await visit.watcher.visit_over()

    assert await visit.photographs(FRAME) == 0
    assert await visit.photographs(with_paper(a_desk(), ELSEWHERE)) == 1


async def test_a_black_first_frame_does_not_make_a_left_paper_the_next_persons(
    visit: Visit,
) -> None:
    await visit.photographs(FRAME)
    await visit.watcher.visit_over()
    visit.now += 600

    visit.desk.still.picture = np.zeros_like(FRAME)
    visit.watcher._look()

    assert await visit.photographs(FRAME) == 0


async def test_a_paper_that_was_refused_is_photographed_again_when_it_is_smoothed(
    visit: Visit,
) -> None:
    visit.desk.answer = "page-blurred"
    assert await visit.photographs(FRAME) == 1
    assert await visit.photographs(FRAME) == 0
    assert visit.told[-1].hint == "hint-lay-again"

    assert await visit.photographs(with_paper(a_desk(), SMOOTHED)) == 1


async def test_a_page_that_is_here_already_is_not_taken_by_itself(visit: Visit) -> None:
    visit.shot = None
    assert await visit.photographs(FRAME) == 0
    assert visit.told[-1].hint == "hint-touch-button"

    visit.shot = SHOT
    assert await visit.photographs(FRAME) == 1


async def test_a_line_that_comes_back_does_not_forget_what_was_left_behind(
    visit: Visit,
) -> None:
    await visit.photographs(FRAME)
    await visit.watcher.visit_over()

    await visit.watcher.visit_over()

    assert await visit.photographs(FRAME) == 0


async def test_after_the_button_nobody_is_told_to_touch_it(visit: Visit) -> None:
    visit.shot = None
    await visit.photographs(FRAME)

    assert await visit.watcher.shoot(SHOT) == ""

    assert await visit.photographs(FRAME) == 0
    assert visit.told[-1].hint == "hint-taken"


async def test_a_page_that_the_clerk_refused_is_asked_for_once_more(
    visit: Visit,
) -> None:
    await visit.photographs(FRAME)
    visit.shot = None
    await visit.photographs(FRAME)

    visit.shot = SHOT
    assert await visit.photographs(FRAME) == 0

    assert visit.told[-1].hint == "hint-lay-again"
    assert await visit.photographs(with_paper(a_desk(), SMOOTHED)) == 1


@pytest.mark.parametrize("answer", ["page-blurred", OSError("disk")])
async def test_a_button_whose_picture_failed_says_so_and_the_next_takes_itself(
    visit: Visit, answer: str | OSError
) -> None:
    await visit.photographs(FRAME)
    visit.desk.answer = answer
    with contextlib.suppress(OSError):
        await visit.watcher.shoot(SHOT)
    visit.desk.answer = ""

    assert await visit.photographs(FRAME) == 0
    assert visit.told[-1].hint == "hint-lay-again"
    assert await visit.photographs(with_paper(a_desk(), SMOOTHED)) == 1


async def test_a_page_that_is_here_twice_is_not_taken_again_and_again(
    visit: Visit,
) -> None:
    visit.desk.answer = "page-duplicate"
    assert await visit.photographs(FRAME) == 1

    assert await visit.photographs(with_paper(a_desk(), SMOOTHED)) == 0
    assert visit.told[-1].hint == "hint-taken"
