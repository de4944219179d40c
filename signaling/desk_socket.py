"""What the server does with each message that a desk sends."""

import logging
from typing import assert_never

from aiohttp import web

from casework.case import Step as CaseStep
from casework.errors import CaseworkError, ReasonMissing
from protocol.ids import CaseId
from protocol.messages import (
    AcceptForm,
    AnswerTicket,
    Countersign,
    DecideCase,
    DeskWelcome,
    DismissExpert,
    EndCall,
    ExpertsChanged,
    HearDeclaration,
    InviteExpert,
    LeaveCall,
    OfferMedia,
    ReopenForm,
    SendChat,
    SessionChanged,
    SetDuty,
    SpeakTo,
    Supervise,
)
from protocol.states import Leg, Role
from protocol.wire import LONGEST_FRAME, FromDesk, read_from_desk
from signaling.hearing import HEARTBEAT, answer_to, hear
from signaling.link import Link, Peer
from signaling.paper_desk import PaperMessage, work_on_papers
from signaling.policy import Act, Actor, Forbidden, may, require
from signaling.services import Services
from signaling.session_notes import send_chat
from signaling.switchboard import (
    DESKS,
    at_approvers,
    at_desk,
    at_supervisors,
)
from signaling.views import for_desk
from signaling.web import SERVICES, actor_of

log = logging.getLogger(__name__)

DECISIONS = {
    "approve": CaseStep.APPROVED,
    "return": CaseStep.RETURNED,
    "reject": CaseStep.REJECTED,
}


class ExpertAway(CaseworkError):
    """The expert is not at their desk any more."""

    code = "expert-away"


async def desk_socket(request: web.Request) -> web.WebSocketResponse:
    """Serve one desk until it hangs up."""
    actor = actor_of(request)
    services = request.app[SERVICES]
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_FRAME)
    await socket.prepare(request)
    link = Link(socket)
    async with services.presence.of(actor):
        services.board.connect(link, at_desk(actor.id), *_lists(actor))
        try:
            await _welcome(link, actor, services)

            async def answer(message: FromDesk) -> None:
                await answer_desk(link, message, actor, services)

            await link.run(
                lambda frame: hear(link, frame, read_from_desk, answer, actor.id)
            )
        finally:
            services.board.disconnect(link)
    return socket


def _lists(actor: Actor) -> list[str]:
    """Return the addresses of the lists that ``actor`` is sent."""
    if may(actor, Act.DECIDE):
        return [at_approvers(actor.office)]
    if may(actor, Act.WATCH):
        return [DESKS, at_supervisors(actor.office)]
    return [] if may(actor, Act.ADVISE) else [DESKS]


async def _welcome(link: Link, actor: Actor, services: Services) -> None:
    link.send(DeskWelcome(staff=actor.view()))
    if not may(actor, Act.ADVISE):
        link.send(await services.queue.of(actor))
    if may(actor, Act.WATCH):
        link.send(await services.queue.calls(actor.office))
    if may(actor, Act.SERVE):
        link.send(ExpertsChanged(experts=await services.presence.experts()))
    visit = await services.visits.of_staff(actor.id)
    view = await services.visits.view(visit) if visit else None
    view = view and for_desk(view, actor.id, services.media.relays)
    link.send(SessionChanged(session=view))


async def answer_desk(
    link: Peer, message: FromDesk, actor: Actor, services: Services
) -> None:
    """Do what ``message`` asks: calls here, casework in ``_work_on_case``."""
    visits = services.visits
    match message:
        case SetDuty():
            require(actor, Act.SERVE)
            link.send(await services.queue.of(actor))
        case AnswerTicket():
            require(actor, Act.SERVE)
            await visits.answer(message.ticket, actor)
        case OfferMedia():
            leg = _own_leg(actor)
            sdp = await services.calls.offer_media(
                message.call, leg, message.sdp, actor.id
            )
            link.send(answer_to(message, leg, sdp))
        case EndCall():
            require(actor, Act.SERVE)
            await visits.end(message.ticket, actor.id)
        case DecideCase():
            await _decide(message, actor, services)
        case InviteExpert() | DismissExpert() | Supervise() | SpeakTo() | LeaveCall():
            await _gather(message, actor, services)
        case SendChat():
            visit = await visits.of_staff(actor.id)
            await send_chat(services, visit, message, actor.id)
        case _:
            await _work_on_case(message, actor, services)


LEGS = {
    Role.CLERK: Leg.CLERK,
    Role.EXPERT: Leg.EXPERT,
    Role.SUPERVISOR: Leg.SUPERVISOR,
}


def _own_leg(actor: Actor) -> Leg:
    """Return the one leg that ``actor`` may connect, whatever the page asks for."""
    leg = LEGS.get(actor.role)
    if leg is None:
        raise Forbidden(f"{actor.role} in a call")
    return leg


CompanyMessage = InviteExpert | DismissExpert | Supervise | SpeakTo | LeaveCall


async def _gather(message: CompanyMessage, actor: Actor, services: Services) -> None:
    company = services.company
    match message:
        case InviteExpert():
            require(actor, Act.SERVE)
            if not await services.presence.is_here(message.expert):
                raise ExpertAway(message.expert)
            await company.invite(message.call, message.expert, actor)
        case DismissExpert():
            require(actor, Act.SERVE)
            await company.dismiss(message.call, actor)
        case Supervise():
            require(actor, Act.WATCH)
            await company.supervise(message.call, actor)
        case SpeakTo():
            require(actor, Act.WATCH)
            await company.speak_to(message.call, message.voice, actor)
        case LeaveCall():
            await company.leave(message.call, actor)
        case _:
            assert_never(message)


CaseMessage = AcceptForm | ReopenForm | HearDeclaration | Countersign | PaperMessage


async def _work_on_case(message: CaseMessage, actor: Actor, services: Services) -> None:
    cases = services.cases
    case = await cases.ledger.store.load(message.case)
    require(actor, Act.SERVE, case)
    match message:
        case AcceptForm():
            await cases.accept_form(case.id, message.step, actor.id)
        case ReopenForm():
            await cases.reopen_form(case.id, message.step, actor.id)
        case HearDeclaration():
            await cases.hear(message, actor.id)
        case Countersign():
            await cases.countersign(case.id, message.step, actor.id)
        case _:
            await work_on_papers(message, case, actor.id, services)
    await services.visits.tell_case(CaseId(case.id))


async def _decide(message: DecideCase, actor: Actor, services: Services) -> None:
    case = await services.cases.ledger.store.load(message.case)
    done = await services.cases.ledger.result_of(message.step, message.case)
    if done is None:
        require(actor, Act.DECIDE, case)
    if message.decision != "approve" and not message.reason.strip():
        raise ReasonMissing(message.decision)
    await services.outcomes.decide(
        message.case,
        DECISIONS[message.decision],
        message.reason.strip(),
        actor.id,
        message.step,
    )
    await services.visits.tell_case(message.case)
    services.visits.tell_desks_soon()
