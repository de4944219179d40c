"""Who else is in a call: the expert whom the clerk asks, the supervisor who listens.

Both are written to the evidence log before their first packet can leave: a leg
is only ever connected for whom the visit names, and the visit names them after
the log does.
"""

from typing import Final

from casework.errors import CaseworkError, NotAllowedNow, NotFound
from casework.ports import CaseStore, Clock, Entry, VisitStore
from casework.visit import Visit
from protocol.ids import CallId, StaffId
from protocol.states import CallState, Leg, Voice
from signaling.media_pool import MediaPool
from signaling.policy import Act, Actor, require
from signaling.visits import Visits

HEARERS: Final[dict[Voice, list[Leg]]] = {
    Voice.NOBODY: [],
    Voice.CLERK: [Leg.CLERK],
    Voice.BOTH: [Leg.APPLICANT, Leg.CLERK, Leg.EXPERT],
}
"""The legs that hear a supervisor."""


class ExpertBusy(CaseworkError):
    """The expert has been asked into another call."""

    code = "expert-busy"


class Company:
    """Lets experts and supervisors into calls, and out again."""

    def __init__(
        self,
        store: VisitStore,
        log: CaseStore,
        visits: Visits,
        media: MediaPool,
        clock: Clock,
    ) -> None:
        self._store = store
        self._log = log
        self._visits = visits
        self._media = media
        self._clock = clock

    async def invite(self, call: CallId, expert: StaffId, clerk: Actor) -> None:
        """The clerk of ``call`` asks ``expert`` to join."""
        visit = await self._of_clerk(call, clerk)
        if visit.expert == expert:
            return
        if visit.expert is not None:
            raise NotAllowedNow("one expert at a time")
        if await self._visits.of_staff(expert) is not None:
            raise ExpertBusy(expert)
        await self._note("expert-invited", visit, clerk.id, {"expert": expert})
        await self._change(visit, expert=expert, expert_joined=False)

    async def dismiss(self, call: CallId, clerk: Actor) -> None:
        """The clerk goes on without the expert."""
        visit = await self._of_clerk(call, clerk)
        if visit.expert is not None:
            await self._see_off_expert(visit, clerk.id)

    async def supervise(self, call: CallId, actor: Actor) -> None:
        """``actor`` begins to watch and hear a call of their office, unheard."""
        visit = await self._open(call)
        assert visit.case is not None, "a call has a case from its beginning"
        require(actor, Act.WATCH, await self._log.load(visit.case))
        if visit.supervisor == actor.id:
            return
        connected = Leg.SUPERVISOR in self._visits.legs.get(call, set())
        if visit.supervisor is not None and connected:
            raise NotAllowedNow("somebody supervises this call")
        if (other := await self._visits.of_staff(actor.id)) is not None:
            await self._end_supervision(other, actor.id)
        await self._note("call-supervised", visit, actor.id, {})
        before = visit.supervisor
        await self._change(visit, supervisor=actor.id, voice=Voice.NOBODY)
        if before is not None:
            await self._visits.tell_out(before)

    async def speak_to(self, call: CallId, voice: Voice, actor: Actor) -> None:
        """The supervisor of ``call`` chooses who hears them."""
        visit = await self._open(call)
        if visit.supervisor != actor.id:
            raise NotFound("call")
        if visit.voice is voice:
            return
        await self._note("supervisor-voice", visit, actor.id, {"heard-by": voice.value})
        # Screens show it before anybody can be heard.
        await self._change(visit, voice=voice)
        self._media.set_voice(call, Leg.SUPERVISOR, HEARERS[voice])

    async def leave(self, call: CallId, actor: Actor) -> None:
        """An expert declines or leaves; a supervisor watches no longer."""
        visit = await self._store.of_call(call)
        over = visit.call_state is CallState.OVER
        if visit.expert == actor.id and not over:
            await self._see_off_expert(visit, actor.id)
        elif visit.supervisor == actor.id and not over:
            await self._end_supervision(visit, actor.id)
        else:
            await self._tell_where(actor.id)

    async def admit(self, visit: Visit, leg: Leg, by: StaffId) -> Visit:
        """Write down that an invited expert joins; return the visit as it is now."""
        if leg is not Leg.EXPERT or visit.expert_joined:
            return visit
        await self._note("expert-joined", visit, by, {})
        return await self._change(visit, expert_joined=True)

    async def _see_off_expert(self, visit: Visit, by: StaffId) -> None:
        assert visit.expert is not None, "looked at by who calls"
        await self._note("expert-left", visit, by, {"expert": visit.expert})
        await self._change(visit, expert=None, expert_joined=False)
        self._drop(visit, Leg.EXPERT)
        await self._visits.tell_out(visit.expert)

    async def _end_supervision(self, visit: Visit, by: StaffId) -> None:
        await self._note("supervision-ended", visit, by, {})
        await self._change(visit, supervisor=None, voice=Voice.NOBODY)
        self._drop(visit, Leg.SUPERVISOR)
        await self._visits.tell_out(by)

    async def _tell_where(self, staff: StaffId) -> None:
        """Tell a desk that left before, or was elsewhere, where it is now."""
        if (visit := await self._visits.of_staff(staff)) is not None:
            await self._visits.tell(visit)
        else:
            await self._visits.tell_out(staff)

    def _drop(self, visit: Visit, leg: Leg) -> None:
        if visit.call is not None:
            self._media.drop_leg(visit.call, leg)

    async def _of_clerk(self, call: CallId, clerk: Actor) -> Visit:
        visit = await self._open(call)
        if visit.clerk != clerk.id:
            raise NotFound("call")
        return visit

    async def _open(self, call: CallId) -> Visit:
        visit = await self._store.of_call(call)
        if visit.call_state is CallState.OVER:
            raise NotFound("call")
        return visit

    async def _change(self, visit: Visit, **changes: object) -> Visit:
        def change(old: Visit) -> Visit:
            if old.call_state is CallState.OVER:
                raise NotAllowedNow("the call is over")
            return old.changed(**changes)

        changed = await self._visits.change(visit.id, change)
        await self._visits.tell(changed)
        await self._visits.tell_supervisors()
        return changed

    async def _note(
        self, kind: str, visit: Visit, by: StaffId, facts: dict[str, str]
    ) -> None:
        said = {**facts, "call": visit.call or ""}
        at = self._clock.now()
        entry = Entry(kind=kind, at=at, by=by, case=visit.case, facts=said)
        await self._log.append(entry)
