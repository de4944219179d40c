"""A part of a call that is not recorded is on both screens, with its reason."""

import pytest

from casework.errors import NotFound
from casework.visit import Visit
from protocol.ids import CallId
from protocol.states import CallState, GapReason, Leg
from protocol.views import NotRecorded, SessionView
from signaling.calls import Calls
from signaling.media.control import RecordingGap, RecordingResumed
from signaling.views import session_view, ticket_view, with_gaps
from tests.builders import a_visit

CALL = CallId("a" * 32)
BOTH = {Leg.APPLICANT, Leg.CLERK}


class OneVisit:
    """A store with one visit, and the pages that are told of it."""

    def __init__(self) -> None:
        self.visit = a_visit(call=CALL, call_state=CallState.TALKING)
        self.gaps: dict[CallId, dict[tuple[Leg, str], NotRecorded]] = {}
        self.legs: dict[CallId, set[Leg]] = {}
        self.told: list[list[NotRecorded]] = []

    async def of_call(self, call: CallId) -> Visit:
        if call != CALL:
            raise NotFound(call)
        return self.visit

    async def tell(self, _visit: Visit) -> None:
        self.told.append(list(self.gaps[CALL].values()))


def a_session(*gaps: NotRecorded) -> SessionView:
    visit = a_visit()
    ticket = ticket_view(visit, 0, "T")
    return with_gaps(session_view(ticket, visit, BOTH, None, []), gaps)


def a_gap(leg: Leg = Leg.APPLICANT, kind: str = "video") -> NotRecorded:
    return NotRecorded(leg=leg, kind=kind, reason=GapReason.DISK_FULL)


async def test_pages_are_told_when_a_gap_begins_and_when_it_ends() -> None:
    visits = OneVisit()
    calls = Calls(visits, visits, visits, visits, visits, visits)  # type: ignore[arg-type]  # all it uses
    gap = RecordingGap(
        call=CALL, leg=Leg.APPLICANT, kind="video", reason=GapReason.DISK_FULL
    )

    await calls.leg_changed(gap)
    await calls.leg_changed(
        RecordingResumed(call=CALL, leg=Leg.APPLICANT, kind="video")
    )

    assert visits.told == [[a_gap()], []]


async def test_a_gap_of_a_call_that_is_over_disturbs_nobody() -> None:
    visits = OneVisit()
    calls = Calls(visits, visits, visits, visits, visits, visits)  # type: ignore[arg-type]  # all it uses

    await calls.leg_changed(
        RecordingResumed(call=CallId("gone"), leg=Leg.CLERK, kind="audio")
    )

    assert visits.told == []


@pytest.mark.parametrize("gaps", [[], [a_gap()], [a_gap(), a_gap(Leg.CLERK, "audio")]])
def test_a_session_says_that_it_is_recorded_only_when_nothing_is_missing(
    gaps: list[NotRecorded],
) -> None:
    call = a_session(*gaps).call

    assert call is not None
    assert (call.recorded, call.not_recorded) == (not gaps, gaps)


def test_an_applicant_cannot_tell_that_a_supervisor_listens() -> None:
    call = a_session(a_gap(Leg.SUPERVISOR)).call

    assert call is not None
    assert (call.recorded, call.not_recorded) == (True, [])


def test_an_expert_who_left_is_not_missing_but_one_who_is_silent_is() -> None:
    silent = a_gap(Leg.EXPERT, "audio")
    left = NotRecorded(leg=Leg.EXPERT, kind="video", reason=GapReason.LEG_DOWN)

    call = a_session(silent, left).call

    assert call is not None
    assert call.not_recorded == [silent]
