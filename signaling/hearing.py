"""How a frame becomes an answer, the same for terminals and desks."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from casework.errors import AlreadyDone, CaseworkError
from protocol.ids import StepId
from protocol.messages import (
    AnswerMedia,
    Done,
    Failed,
    OfferMedia,
)
from protocol.parts import Message
from protocol.states import Leg
from protocol.wire import BadMessage
from signaling.link import Peer

log = logging.getLogger(__name__)

HEARTBEAT = 10.0
"""Seconds between pings; a dead line is noticed after 1.5 of them."""
TELLING = frozenset({"form-incomplete"})
"""Codes whose detail names a field and is told to the reader."""

M = TypeVar("M", bound=Message)


async def hear(
    link: Peer,
    frame: str,
    read: Callable[[str], M],
    answer: Callable[[M], Awaitable[None]],
    speaker: str,
) -> None:
    """Read ``frame``, have it answered, and say ``Done`` or why not."""
    try:
        message = read(frame)
    except BadMessage as error:
        link.send(Failed(code=error.code))
        return
    step: StepId | None = getattr(message, "step", None)
    try:
        await answer(own_step(message, speaker))
    except AlreadyDone:
        log.info("said again", extra={"speaker": speaker})
    except CaseworkError as error:
        log.info("refused: %s", error.code, extra={"speaker": speaker})
        detail = str(error) if error.code in TELLING else ""
        link.send(Failed(code=error.code, step=step, detail=detail))
        return
    except Exception:
        log.exception("message failed", extra={"speaker": speaker})
        link.send(Failed(code="internal", step=step))
        return
    if step is not None:
        link.send(Done(step=step))


def answer_to(offer: OfferMedia, leg: Leg, sdp: str) -> AnswerMedia:
    """Return the worker's ``sdp`` as the answer to this very offer."""
    return AnswerMedia(call=offer.call, leg=leg, sdp=sdp, attempt=offer.attempt)


def own_step(message: M, speaker: str) -> M:
    """Return ``message`` with its step marked as the speaker's own.

    Nobody can then use up, or guess, a step of ours or of somebody else.
    """
    step = getattr(message, "step", None)
    if step is None:
        return message
    return msgspec.structs.replace(message, step=StepId(f"{speaker} {step[:64]}"))
