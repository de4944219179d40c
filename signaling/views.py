"""Draws the views that pages get from what is stored."""

from collections.abc import Iterable

from msgspec.structs import replace

from casework.case import Case
from casework.impression import Impression
from casework.items import ServiceItem
from casework.material import Material
from casework.visit import Visit
from protocol.ids import StaffId
from protocol.parts import SealView
from protocol.states import GUESTS, GapReason, Leg, TicketState, Voice
from protocol.views import (
    CallView,
    CaseView,
    ChatLine,
    DocumentView,
    GuestView,
    LineView,
    MaterialView,
    NotRecorded,
    PageView,
    RunningCallView,
    SessionView,
    TicketView,
)
from signaling.policy import staff_name
from signaling.turn import Relays

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
        materials=[_material_view(one) for one in case.materials],
        documents=[
            DocumentView(
                name=one.name,
                sha256=one.sha256,
                pages=one.pages,
                size=one.size,
                sm2=one.sm2 is not None,
            )
            for one in case.documents
        ],
        wanted=case.wanted,
        release_code=case.release_code if with_code else "",
        applicant=case.form.get("company", ""),
        touched=case.touched,
        reason=case.reason,
        refused=case.refused,
        refused_by=case.refused_by,
        signers=[one.view() for one in case.signers],
        countersigned=bool(case.countersigned),
    )


def _material_view(material: Material) -> MaterialView:
    return MaterialView(
        id=material.id,
        state=material.state,
        pages=[
            PageView(
                id=one.id,
                sha256=one.sha256,
                turns=one.turns,
                overridden=one.overridden,
                why=one.why,
                read=one.read,
                fields=list(one.fields),
                seal=_seal_view(one.seal),
            )
            for one in material.pages
        ],
        sha256=material.sha256,
        reason=material.reason,
        confirmed=material.confirmed,
        refusals=material.refusals,
    )


def with_room(case: CaseView, item: ServiceItem) -> CaseView:
    """Return ``case`` with how many pages each paper may have."""
    most = {one.id: one.pages for one in item.materials}
    return replace(
        case,
        materials=[
            replace(one, most_pages=most.get(one.id, 0)) for one in case.materials
        ],
    )


def _seal_view(seal: Impression | None) -> SealView | None:
    if seal is None:
        return None
    return SealView(sha256=seal.sha256, width=seal.width, height=seal.height)


def for_desk(session: SessionView, staff: StaffId, relays: Relays) -> SessionView:
    """Return ``session`` as the desk of ``staff`` may see it.

    The release code is the applicant's. An expert sees and hears, and is given
    no papers and no form. The way to the media is each one's own.
    """
    own = _leg_of(session.call, staff)
    session = _with_relays(session, relays, *own)
    expert = session.call.expert if session.call else None
    if session.case is None or (expert is not None and expert.id == staff):
        return replace(session, case=None)
    return replace(session, case=replace(session.case, release_code=""))


def _leg_of(call: CallView | None, staff: StaffId) -> list[Leg]:
    if call is None:
        return []
    people = {
        Leg.CLERK: call.clerk,
        Leg.EXPERT: call.expert and call.expert.id,
        Leg.SUPERVISOR: call.supervisor and call.supervisor.id,
    }
    return [leg for leg, one in people.items() if one == staff]


def _with_relays(session: SessionView, relays: Relays, *legs: Leg) -> SessionView:
    if session.call is None:
        return session
    ice = relays.of(session.call.id, *legs)
    return replace(session, call=replace(session.call, ice=ice))


def for_terminal(session: SessionView, relays: Relays) -> SessionView:
    """Return ``session`` as the applicant sees it.

    What a supervisor says to the clerk alone stays between them; that calls may
    be supervised is what the applicant agreed to. Who speaks to the applicant is
    named. Why a clerk took a page all the same is for colleagues.
    """
    session = _with_relays(session, relays, Leg.APPLICANT, Leg.DOCUMENT)
    if session.case is not None:
        session = replace(session, case=_without_words(session.case))
    if session.call is None or session.call.voice is Voice.BOTH:
        return session
    others = [leg for leg in Leg if leg is not Leg.SUPERVISOR]
    call = replace(
        session.call,
        legs=[leg for leg in session.call.legs if leg in others],
        lines={leg: line for leg, line in session.call.lines.items() if leg in others},
        supervisor=None,
        voice=Voice.NOBODY,
    )
    return replace(session, call=call)


def _without_words(case: CaseView) -> CaseView:
    materials = [
        replace(paper, pages=[replace(one, why="") for one in paper.pages])
        for paper in case.materials
    ]
    return replace(case, materials=materials)


def with_lines(session: SessionView, lines: dict[Leg, LineView]) -> SessionView:
    """Return ``session`` with how good the lines of its call are."""
    if session.call is None:
        return session
    return replace(session, call=replace(session.call, lines=lines))


def with_gaps(session: SessionView, gaps: Iterable[NotRecorded]) -> SessionView:
    """Return ``session`` with what is missing in its recording now.

    Guests may leave: of an expert something is said only while it is connected
    or cannot be heard, of a supervisor nothing. An applicant cannot tell that one
    listens.
    """
    missing = [
        gap
        for gap in gaps
        if gap.leg not in GUESTS
        or (gap.leg is Leg.EXPERT and gap.reason is not GapReason.LEG_DOWN)
    ]
    if session.call is None or not missing:
        return session
    call = replace(session.call, recorded=False, not_recorded=missing)
    return replace(session, call=call)


def session_view(
    ticket: TicketView,
    visit: Visit,
    legs: set[Leg],
    case: CaseView | None,
    chat: list[ChatLine],
) -> SessionView:
    """Return everything about one visit that does not depend on the screen."""
    call = None
    if visit.call is not None and visit.clerk is not None:
        call = CallView(
            id=visit.call,
            state=visit.call_state,
            clerk=visit.clerk,
            clerk_name=staff_name(visit.clerk),
            legs=sorted(legs),
            recorded={Leg.APPLICANT, Leg.CLERK} <= legs,
            expert=_guest(visit.expert, answered=visit.expert_joined),
            supervisor=_guest(visit.supervisor),
            voice=visit.voice,
        )
    return SessionView(ticket=ticket, call=call, case=case, chat=chat)


def running_call(visit: Visit, name: str) -> RunningCallView | None:
    """Return the call of ``visit`` for a list; ``None`` while there is none."""
    if visit.call is None:
        return None
    return RunningCallView(
        id=visit.call,
        state=visit.call_state,
        number=visit.number,
        item=visit.item,
        terminal_name=name,
        clerk_name=staff_name(visit.clerk),
        since=visit.since,
        supervisor_name=staff_name(visit.supervisor),
    )


def _guest(staff: StaffId | None, *, answered: bool = True) -> GuestView | None:
    if staff is None:
        return None
    return GuestView(id=staff, name=staff_name(staff), answered=answered)
