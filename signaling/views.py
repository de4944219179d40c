"""Draws the views that pages get from what is stored."""

import msgspec

from casework.case import Case
from casework.visit import Visit
from protocol.states import Leg, TicketState
from protocol.views import (
    CallView,
    CaseView,
    DocumentView,
    LineView,
    MaterialView,
    SessionView,
    TicketView,
)

PREVIEW_STATES = {"captured"}
MINUTES_A_VISIT = 5


def ticket_view(visit: Visit, place: int, name: str) -> TicketView:
    """Return the ticket of ``visit``; ``place`` counts from 1, 0 when called."""
    return TicketView(
        id=visit.id,
        number=visit.number,
        item=visit.item,
        state=visit.state,
        terminal_name=name,
        language=visit.language,
        place=place,
        wait_seconds=place * MINUTES_A_VISIT * 60,
        since=visit.since,
    )


def place_of(visit: Visit, visits: list[Visit]) -> int:
    """Return the place of ``visit`` among those that wait, from 1; else 0."""
    waiting = [one.id for one in visits if one.state is TicketState.WAITING]
    return waiting.index(visit.id) + 1 if visit.id in waiting else 0


def case_view(case: Case, *, with_code: bool = False) -> CaseView:
    """Return the case; the release code only for the applicant's own terminal."""
    return CaseView(
        id=case.id,
        item=case.item,
        state=case.state,
        task=case.task,
        number=case.number,
        form=case.form,
        materials=[
            MaterialView(
                id=one.id,
                state=one.state,
                pages=one.pages,
                sha256=one.sha256,
                preview_only=one.state.value in PREVIEW_STATES,
                reason=one.reason,
            )
            for one in case.materials
        ],
        documents=[
            DocumentView(
                name=one.name, sha256=one.sha256, pages=one.pages, size=one.size
            )
            for one in case.documents
        ],
        wanted=case.wanted,
        release_code=case.release_code if with_code else "",
        applicant=case.form.get("company", ""),
        touched=case.touched,
        reason=case.reason,
    )


def without_code(session: SessionView) -> SessionView:
    """Return ``session`` as a desk may see it: the release code is the applicant's."""
    if session.case is None:
        return session
    case = msgspec.structs.replace(session.case, release_code="")
    return msgspec.structs.replace(session, case=case)


def with_lines(session: SessionView, lines: dict[Leg, LineView]) -> SessionView:
    """Return ``session`` with how good the lines of its call are."""
    if session.call is None:
        return session
    call = msgspec.structs.replace(session.call, lines=lines)
    return msgspec.structs.replace(session, call=call)


def session_view(
    ticket: TicketView,
    visit: Visit,
    clerk_name: str,
    legs: set[Leg],
    case: CaseView | None,
) -> SessionView:
    """Return everything about one visit."""
    call = None
    if visit.call is not None and visit.clerk is not None:
        call = CallView(
            id=visit.call,
            state=visit.call_state,
            clerk=visit.clerk,
            clerk_name=clerk_name,
            legs=sorted(legs),
            recorded={Leg.APPLICANT, Leg.CLERK} <= legs,
        )
    return SessionView(ticket=ticket, call=call, case=case)
