"""Sends the pages of the outbox in chunks that survive a cut line and a restart.

All previews go before all pages, and all pages before all originals; of the same
kind, the paper that the clerk waits for goes first. The order is looked at again
after every chunk.

When the visit ends nothing stays on the disk. Originals of an application that was
submitted are sent on from memory for ``LINGERS`` at most; of any other, nothing is
(``docs/decisions/0006-originals-do-not-outlive-the-visit.md``).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec

from counter_client.letters import (
    Letter,
    Outgoing,
    Parcel,
    Piece,
    a_preview,
    announcement,
)
from counter_client.office import OfficeSaysNo, OfficeUnreachable, ServerOffice
from counter_client.outbox import Outbox, PageDamaged
from counter_client.pace import Pace, level_of
from protocol.ids import CaseId, MaterialId, PageId, UploadId
from protocol.parts import ORIGINAL, PICTURES, PREVIEW
from protocol.states import CaseState, Level
from protocol.views import SessionView

log = logging.getLogger(__name__)

AGAIN_AFTER = 0.5
"""Seconds until a cut transfer is taken up again."""
LINGERS = 180.0
"""Seconds after a visit for which originals of its application are still sent."""
MOST_ATTEMPTS = 3
"""How often a picture is sent again from its beginning when it arrives damaged."""

SERVER_ERROR = 500
FOR_NOW = {"changed-meanwhile", "bad-token"}
"""Refusals that another attempt may not meet: a race, a proof that came too late."""
BEGIN_AGAIN = {"wrong-offset", "not-found", "not-these-bytes"}
"""Refusals of a chunk that only asking where we are can explain."""
PAPERS_CAN_CHANGE = {CaseState.OPENED, CaseState.IDENTIFIED, CaseState.COLLECTING}

Refused = Callable[[Letter, str], Awaitable[None]]


class _Here(msgspec.Struct):
    here: int
    stored: bool = False


class Uploader:
    """One chunk at a time, the most urgent first, as fast as the call allows."""

    def __init__(
        self, office: ServerOffice, outbox: Outbox, again_after: float = AGAIN_AFTER
    ) -> None:
        self._office = office
        self._outbox = outbox
        self._pace = Pace()
        self._woken = asyncio.Event()
        self._known = False
        self._submitted = False
        self._wanted: MaterialId | None = None
        self._early: list[Parcel] = []
        self._late: list[Parcel] = []
        self._shown: set[UploadId] = set()  # previews that arrived before their page
        self._here: dict[UploadId, int] = {}
        self._begun: set[UploadId] = set()
        self._attempts: dict[UploadId, int] = {}
        self._open: tuple[UploadId, bytes] = UploadId(""), b""
        self._again_after = again_after
        self._not_before = 0.0

    def show(self, case: CaseId, page: Outgoing) -> Outgoing:
        """Send a preview, from memory, while the rest of its page is being made.

        Returns:
            What ``take`` is to be called with, once page and original are in it.

        Raises:
            OutboxFull, VisitOver: as ``take``; nothing is sent.
        """
        self._outbox.require_room(case, len(page.preview))
        parcel = a_preview(case, page, self._outbox.next_number())
        self._early.append(parcel)
        self._woken.set()
        return msgspec.structs.replace(page, shown=parcel.piece.id)

    async def take(self, case: CaseId, page: Outgoing) -> None:
        """Keep a page on the disk and send it as soon as can be.

        Raises:
            OutboxFull, DiskUnusable, VisitOver: as ``Outbox.put``.
        """
        try:
            await asyncio.to_thread(self._outbox.put, case, page)
        finally:
            self._early = [one for one in self._early if one.piece.id != page.shown]
        self._woken.set()
        if page.shown in self._shown:
            await asyncio.to_thread(self._outbox.confirm, page.shown)
            self._shown.discard(page.shown)

    def waiting(self) -> set[PageId]:
        """Return the pages of which anything is still to be sent."""
        return {letter.page for letter, _ in self._outbox.waiting()}

    def follow(self, session: SessionView) -> None:
        """The visit goes on like this; pages of any other are destroyed."""
        case = session.case
        here = case.id if case else None
        self._outbox.belong_to(here)
        self._early = [one for one in self._early if one.letter.case == here]
        self._submitted = bool(case and case.state not in PAPERS_CAN_CHANGE)
        self._wanted = case.wanted if case else None
        self._pace.level = level_of(session)
        self._known = True
        self._woken.set()

    def visit_over(self) -> None:
        """Nothing of the applicant stays on the disk; see the top of this file."""
        if self._known and self._submitted:
            self._late += self._originals()
        self._outbox.destroy()
        self._early.clear()
        self._shown.clear()
        self._known, self._submitted, self._wanted = True, False, None
        self._pace.level = Level.GOOD
        self._forget_but(self._late)
        self._woken.set()

    async def run(self, refused: Refused) -> None:
        """Send until cancelled; ``refused`` hears of pages that do not get there."""
        while True:
            self._woken.clear()
            self._let_go()
            parcel = self._next()
            rest = max(self._pace.rest(_now()), self._not_before - _now())
            if parcel is None or rest > 0:
                await self._until_woken(rest if parcel else self._till_late())
                continue
            await self._advance(parcel, refused)

    def _originals(self) -> list[Parcel]:
        found = []
        for letter, piece in self._outbox.waiting():
            # Without its page an original says nothing, and the server takes none.
            if [one.what for one in letter.pieces] == [ORIGINAL]:
                try:
                    data = self._outbox.read(piece)
                except PageDamaged:
                    continue
                found.append(Parcel(letter, piece, data, _now() + LINGERS))
        return found

    def _let_go(self) -> None:
        kept = [one for one in self._late if one.until > _now()]
        if len(kept) != len(self._late):
            log.warning("originals not sent in time", extra={"kept": len(kept)})
            self._late = kept

    def _forget_but(self, kept: list[Parcel]) -> None:
        names = {one.piece.id for one in kept}
        self._here = {one: here for one, here in self._here.items() if one in names}
        self._attempts.clear()
        self._begun &= names
        self._open = UploadId(""), b""

    def _next(self) -> Parcel | None:
        """Return what is sent next; before the server has spoken, nothing is."""
        if not self._known:
            return None
        waiting = [
            Parcel(letter, piece)
            for letter, piece in self._outbox.waiting()
            if piece.id not in self._shown
        ]
        if self._pace.level is Level.BAD and not self._submitted:
            waiting = [one for one in waiting if one.piece.what != ORIGINAL]
        return min(waiting + self._early + self._late, key=self._urgency, default=None)

    def _urgency(self, parcel: Parcel) -> tuple[int, bool, int]:
        letter = parcel.letter
        kind = PICTURES.index(parcel.piece.what)
        return kind, letter.material != self._wanted, letter.number

    def _till_late(self) -> float | None:
        ends = [one.until - _now() for one in self._late]
        return max(0.0, min(ends)) if ends else None

    async def _until_woken(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _advance(self, parcel: Parcel, refused: Refused) -> None:
        """Ask where a picture is, or send its next chunk."""
        began = _now()
        piece = parcel.piece
        try:
            answer = await self._ask(parcel)
        except OfficeUnreachable:
            self._pace.lost(began, _now())
            self._again(piece)
        except PageDamaged as error:
            await self._give_up(parcel, error.code, refused)
        except OfficeSaysNo as error:
            if self._worth_another(piece, error):
                self._again(piece)
            else:
                await self._give_up(parcel, error.code, refused)
        else:
            self._here[piece.id] = answer.here
            if answer.stored:
                await self._delivered(parcel)

    async def _ask(self, parcel: Parcel) -> _Here:
        letter, piece = parcel.letter, parcel.piece
        path = f"/api/terminal/uploads/{piece.id}"
        here = self._here.get(piece.id)
        said = announcement(letter, piece)
        if here is None and piece.id in self._begun:
            raw = await self._office.ask("POST", path, said)
        else:
            # A first chunk brings its announcement along: a round trip less.
            self._begun.add(piece.id)
            begin = said if here is None else None
            here = here or 0
            size = self._pace.chunk(original=piece.what == ORIGINAL)
            chunk = (await self._data(parcel))[here : here + size]
            began, patience = _now(), self._pace.patience(len(chunk))
            raw = await self._office.put_chunk(path, here, chunk, patience, begin)
            self._pace.passed(len(chunk), began, _now())
        try:
            return msgspec.json.decode(raw, type=_Here)
        except msgspec.DecodeError as error:  # something between us and the server
            raise OfficeUnreachable from error

    async def _data(self, parcel: Parcel) -> bytes:
        if parcel.data:
            return parcel.data
        name, data = self._open
        if name != parcel.piece.id:
            data = await asyncio.to_thread(self._outbox.read, parcel.piece)
            self._open = parcel.piece.id, data
        return data

    def _again(self, piece: Piece) -> None:
        log.info("transfer cut", extra={"what": piece.what})
        self._here.pop(piece.id, None)
        self._not_before = _now() + self._again_after

    def _worth_another(self, piece: Piece, error: OfficeSaysNo) -> bool:
        if error.status >= SERVER_ERROR or error.code in FOR_NOW:
            return True
        if error.code not in BEGIN_AGAIN:
            return False
        if error.code != "wrong-offset" and piece.id not in self._here:
            return False
        tried = self._attempts.get(piece.id, 0) + 1
        self._attempts[piece.id] = tried
        return error.code == "wrong-offset" or tried < MOST_ATTEMPTS

    async def _delivered(self, parcel: Parcel) -> None:
        upload = parcel.piece.id
        self._done_with(parcel.piece)
        self._shown.add(upload)
        kept = await asyncio.to_thread(self._outbox.confirm, upload)
        if kept or parcel.piece.what != PREVIEW:
            self._shown.discard(upload)

    async def _give_up(self, parcel: Parcel, code: str, refused: Refused) -> None:
        log.info("page refused", extra={"code": code})
        self._done_with(parcel.piece)
        if parcel.data:
            return
        if await asyncio.to_thread(self._outbox.drop, parcel.letter):
            await refused(parcel.letter, code)

    def _done_with(self, piece: Piece) -> None:
        self._early = [one for one in self._early if one.piece is not piece]
        self._late = [one for one in self._late if one.piece is not piece]
        self._here.pop(piece.id, None)
        self._attempts.pop(piece.id, None)
        self._begun.discard(piece.id)
        if self._open[0] == piece.id:
            self._open = UploadId(""), b""


def _now() -> float:
    return time.monotonic()
