"""A picture is taken once, however many ask for it."""

import asyncio
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from casework.material import Material, Page
from counter_client.calibration import Calibration
from counter_client.device import open_device
from counter_client.letters import Outgoing
from counter_client.outbox import DiskUnusable, Outbox
from counter_client.specimens import Specimens, on_desk
from counter_client.tray import NO_ROOM, Shot, Tray
from counter_client.uploader import Uploader
from document_capture.capture import imported
from document_capture.images import Image
from protocol.ids import CaseId, MaterialId, PageId
from protocol.scan_messages import CaptureFailed, RemovePage
from protocol.states import MaterialState as State
from signaling.views import case_view, session_view, ticket_view
from tests.builders import FONTS, a_case, a_visit
from tests.counter_client.kiosk import SmallOffice, StillCamera
from tests.document_capture.drawn import a_page
from tests.document_capture.test_guidance import FRAME
from tests.document_capture.test_page import SIZE

SHOT = Shot(case=CaseId("c" * 32), material=MaterialId("articles"))


class CountingCamera(StillCamera):
    """Shows one picture, and knows how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = FRAME
        self.asked = 0

    def frame(self) -> Image:
        self.asked += 1
        return super().frame()


async def test_a_hand_that_presses_while_the_picture_takes_itself_gets_that_picture(
    tmp_path: Path,
) -> None:
    told: list[str] = []

    async def say(failed: CaptureFailed | RemovePage) -> None:
        assert isinstance(failed, CaptureFailed)
        told.append(failed.reason)

    camera = CountingCamera()
    outbox = Outbox(tmp_path / "outbox", open_device(tmp_path))
    tray = Tray(camera, Uploader(SmallOffice(), outbox), say)

    first, second = await asyncio.gather(tray.shoot(SHOT), tray.shoot(SHOT))

    assert (camera.asked, first, told) == (1, second, [first])
    await tray.shoot(SHOT)
    assert camera.asked == 2


@pytest.mark.parametrize(
    ("wide", "why"), [(SIZE[0], "page-too-far"), (SIZE[0] + 1, "")]
)
async def test_a_calibration_of_this_picture_size_says_how_many_dots_a_paper_has(
    tmp_path: Path, wide: int, why: str
) -> None:
    async def say(_: object) -> None:
        pass

    outbox = Outbox(tmp_path / "outbox", open_device(tmp_path))
    tray = Tray(CountingCamera(), Uploader(SmallOffice(), outbox), say)
    before = await tray.shoot(SHOT)
    tray.calibration = Calibration(
        width=wide,
        height=SIZE[1],
        dpi_x=60,
        dpi_y=60,
        tilt=0,
        blur_mm=0,
        evenness=1,
        brightness=230,
    )

    again = await tray.shoot(msgspec.structs.replace(SHOT, same_again=True))

    assert again == (why or before)


class Counted(Uploader):
    """Knows which previews went ahead, and has no disk if it is told so."""

    ahead: ClassVar[list[PageId]] = []
    broken = False

    def show(self, case: CaseId, page: Outgoing) -> Outgoing:
        """Note it, and send it."""
        self.ahead.append(page.id)
        return super().show(case, page)

    async def take(self, case: CaseId, page: Outgoing) -> None:
        """Keep it, if there is a disk."""
        if self.broken:
            raise DiskUnusable
        await super().take(case, page)


class Desk:
    """A tray, what it says, and which case is open at it."""

    def __init__(self, folder: Path) -> None:
        self.said: list[CaptureFailed | RemovePage] = []
        self.outbox = Outbox(folder / "outbox", open_device(folder))
        self.uploader = Counted(SmallOffice(), self.outbox)
        self.uploader.ahead.clear()
        camera = StillCamera()
        paper = Specimens(FONTS).paper(SHOT.material)
        camera.picture, _ = on_desk(paper, (1920, 1440), 5.0, 7)
        self.tray = Tray(camera, self.uploader, self._say)

    async def _say(self, message: CaptureFailed | RemovePage) -> None:
        self.said.append(message)

    def follow(
        self, *pages: Page, state: State = State.CAPTURED, most: int = 0
    ) -> list[RemovePage]:
        """Let the paper have ``pages``, and be told that it may have ``most``."""
        paper = Material(id=SHOT.material, state=state, pages=pages)
        visit = a_visit()
        case = case_view(a_case(id=SHOT.case, materials=(paper,)))
        told = [msgspec.structs.replace(case.materials[0], most_pages=most)]
        case = msgspec.structs.replace(case, materials=told)
        view = session_view(ticket_view(visit, 0, "1"), visit, set(), case, [])
        return self.tray.follow(view)


HALF = Page(id=PageId("1" * 32), preview="key")
WHOLE = Page(id=PageId("2" * 32), preview="key", page="key", sha256="5" * 64)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_the_preview_of_a_papers_first_page_goes_ahead(desk: Desk) -> None:
    desk.follow(state=State.WANTED)

    assert await desk.tray.shoot(SHOT) == ""

    assert desk.uploader.ahead == [one.page for one, _ in desk.outbox.waiting()[:1]]
    assert desk.said == []


@pytest.mark.parametrize("replaces", [WHOLE.id, ""])
async def test_a_page_that_may_take_anothers_place_comes_whole(
    desk: Desk, replaces: PageId
) -> None:
    desk.follow(WHOLE)

    assert await desk.tray.shoot(msgspec.structs.replace(SHOT, replaces=replaces)) == ""

    assert desk.uploader.ahead == []
    assert len(desk.outbox.waiting()) == 3


async def test_a_page_that_cannot_be_kept_is_taken_back(desk: Desk) -> None:
    desk.follow(state=State.WANTED)
    desk.uploader.broken = True

    assert await desk.tray.shoot(SHOT) == "terminal-disk"

    failed, taken_back = desk.said
    assert isinstance(failed, CaptureFailed)
    assert isinstance(taken_back, RemovePage)
    assert [taken_back.page] == desk.uploader.ahead
    desk.uploader.broken = False
    assert await desk.tray.shoot(SHOT) == "", "nor is it remembered as a page"


async def test_what_an_agent_was_making_when_it_died_is_taken_back(desk: Desk) -> None:
    [lost] = desk.follow(HALF, WHOLE)

    assert (lost.case, lost.material, lost.page) == (SHOT.case, SHOT.material, HALF.id)
    assert desk.follow(HALF, WHOLE) == [], "once"


async def test_what_waits_on_the_disk_is_not_taken_back(
    desk: Desk, tmp_path: Path
) -> None:
    desk.follow(state=State.WANTED)
    await desk.tray.shoot(SHOT)
    [name] = {one.page for one, _ in desk.outbox.waiting()}

    after = Desk(tmp_path)

    assert after.follow(msgspec.structs.replace(HALF, id=name)) == []


async def test_a_page_that_the_server_does_not_want_may_be_taken_again(
    desk: Desk,
) -> None:
    desk.follow(state=State.WANTED)
    assert await desk.tray.shoot(SHOT) == ""
    assert await desk.tray.shoot(SHOT) == "page-duplicate"
    letter, _ = desk.outbox.waiting()[0]

    await desk.tray._not_wanted(letter, "page-damaged")

    assert await desk.tray.shoot(SHOT) == ""


@pytest.mark.parametrize(
    ("most", "pages", "state", "taken"),
    [
        pytest.param(
            1, 0, State.WANTED, False, id="both sides for a paper of one page"
        ),
        pytest.param(12, 11, State.CHECKED, False, id="more than it may still have"),
        pytest.param(3, 2, State.REFUSED, True, id="a refused paper begins anew"),
        pytest.param(3, 1, State.CHECKED, True, id="just enough"),
    ],
)
async def test_a_file_comes_with_all_of_its_pages_or_none(
    desk: Desk, most: int, pages: int, state: State, taken: bool
) -> None:
    there = [
        msgspec.structs.replace(WHOLE, id=PageId(f"{place:032x}"))
        for place in range(pages)
    ]
    desk.follow(*there, state=state, most=most)
    brought = [imported(a_page()), imported(a_page(lines=3))]

    why = await desk.tray.send(SHOT, brought)

    said = [one.reason for one in desk.said if isinstance(one, CaptureFailed)]
    assert (why, said) == ("" if taken else NO_ROOM, [] if taken else [NO_ROOM])
    assert len(desk.outbox.waiting()) == 6 * taken


async def test_pages_on_their_way_need_room_as_well(desk: Desk) -> None:
    desk.follow(state=State.WANTED, most=3)
    two = [imported(a_page()), imported(a_page(lines=3))]

    assert await desk.tray.send(SHOT, two) == ""
    assert await desk.tray.send(SHOT, two) == NO_ROOM
