"""Who takes part in a call: legs come up, go down, and are connected afresh."""

import logging

from casework.call import Step as CallStep
from casework.errors import ChangedMeanwhile, NotAllowedNow, NotFound
from casework.ports import RecordingStore, VisitStore
from casework.ticket import Step as TicketStep
from casework.visit import Visit
from protocol.ids import CallId, StaffId, TerminalId
from protocol.messages import Failed, LegFailed, MediaLost
from protocol.states import (
    GUESTS,
    CallState,
    EventKind,
    GapReason,
    Leg,
    Level,
    TicketState,
)
from protocol.views import LineView, NotRecorded
from signaling.company import HEARERS, Company
from signaling.media.control import LegQuality, LegUp, RecordingGap, RecordingResumed
from signaling.media.journal_file import journal_key
from signaling.media_link import News
from signaling.media_pool import MediaPool
from signaling.switchboard import Switchboard, at_desk, at_terminal
from signaling.visits import Visits

log = logging.getLogger(__name__)


class Calls:
    """The video conversations of the visits."""

    def __init__(
        self,
        store: VisitStore,
        recordings: RecordingStore,
        visits: Visits,
        board: Switchboard,
        media: MediaPool,
        company: Company,
    ) -> None:
        self._store = store
        self._recordings = recordings
        self._visits = visits
        self._board = board
        self._media = media
        self._company = company

    async def offer_media(
        self, call: CallId, leg: Leg, sdp: str, by: TerminalId | StaffId
    ) -> str:
        """Connect a leg of a call that ``by`` takes part in; return the answer."""
        visit = await self._of(call, leg, by)
        key = journal_key(await self._recordings.key(call))
        visit = await self._company.admit(visit, leg, StaffId(by))
        answer = await self._media.add_leg(call, leg, sdp, key)
        if leg in GUESTS:
            await self._still_wanted(call, leg, by)
        return answer

    async def applicant_joined(self, call: CallId) -> None:
        """The applicant of ``call`` has been connected: from now on they are served."""
        visit = await self._store.of_call(call)
        if visit.state is TicketState.CALLED:
            joined = TicketStep.APPLICANT_JOINED
            changed = await self._visits.change(visit.id, lambda v: v.after(joined))
            await self._visits.tell(changed)

    async def leg_failed(self, said: LegFailed, terminal: TerminalId) -> None:
        """Let the clerk read why nothing comes from a leg of ``terminal``."""
        visit = await self._of(said.call, said.leg, terminal)
        facts = {"call": said.call, "leg": said.leg, "reason": said.reason}
        log.warning("no media from a terminal", extra=facts)
        line = {"level": Level.BAD.value, "reason": f"counter-{said.reason}"}
        kind = EventKind.LINK_QUALITY
        await self._visits.timeline.note(said.call, kind, said.leg, line)
        if visit.clerk is not None:
            told = Failed(code=f"counter-{said.reason}")
            await self._board.send(at_desk(visit.clerk), told)

    async def _of(self, call: CallId, leg: Leg, by: TerminalId | StaffId) -> Visit:
        """Return the visit of a call in which ``leg`` is for ``by`` to connect."""
        visit = await self._store.of_call(call)
        owner = {
            Leg.CLERK: visit.clerk,
            Leg.APPLICANT: visit.terminal,
            Leg.DOCUMENT: visit.terminal,
            Leg.EXPERT: visit.expert,
            Leg.SUPERVISOR: visit.supervisor,
        }[leg]
        if owner is None or owner != by or visit.call_state is CallState.OVER:
            raise NotFound("call")
        return visit

    async def _still_wanted(
        self, call: CallId, leg: Leg, by: TerminalId | StaffId
    ) -> None:
        """Close a guest's new leg again if they were sent off meanwhile."""
        try:
            visit = await self._of(call, leg, by)
        except NotFound:
            self._media.drop_leg(call, leg)
            raise
        if leg is Leg.SUPERVISOR:
            # A worker that has just taken the call over knows nothing of it.
            self._media.set_voice(call, leg, HEARERS[visit.voice])

    async def leg_changed(self, news: News) -> None:
        """A leg came up, went down, or has another line: the call follows."""
        try:
            visit = await self._store.of_call(news.call)
            if visit.call_state is CallState.OVER:
                return
            if isinstance(news, LegQuality):
                await self._note_line(news)
                await self._visits.tell(visit)
                return
            if isinstance(news, RecordingGap | RecordingResumed):
                self._note_gap(news)
                await self._visits.tell(visit)
                return
            legs = self._visits.legs.setdefault(news.call, set())
            up = isinstance(news, LegUp)
            (legs.add if up else legs.discard)(news.leg)
            self._visits.lines.get(news.call, {}).pop(news.leg, None)
            both = {Leg.APPLICANT, Leg.CLERK} <= legs
            step = CallStep.BOTH_CONNECTED if both else CallStep.SOMEBODY_DROPPED
            changed = await self._visits.change(visit.id, lambda v: v.after_call(step))
            await self._visits.tell(changed)
            kind = EventKind.LEG_UP if up else EventKind.LEG_DOWN
            await self._visits.timeline.note(news.call, kind, news.leg)
            if changed.call_state is not visit.call_state:
                await self._visits.tell_supervisors()
        except (NotFound, NotAllowedNow):
            self._visits.legs.pop(news.call, None)
            log.info("leg of no open call", extra={"call": news.call})

    async def _note_line(self, news: LegQuality) -> None:
        said = {"level": news.level.value, "reason": news.reason}
        kind = EventKind.LINK_QUALITY
        await self._visits.timeline.note(news.call, kind, news.leg, said)
        lines = self._visits.lines.setdefault(news.call, {})
        if news.level is Level.GOOD:
            lines.pop(news.leg, None)
        else:
            lines[news.leg] = LineView(level=news.level, reason=news.reason)

    def _note_gap(self, news: RecordingGap | RecordingResumed) -> None:
        gaps = self._visits.gaps.setdefault(news.call, {})
        if isinstance(news, RecordingGap):
            missing = NotRecorded(leg=news.leg, kind=news.kind, reason=news.reason)
            gaps[news.leg, news.kind] = missing
        else:
            gaps.pop((news.leg, news.kind), None)

    async def media_lost(self, calls: frozenset[CallId]) -> None:
        """A worker went away with these calls: who was in them offers afresh."""
        gone = {call: self._visits.legs.pop(call, set()) for call in calls}
        for call in calls:
            self._visits.lines.pop(call, None)
            self._visits.gaps.pop(call, None)
        for visit in await self._store.open_ones():
            if visit.call is None or visit.call not in calls or visit.clerk is None:
                continue
            try:
                changed = await self._visits.change(visit.id, _dropped)
            except (NotAllowedNow, ChangedMeanwhile):
                continue  # it ended meanwhile
            await self._visits.tell(changed)
            lost = MediaLost(call=visit.call)
            for address in (at_terminal(visit.terminal), *map(at_desk, visit.staff)):
                await self._board.send(address, lost)
            why = {"reason": GapReason.WORKER_LOST.value}
            for leg in sorted(gone[visit.call]):
                kind = EventKind.LEG_DOWN
                await self._visits.timeline.note(visit.call, kind, leg, why)


def _dropped(visit: Visit) -> Visit:
    return visit.after_call(CallStep.SOMEBODY_DROPPED)
