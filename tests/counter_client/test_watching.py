"""The picture takes itself for the person who sits here, not for the one before."""

from collections.abc import AsyncIterator

import pytest

from counter_client.tray import Shot, Tray
from counter_client.watching import Watcher
from document_capture.images import Image
from protocol.ids import IDENTITY, CaseId
from protocol.scan_messages import PaperSeen
from tests.counter_client.kiosk import StillCamera
from tests.document_capture.test_guidance import FRAME, TENTH, TWO
from tests.document_capture.test_page import PAGE, a_desk, with_paper

CASE = CaseId("c" * 32)
SHOT = Shot(case=CASE, material=IDENTITY)
ELSEWHERE = [(x + 120, y) for x, y in PAGE]


class Desk(Tray):
    """A tray with a camera above it, which counts its pictures."""

    def __init__(self) -> None:
        self.camera = self.still = StillCamera()
        self.shots = 0

    async def shoot(self, shot: Shot) -> str:
        assert shot == SHOT
        self.shots += 1
        return ""


class Visit:
    """A person at the terminal, whose paper is looked at ten times a second."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.now = 0.0
        self.watcher = Watcher(
            self.desk, lambda: (CASE, SHOT), self.heard, clock=lambda: self.now
        )
        self.told: list[PaperSeen] = []

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


async def test_what_is_wrong_is_said_as_long_as_it_is_wrong(visit: Visit) -> None:
    assert await visit.photographs(TWO) == 0
    said = len(visit.told)

    assert await visit.photographs(TWO) == 0
    assert await visit.photographs(TWO) == 0

    assert 1 <= len(visit.told) - said <= 3
    assert visit.told[-1].hint == "hint-several-papers"
    assert len(visit.told[-1].others) == 1


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


async def test_a_camera_that_is_gone_at_the_end_leaves_nothing_behind(
    visit: Visit,
) -> None:
    assert await visit.photographs(None) == 0

    await visit.watcher.visit_over()

    assert await visit.photographs(FRAME) == 1
