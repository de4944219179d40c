"""What is said and shown during a call, on its way to the timeline."""

import contextlib
import logging

from casework.errors import AlreadyDone, NotFound
from casework.visit import Visit
from protocol.ids import CallId, StaffId, TerminalId
from protocol.messages import NoteScreen, SendChat, SignApplication
from protocol.scan_messages import CaptureFailed
from protocol.states import EventKind, Leg
from signaling.services import Services

log = logging.getLogger(__name__)


async def send_chat(
    services: Services,
    visit: Visit | None,
    said: SendChat,
    speaker: StaffId | TerminalId,
) -> None:
    """Keep a line of the chat of ``visit``, then show it; guests only read it."""
    writers = {visit.clerk: Leg.CLERK, visit.terminal: Leg.APPLICANT} if visit else {}
    if visit is None or visit.call != said.call or speaker not in writers:
        raise NotFound("call")
    await services.timeline.say(said.call, writers[speaker], said)
    await services.visits.tell(visit)


async def note_screen(
    services: Services, shown: NoteScreen, terminal: TerminalId
) -> None:
    """Keep what the screen showed; of a call that is over nothing is kept."""
    visit = await services.visits.at_terminal(terminal)
    if visit is None or visit.call != shown.call:
        log.info("screen of no open call", extra={"call": shown.call})
        return
    await services.timeline.note_screen(shown.call, terminal, shown.marks, shown.step)


async def note_signature(
    services: Services, visit: Visit, signed: SignApplication
) -> None:
    """Keep the strokes with their times, once."""
    with contextlib.suppress(AlreadyDone):
        await services.timeline.note_signature(
            _call_of(visit), signed.strokes, signed.began_ago, signed.step
        )


async def note_page_refused(
    services: Services, visit: Visit, failed: CaptureFailed
) -> None:
    """Keep why the terminal could not make a page."""
    facts = {"material": failed.material, "reason": failed.reason[:80]}
    kind = EventKind.PAGE_REFUSED
    await services.timeline.note(_call_of(visit), kind, Leg.DOCUMENT, facts)


def _call_of(visit: Visit) -> CallId:
    assert visit.call is not None, "a case is opened together with its call"
    return visit.call
