"""What happens between a touch on an item and the end of the visit.

Every method changes what is stored first and tells both screens afterwards, so
a screen never shows something that a crash could take back.
"""

import asyncio
import datetime as dt
import logging
import secrets
from collections.abc import Callable
from weakref import WeakValueDictionary

from casework.call import Step as CallStep
from casework.case import Step as CaseStep
from casework.cases import Cases
from casework.errors import AlreadyDone, ChangedMeanwhile, NotAllowedNow, NotFound
from casework.ledger import ATTEMPTS
from casework.papers.receipt import ZONE
from casework.ports import Entry, VisitStore
from casework.ticket import Step as TicketStep
from casework.timeline import Timeline
from casework.visit import OPEN, Visit
from protocol.ids import CallId, CaseId, ItemId, StaffId, StepId, TerminalId, TicketId
from protocol.messages import SessionChanged
from protocol.states import CallState, CaseState, Language, Leg, TicketState
from protocol.views import LineView, NotRecorded, SessionView
from signaling.bell import Bell
from signaling.media_pool import MediaPool
from signaling.policy import Actor
from signaling.queue import Queue
from signaling.switchboard import Switchboard, at_desk, at_terminal
from signaling.views import (
    case_view,
    for_desk,
    for_terminal,
    place_of,
    session_view,
    ticket_view,
    with_gaps,
    with_lines,
    with_room,
)

log = logging.getLogger(__name__)

WITHDRAWN_WHEN_LEFT = {
    CaseState.OPENED,
    CaseState.IDENTIFIED,
    CaseState.COLLECTING,
    CaseState.SIGNING,
}


class Visits:
    """The waiting room and the calls."""

    def __init__(
        self,
        store: VisitStore,
        cases: Cases,
        queue: Queue,
        board: Switchboard,
        media: MediaPool,
        timeline: Timeline,
    ) -> None:
        self._store = store
        self._cases = cases
        self._queue = queue
        self._board = board
        self._media = media
        self.timeline = timeline
        self.legs: dict[CallId, set[Leg]] = {}
        """The legs that carry media now, as the workers tell it."""
        self.lines: dict[CallId, dict[Leg, LineView]] = {}
        """The lines that are not good now."""
        self.gaps: dict[CallId, dict[tuple[Leg, str], NotRecorded]] = {}
        """What is missing in recordings now, by leg and kind."""
        self._telling = WeakValueDictionary[TicketId, asyncio.Lock]()
        self._queue_changed = Bell()

    async def take_ticket(
        self, terminal: TerminalId, item: ItemId, language: Language, step: StepId
    ) -> None:
        """Give the applicant at ``terminal`` a ticket; one at a time."""
        self._cases.items.item(item)
        if present := await self.at_terminal(terminal):
            await self.tell(present)
            return
        at = self.timeline.now()
        day = dt.datetime.fromtimestamp(at, ZONE)
        serial = await self._cases.ledger.store.next_serial(f"ticket {day:%Y%m%d}")
        visit = Visit(
            id=TicketId(secrets.token_hex(16)),
            number=f"A{serial:03d}",
            item=item,
            terminal=terminal,
            language=language,
            since=at,
        )
        try:
            await self._store.add(visit, step)
        except AlreadyDone:
            return
        self.tell_desks_soon()

    async def answer(self, ticket: TicketId, clerk: Actor) -> None:
        """``clerk`` takes this applicant: open the case and the call."""
        visit = await self._store.load(ticket)
        if visit.clerk != clerk.id:
            if await self.of_staff(clerk.id) is not None:
                raise NotAllowedNow("a clerk has one visit at a time")
            visit = visit.after(
                TicketStep.CLERK_ANSWERED,
                clerk=clerk.id,
                call=CallId(secrets.token_hex(16)),
                case=CaseId(secrets.token_hex(16)),
            )
            await self._store.save(visit)
        await self._cases.open(visit)
        await self.tell(visit)
        self.tell_desks_soon()

    async def leave(self, terminal: TerminalId, ticket: TicketId) -> None:
        """The applicant has finished, or gives up."""
        visit = await self._store.load(ticket)
        if visit.terminal != terminal:
            raise NotFound("ticket")
        if visit.state not in OPEN:
            await self._wind_up(visit)
            return
        submitted = await self._is_submitted(visit)
        step = TicketStep.FINISHED if submitted else TicketStep.APPLICANT_LEFT
        await self._end(visit, step)

    async def end(self, ticket: TicketId, clerk: StaffId) -> None:
        """The clerk ends the visit."""
        visit = await self._store.load(ticket)
        if visit.clerk != clerk:
            raise NotFound("ticket")
        if visit.state not in OPEN:
            await self._wind_up(visit)
            return
        await self._end(visit, TicketStep.FINISHED)

    async def open_ones(self) -> list[Visit]:
        """Return the visits that are on."""
        return await self._store.open_ones()

    async def require_was_at(self, ticket: TicketId, terminal: TerminalId) -> None:
        """Raise ``NotFound`` unless the visit ``ticket`` is or was at ``terminal``."""
        if (await self._store.load(ticket)).terminal != terminal:
            raise NotFound("ticket")

    async def of_staff(self, staff: StaffId) -> Visit | None:
        """Return the visit that ``staff`` has to do with now."""
        open_ones = await self._store.open_ones()
        return next((one for one in open_ones if staff in one.staff), None)

    async def at_terminal(self, terminal: TerminalId) -> Visit | None:
        """Return the visit at ``terminal`` now."""
        open_ones = await self._store.open_ones()
        return next((one for one in open_ones if one.terminal == terminal), None)

    async def tell_case(self, case: CaseId) -> None:
        """A case changed: tell the screens of its visit, if it is still on."""
        found = await self._cases.ledger.store.load(case)
        visit = await self._store.load(found.ticket)
        if visit.state in {TicketState.CALLED, TicketState.SERVING}:
            await self.tell(visit)

    async def tell(self, visit: Visit) -> None:
        """Send the visit as it is now to its terminal and to those in its call.

        In order, also when several tell of one visit at once: what is sent last is
        what is stored. Another server may have changed it while this one sent.
        """
        async with self._telling.setdefault(visit.id, asyncio.Lock()):
            sent = -1
            while (now := await self._store.load(visit.id)).version != sent:
                sent = now.version
                await (self._show(now) if now.state in OPEN else self._clear(now))

    async def _show(self, visit: Visit) -> None:
        view = await self.view(visit)
        seen = for_terminal(view, self._media.relays)
        await self._board.send(
            at_terminal(visit.terminal), SessionChanged(session=seen)
        )
        for staff in visit.staff:
            seen = for_desk(view, staff, self._media.relays)
            await self._board.send(at_desk(staff), SessionChanged(session=seen))

    async def _clear(self, ended: Visit) -> None:
        """Empty the screens of a visit that is over, unless another is on them."""
        if await self.at_terminal(ended.terminal) is None:
            empty = SessionChanged(session=None)
            await self._board.send(at_terminal(ended.terminal), empty)
        for staff in ended.staff:
            if await self.of_staff(staff) is None:
                await self.tell_out(staff)

    async def tell_out(self, staff: StaffId) -> None:
        """Tell a desk that it is in no call any more."""
        await self._board.send(at_desk(staff), SessionChanged(session=None))

    async def tell_supervisors(self) -> None:
        """Tell those who watch over calls which ones are on."""
        await self._queue.tell_supervisors()

    def tell_desks_soon(self) -> None:
        """Have every desk, and those who wait, told how the queue stands."""
        self._queue_changed.ring()

    async def keep_telling(self) -> None:
        """Tell desks of changes until cancelled."""
        await self._queue_changed.answer(self.tell_desks)

    async def tell_desks(self) -> None:
        """Tell every desk, and those who wait, how the queue stands."""
        await self._queue.tell_desks()
        for visit in await self._store.open_ones():
            if visit.state is TicketState.WAITING:
                await self.tell(visit)

    async def view(self, visit: Visit) -> SessionView:
        """Return everything about ``visit``; see ``for_terminal``, ``for_desk``."""
        name = await self._queue.name_of(visit.terminal)
        waits = visit.state is TicketState.WAITING
        place = place_of(visit, await self._store.open_ones()) if waits else 0
        case = None
        if visit.case is not None:
            # Opens it if a crash came between answering and opening.
            stored = await self._cases.open(visit)
            item = self._cases.items.item(visit.item)
            case = with_room(case_view(stored, with_code=True), item)
        legs = self.legs.get(visit.call, set()) if visit.call else set()
        ticket = ticket_view(visit, place, name)
        chat = await self.timeline.chat(visit.call) if visit.call else []
        view = session_view(ticket, visit, legs, case, chat)
        call = visit.call or CallId("")
        view = with_gaps(view, self.gaps.get(call, {}).values())
        return with_lines(view, self.lines.get(call, {}))

    async def _end(self, visit: Visit, step: TicketStep) -> None:
        def change(old: Visit) -> Visit:
            new = old.after(step)
            if new.call is not None and new.call_state is not CallState.OVER:
                new = new.after_call(CallStep.ENDED).changed(version=new.version)
            return new

        ended = await self.change(visit.id, change)
        await self._log("visit-ended", ended, {"how": step.value})
        await self._wind_up(ended)

    async def _wind_up(self, ended: Visit) -> None:
        """Do what follows the end of a visit; done again, it is the same."""
        if ended.call is not None:
            self._media.end_call(ended.call)
            self.legs.pop(ended.call, None)
            self.lines.pop(ended.call, None)
            self.gaps.pop(ended.call, None)
        await self._close_case(ended)
        await self.tell(ended)
        self.tell_desks_soon()

    async def _close_case(self, visit: Visit) -> None:
        if visit.case is None:
            return
        case = await self._cases.open(visit)
        consultation = self._cases.items.item(case.item).consultation
        if case.state in WITHDRAWN_WHEN_LEFT:
            step = CaseStep.CLOSED if consultation else CaseStep.APPLICANT_LEFT
            by = visit.clerk or visit.terminal
            await self._cases.close(case.id, step, by, StepId(f"end-{visit.id}"))

    async def _is_submitted(self, visit: Visit) -> bool:
        if visit.case is None or visit.state is not TicketState.SERVING:
            return False
        case = await self._cases.ledger.store.load(visit.case)
        return case.state not in WITHDRAWN_WHEN_LEFT

    async def change(self, ticket: TicketId, change: Callable[[Visit], Visit]) -> Visit:
        """Store what ``change`` makes of a visit, whoever changes it meanwhile."""
        for _ in range(ATTEMPTS):
            old = await self._store.load(ticket)
            new = change(old)
            try:
                await self._store.save(new)
            except ChangedMeanwhile:
                continue
            return new
        raise ChangedMeanwhile(ticket)

    async def _log(self, kind: str, visit: Visit, facts: dict[str, str]) -> None:
        said = {**facts, "ticket": visit.id, "terminal": visit.terminal}
        at, by = self.timeline.now(), visit.terminal
        entry = Entry(kind=kind, at=at, by=by, case=visit.case, facts=said)
        await self._cases.ledger.store.append(entry)
