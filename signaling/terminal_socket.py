"""What the server does with each message that a terminal sends."""

import logging
from typing import TypeVar, assert_never

import msgspec
from aiohttp import web

from casework.errors import AlreadyDone, CaseworkError, NotFound
from casework.ports import Terminal
from protocol.ids import CaseId, StepId
from protocol.messages import (
    AnswerMedia,
    CaptureFailed,
    Done,
    Failed,
    FillForm,
    LeaveCounter,
    Message,
    OfferMedia,
    SessionChanged,
    SignApplication,
    TakeTicket,
    TerminalWelcome,
)
from protocol.states import Leg
from protocol.wire import LONGEST_FRAME, BadMessage, FromTerminal, read_from_terminal
from signaling.link import Link, Peer
from signaling.services import Services
from signaling.switchboard import at_terminal
from signaling.web import SERVICES, terminal_of

log = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds between pings; a dead line is noticed after 1.5 of them."""


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
        await link.run(lambda frame: _heard(link, frame, terminal, services))
    finally:
        services.board.disconnect(link)
    return socket


async def _welcome(link: Link, terminal: Terminal, services: Services) -> None:
    link.send(TerminalWelcome(terminal=terminal.id, name=terminal.name))
    visit = await services.visits.at_terminal(terminal.id)
    view = await services.visits.view(visit, for_terminal=True) if visit else None
    link.send(SessionChanged(session=view))


async def _heard(
    link: Peer, frame: str, terminal: Terminal, services: Services
) -> None:
    try:
        message = read_from_terminal(frame)
    except BadMessage as error:
        link.send(Failed(code=error.code))
        return
    step: StepId | None = getattr(message, "step", None)
    try:
        await answer_terminal(link, own_step(message, terminal.id), terminal, services)
    except AlreadyDone:
        assert step is not None, "only steps are remembered"
        link.send(Done(step=step))
    except CaseworkError as error:
        log.info("refused", extra={"code": error.code, "terminal": terminal.id})
        link.send(Failed(code=error.code, step=step))
    except Exception:
        log.exception("message failed", extra={"terminal": terminal.id})
        link.send(Failed(code="internal", step=step))
    else:
        if step is not None:
            link.send(Done(step=step))


async def answer_terminal(
    link: Peer, message: FromTerminal, terminal: Terminal, services: Services
) -> None:
    """Do what ``message`` asks. A line or two per message; the work is elsewhere."""
    visits, cases = services.visits, services.cases
    match message:
        case TakeTicket():
            await visits.take_ticket(
                terminal.id, message.item, message.language, message.step
            )
        case LeaveCounter():
            await visits.leave(terminal.id, message.ticket)
        case OfferMedia():
            if message.leg is Leg.CLERK:
                raise NotFound("leg")
            sdp = await visits.offer_media(
                message.call, message.leg, message.sdp, terminal.id
            )
            link.send(AnswerMedia(call=message.call, leg=message.leg, sdp=sdp))
        case FillForm():
            await require_own_case(services, message.case, terminal)
            await cases.fill_form(message.case, message.values)
            await visits.tell_case(message.case)
        case SignApplication():
            await require_own_case(services, message.case, terminal)
            await cases.sign(
                message.case,
                message.sha256,
                message.pages_seen,
                message.strokes,
                message.step,
            )
            await visits.tell_case(message.case)
            await visits.tell_desks()
        case CaptureFailed():
            await require_own_case(services, message.case, terminal)
            await cases.capture_failed(message.case, message.material, message.reason)
            await visits.tell_case(message.case)
        case _:
            assert_never(message)


M = TypeVar("M", bound=Message)


def own_step(message: M, speaker: str) -> M:
    """Return ``message`` with its step marked as the speaker's own.

    Nobody can then use up, or guess, a step of ours or of somebody else.
    """
    step = getattr(message, "step", None)
    if step is None:
        return message
    return msgspec.structs.replace(message, step=StepId(f"{speaker} {step[:64]}"))


async def require_own_case(
    services: Services, case: CaseId, terminal: Terminal
) -> None:
    """Raise ``NotFound`` unless ``case`` is the one open at ``terminal`` now."""
    visit = await services.visits.at_terminal(terminal.id)
    if visit is None or visit.case != case:
        raise NotFound("case")
