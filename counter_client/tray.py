"""What lies under the camera or comes as a file, on its way to being pages."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

import msgspec

from counter_client.calibration import Calibration
from counter_client.cameras import Camera, CameraGone
from counter_client.letters import Letter, Outgoing
from counter_client.outbox import DiskUnusable, OutboxFull, VisitOver
from counter_client.room import has_pages, room_in
from counter_client.uploader import Uploader
from document_capture.brought import brought
from document_capture.capture import Draft, Page, capture, look
from document_capture.fingerprint import Fingerprint
from document_capture.images import Image, Refused
from document_capture.tracking import Followed
from protocol.ids import CaseId, MaterialId, PageId, StepId, is_identity
from protocol.scan_messages import CaptureFailed, RemovePage
from protocol.states import MaterialState
from protocol.views import CaseView, MaterialView, SessionView

log = logging.getLogger(__name__)

NO_ROOM = "file-no-room"
"""A file with more pages than its paper may still have: none of them is taken."""
NOT_FOUND = "not-found"
"""A page that the clerk took out while it was being sent."""


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page belongs, and what the clerk has overridden for it."""

    case: CaseId
    material: MaterialId
    replaces: PageId = PageId("")
    overridden: str = ""
    why: str = ""
    round: int = 0
    """How often the paper had been refused when this page was begun."""
    same_again: bool = False
    """The clerk asked for it: another picture of this very paper is welcome."""


class Tray:
    """Makes pages and sends them, for as long as their applicant is there."""

    def __init__(
        self,
        camera: Camera,
        uploader: Uploader,
        say: Callable[[CaptureFailed | RemovePage], Awaitable[None]],
    ) -> None:
        self.camera = camera
        self.calibration: Calibration | None = None
        """How large the tray's inch is; ``None`` until an installer measured it."""
        self._uploader = uploader
        self._say = say
        self._marks: dict[PageId, tuple[MaterialId, Fingerprint]] = {}
        self._arrived: set[PageId] = set()
        self._papers: dict[MaterialId, MaterialView] = {}
        self._case: CaseId | None = None
        self._followed = False
        """Whether it is known since the start whose visit it is, or that it is none."""
        self._told_other_size = False
        self._taking: dict[Shot, asyncio.Task[str]] = {}

    async def run(self) -> None:
        """Send what was made, also by an agent before this one, until cancelled."""
        await self._uploader.run(self._not_wanted)

    async def shoot(self, shot: Shot, followed: Followed | None = None) -> str:
        """Photograph, check and send a paper; return why not, or nothing.

        A hand that presses while the picture takes itself asks for that picture.
        Where the paper was ``followed`` until just now, it is found sooner.
        """
        taking = self._taking.get(shot)
        if taking is None:
            taking = self._taking[shot] = asyncio.create_task(
                self._take(shot, followed)
            )
            taking.add_done_callback(lambda _: self._taking.pop(shot, None))
        return await asyncio.shield(taking)

    def begun(self, shot: Shot) -> Shot:
        """Return ``shot`` as one that is made now, before the clerk says more."""
        paper = self._papers.get(shot.material)
        return msgspec.structs.replace(shot, round=paper.refusals if paper else 0)

    async def _take(self, shot: Shot, followed: Followed | None) -> str:
        shot = self.begun(shot)
        try:
            frame = await asyncio.to_thread(self.camera.frame)
            earlier, dpi = self._earlier(shot), self._dpi(frame)
            draft = await asyncio.to_thread(
                _draft_of, frame, shot, earlier, dpi, followed
            )
        except (Refused, CameraGone) as error:
            await self.tell_failed(shot, error.code)
            return error.code
        return await self._send_draft(shot, draft)

    async def bring_in(self, shot: Shot, data: bytes) -> str:
        """Take a file in the place of a photograph; return why not, or nothing."""
        shot = self.begun(shot)
        try:
            pages = await asyncio.to_thread(_pages_of, data, shot)
        except Refused as error:
            await self.tell_failed(shot, error.code)
            return error.code
        return await self.send(shot, pages)

    def follow(self, session: SessionView) -> list[RemovePage]:
        """The visit goes on like this: whose pages are sent, and how fast.

        Returns:
            What the server is to be told: of a page that an agent before this one
            was making when it died, only the preview is there, and ever will be.
        """
        self._uploader.follow(session)
        self._case = session.case.id if session.case else None
        papers = session.case.materials if session.case else []
        usable = [one for one in papers if one.state is not MaterialState.REFUSED]
        there = {page.id for paper in usable for page in paper.pages}
        for gone in self._arrived - there:
            self._marks.pop(gone, None)
        self._arrived = there
        self._papers = {paper.id: paper for paper in papers}
        lost = [] if self._followed or not session.case else self._lost(session.case)
        self._followed = True
        return lost

    def _lost(self, case: CaseView) -> list[RemovePage]:
        waiting = self._uploader.waiting()
        return [
            _removal(case.id, paper.id, page.id)
            for paper in case.materials
            for page in paper.pages
            if not page.sha256 and page.id not in waiting
        ]

    def forget(self) -> None:
        """Nothing of this applicant is kept here any more."""
        self._uploader.visit_over()
        self._case, self._followed = None, True
        self._marks.clear()

    def _dpi(self, frame: Image) -> float:
        """Return pixels in an inch of the tray; 0 where nobody measured this size."""
        known = self.calibration
        if known is None or known.fits(frame):
            return known.dpi if known else 0.0
        if not self._told_other_size:
            log.warning("the camera was calibrated at another picture size")
        self._told_other_size = True
        return 0.0

    def _earlier(self, shot: Shot) -> list[Fingerprint]:
        """Return the pages that this one must not be another picture of."""
        return [
            mark
            for page, (material, mark) in self._marks.items()
            if page != shot.replaces
            and not (shot.same_again and material == shot.material)
        ]

    async def send(self, shot: Shot, pages: list[Page]) -> str:
        """Hand pages over to be sent; they are safe once this returns nothing.

        Else it returns why not. A file of which not all pages have room comes whole or
        not at all.
        """
        if len(pages) > self._room(shot):
            await self.tell_failed(shot, NO_ROOM)
            return NO_ROOM
        for one in pages:
            outgoing = msgspec.structs.replace(
                _outgoing(shot, one.preview), page=one.page, original=one.original
            )
            taking = self._uploader.take(shot.case, outgoing)
            if why := await self._handed_over(shot, taking):
                return why
            self._marks[outgoing.id] = shot.material, one.mark
            shot = msgspec.structs.replace(shot, replaces=PageId(""))
        return ""

    def _room(self, shot: Shot) -> float:
        """Return how many pages may come, of those that are not on their way."""
        coming = [
            page
            for page, (material, _) in self._marks.items()
            if material == shot.material and page not in self._arrived
        ]
        paper = self._papers.get(shot.material)
        return room_in(paper, len(coming), replaces=bool(shot.replaces))

    async def _send_draft(self, shot: Shot, draft: Draft) -> str:
        """Hand a page over as ``send``; its preview goes ahead if it is the first.

        A page that takes the place of another comes whole or not at all.
        """
        outgoing = _outgoing(shot, draft.preview)
        ahead = not shot.replaces and not has_pages(self._papers.get(shot.material))
        taking = self._taken(shot, outgoing, draft, ahead=ahead)
        why = "internal"
        try:
            why = await self._handed_over(shot, taking)
        finally:
            if why:
                self._marks.pop(outgoing.id, None)
        if why and ahead and why != NOT_FOUND:
            await self._say(_removal(shot.case, shot.material, outgoing.id))
        return why

    async def _taken(
        self, shot: Shot, outgoing: Outgoing, draft: Draft, *, ahead: bool
    ) -> None:
        if ahead:
            outgoing = self._uploader.show(shot.case, outgoing)
        self._marks[outgoing.id] = shot.material, draft.mark()
        made = await asyncio.to_thread(draft.whole)
        whole = msgspec.structs.replace(
            outgoing, page=made.page, original=made.original
        )
        await self._uploader.take(shot.case, whole)

    async def _handed_over(self, shot: Shot, handing: Awaitable[None]) -> str:
        try:
            await handing
        except VisitOver as error:
            return error.code
        except (OutboxFull, DiskUnusable) as error:
            await self.tell_failed(shot, error.code)
            return error.code
        return ""

    async def _not_wanted(self, letter: Letter, code: str) -> None:
        # It is nowhere: another picture of it is no second one.
        self._marks.pop(letter.page, None)
        if code != NOT_FOUND:
            shot = Shot(
                case=letter.case, material=letter.material, replaces=letter.replaces
            )
            await self.tell_failed(shot, code)

    async def tell_failed(self, shot: Shot, code: str) -> None:
        """Tell applicant and clerk, beside the paper, why there is no page of it.

        Nobody is told of the case of who has left.
        """
        if self._followed and self._case != shot.case:
            return
        failed = CaptureFailed(
            case=shot.case, material=shot.material, reason=code, replaces=shot.replaces
        )
        await self._say(failed)


def _outgoing(shot: Shot, preview: bytes) -> Outgoing:
    return Outgoing(
        material=shot.material,
        id=PageId(secrets.token_hex(16)),
        preview=preview,
        replaces=shot.replaces,
        overridden=shot.overridden,
        why=shot.why,
        round=shot.round,
    )


def _removal(case: CaseId, material: MaterialId, page: PageId) -> RemovePage:
    step = StepId(secrets.token_hex(16))
    return RemovePage(step=step, case=case, material=material, page=page)


def _draft_of(
    frame: Image,
    shot: Shot,
    earlier: list[Fingerprint],
    dpi: float,
    followed: Followed | None,
) -> Draft:
    portrait = is_identity(shot.material)
    if shot.overridden:
        return look(frame, keep_colours=portrait, dpi=dpi, followed=followed).draft
    return capture(
        frame, keep_colours=portrait, earlier=earlier, dpi=dpi, followed=followed
    )


def _pages_of(data: bytes, shot: Shot) -> list[Page]:
    return brought(data, keep_colours=is_identity(shot.material))
