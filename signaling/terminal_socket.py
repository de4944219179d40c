"""What the server does with each message that a terminal sends."""

import logging
from typing import assert_never

from aiohttp import web

from casework.errors import NotFound
from casework.ports import Terminal
from casework.visit import Visit
from protocol.ids import CaseId
from protocol.messages import (
    FillForm,
    LeaveCounter,
    LegFailed,
    NoteScreen,
    OfferMedia,
    RefuseToSign,
    SendChat,
    SessionChanged,
    SignApplication,
    TakeTicket,
    TerminalWelcome,
)
from protocol.scan_messages import CaptureFailed, PaperSeen, RemovePage
from protocol.states import Leg
from protocol.wire import LONGEST_FRAME, FromTerminal, read_from_terminal
from signaling.hearing import HEARTBEAT, answer_to, hear
from signaling.link import Link, Peer
from signaling.services import Services
from signaling.session_notes import (
    note_page_refused,
    note_screen,
    note_signature,
    send_chat,
)
from signaling.switchboard import at_desk, at_terminal
from signaling.views import for_terminal
from signaling.web import SERVICES, terminal_of

log = logging.getLogger(__name__)


async def terminal_socket(request: web.Request) -> web.WebSocketResponse:
    """Serve one terminal until it hangs up."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_FRAME)
    await socket.prepare(request)
    link = Link(socket)
    address = at_terminal(terminal.id)
    services.board.connect(link, address)
    try:
        await _welcome(link, terminal, services)

        async def answer(message: FromTerminal) -> None:
            await answer_terminal(link, message, terminal, services)

        await link.run(
            lambda frame: hear(link, frame, read_from_terminal, answer, terminal.id)
        )
    finally:
        services.board.disconnect(link)
    return socket


async def _welcome(link: Link, terminal: Terminal, services: Services) -> None:
    link.send(TerminalWelcome(terminal=terminal.id, name=terminal.name))
    visit = await services.visits.at_terminal(terminal.id)
    view = await services.visits.view(visit) if visit else None
    view = view and for_terminal(view, services.media.relays)
    link.send(SessionChanged(session=view))


async def answer_terminal(
    link: Peer, message: FromTerminal, terminal: Terminal, services: Services
) -> None:
    """Do what ``message`` asks: the visit here, casework in ``_work_on_case``."""
    visits = services.visits
    match message:
        case TakeTicket():
            await visits.take_ticket(
                terminal.id, message.item, message.language, message.step
            )
        case LeaveCounter():
            await visits.leave(terminal.id, message.ticket)
        case OfferMedia():
            await _connect(link, message, terminal, services)
        case NoteScreen():
            await note_screen(services, message, terminal.id)
        case SendChat():
            visit = await visits.at_terminal(terminal.id)
            await send_chat(services, visit, message, terminal.id)
        case LegFailed():
            await services.calls.leg_failed(message, terminal.id)
        case _:
            visit = await require_own_case(services, message.case, terminal)
            await _work_on_case(message, visit, services)


CaseMessage = (
    FillForm | SignApplication | RefuseToSign | CaptureFailed | RemovePage | PaperSeen
)


async def _work_on_case(message: CaseMessage, visit: Visit, services: Services) -> None:
    cases, visits = services.cases, services.visits
    match message:
        case PaperSeen():
            if visit.clerk is not None:
                await services.board.send(at_desk(visit.clerk), message)
            return
        case FillForm():
            await cases.fill_form(message.case, message.values)
        case SignApplication():
            await cases.sign(message)
            await note_signature(services, visit, message)
            services.readings.bind_soon(message.case)
            visits.tell_desks_soon()
        case RefuseToSign():
            await cases.refuse_to_sign(message, visit.terminal)
        case CaptureFailed():
            said = message.material, message.reason, message.replaces
            await services.scans.capture_failed(message.case, *said)
            await note_page_refused(services, visit, message)
        case RemovePage():
            paper, page = message.material, message.page
            by = visit.terminal
            await services.scans.remove_page(
                message.case, paper, page, message.step, by
            )
        case _:
            assert_never(message)
    await visits.tell_case(message.case)


async def _connect(
    link: Peer, message: OfferMedia, terminal: Terminal, services: Services
) -> None:
    if message.leg not in {Leg.APPLICANT, Leg.DOCUMENT}:
        raise NotFound("leg")
    offer = message.call, message.leg, message.sdp
    sdp = await services.calls.offer_media(*offer, terminal.id)
    link.send(answer_to(message, message.leg, sdp))
    if message.leg is Leg.APPLICANT:
        await services.calls.applicant_joined(message.call)


async def require_own_case(
    services: Services, case: CaseId, terminal: Terminal
) -> Visit:
    """Return the visit at ``terminal``; ``NotFound`` unless ``case`` is its case."""
    visit = await services.visits.at_terminal(terminal.id)
    if visit is None or visit.case != case:
        raise NotFound("case")
    return visit
