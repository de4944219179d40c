"""What the server does with each message that a desk sends."""

import logging
from typing import assert_never

from aiohttp import web

from casework.case import Step as CaseStep
from casework.errors import CaseworkError
from protocol.ids import CaseId
from protocol.messages import (
    AcceptForm,
    AcceptMaterial,
    AnswerMedia,
    AnswerTicket,
    AskForPage,
    ConfirmIdentity,
    DecideCase,
    DeskWelcome,
    EndCall,
    OfferMedia,
    RefuseMaterial,
    ReopenForm,
    SessionChanged,
    SetDuty,
    ShootPage,
)
from protocol.states import Leg
from protocol.wire import LONGEST_FRAME, FromDesk, read_from_desk
from signaling.hearing import HEARTBEAT, hear
from signaling.link import Link, Peer
from signaling.policy import Act, Actor, may, require
from signaling.services import Services
from signaling.switchboard import DESKS, at_approvers, at_desk, at_terminal
from signaling.views import without_code
from signaling.web import SERVICES, actor_of

log = logging.getLogger(__name__)

DECISIONS = {
    "approve": CaseStep.APPROVED,
    "return": CaseStep.RETURNED,
    "reject": CaseStep.REJECTED,
}


class ReasonMissing(CaseworkError):
    """A return or a rejection without a word of why."""

    code = "reason-missing"


async def desk_socket(request: web.Request) -> web.WebSocketResponse:
    """Serve one desk until it hangs up."""
    actor = actor_of(request)
    services = request.app[SERVICES]
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_FRAME)
    await socket.prepare(request)
    link = Link(socket)
    lists = at_approvers(actor.office) if may(actor, Act.DECIDE) else DESKS
    services.board.connect(link, at_desk(actor.id), lists)
    try:
        link.send(DeskWelcome(staff=actor.view()))
        link.send(await services.queue.of(actor))
        visit = await services.visits.of_clerk(actor.id)
        view = without_code(await services.visits.view(visit)) if visit else None
        link.send(SessionChanged(session=view))

        async def answer(message: FromDesk) -> None:
            await answer_desk(link, message, actor, services)

        await link.run(
            lambda frame: hear(link, frame, read_from_desk, answer, actor.id)
        )
    finally:
        services.board.disconnect(link)
    return socket


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
            require(actor, Act.SERVE)
            sdp = await services.calls.offer_media(
                message.call, Leg.CLERK, message.sdp, actor.id
            )
            link.send(AnswerMedia(call=message.call, leg=Leg.CLERK, sdp=sdp))
        case EndCall():
            require(actor, Act.SERVE)
            await visits.end(message.ticket, actor.id)
        case DecideCase():
            await _decide(message, actor, services)
        case _:
            await _work_on_case(message, actor, services)


CaseMessage = (
    ConfirmIdentity
    | AskForPage
    | AcceptMaterial
    | RefuseMaterial
    | AcceptForm
    | ReopenForm
)


async def _work_on_case(message: CaseMessage, actor: Actor, services: Services) -> None:
    cases = services.cases
    case = await cases.ledger.store.load(message.case)
    require(actor, Act.SERVE, case)
    match message:
        case ConfirmIdentity():
            await cases.confirm_identity(
                case.id, message.sha256, message.step, actor.id
            )
        case AskForPage():
            await cases.ask_for(case.id, message.material)
            shoot = ShootPage(case=case.id, material=message.material)
            await services.board.send(at_terminal(case.terminal), shoot)
        case AcceptMaterial():
            await cases.accept_material(
                case.id, message.material, message.sha256, message.step, actor.id
            )
        case RefuseMaterial():
            await cases.refuse_material(
                case.id, message.material, message.reason, message.step, actor.id
            )
        case AcceptForm():
            await cases.accept_form(case.id, message.step, actor.id)
        case ReopenForm():
            await cases.reopen_form(case.id, message.step, actor.id)
        case _:
            assert_never(message)
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
    await services.visits.tell_desks()
