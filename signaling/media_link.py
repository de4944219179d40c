"""The server's end of the control connection to the media worker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from casework.errors import CaseworkError
from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.control import (
    LONGEST_LINE,
    AddLeg,
    EndCall,
    FromWorker,
    LegAnswer,
    LegDown,
    LegRefused,
    LegUp,
    ToWorker,
)

log = logging.getLogger(__name__)

AGAIN = 0.3
"""Seconds between attempts to reach the worker."""
ANSWER_WITHIN = 5.0

News = LegUp | LegDown


class MediaRefused(CaseworkError):
    """The worker cannot use the offer."""

    code = "bad-sdp"


class MediaUnavailable(CaseworkError):
    """No media worker can be reached; it is being restarted."""

    code = "media-unavailable"


class MediaLink:
    """Asks the worker, and passes on its news. Reconnects by itself."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._last = 0

    @property
    def connected(self) -> bool:
        """Whether the worker can be asked now."""
        return self._writer is not None

    async def add_leg(self, call: CallId, leg: Leg, sdp: str, key: bytes) -> str:
        """Connect a leg and return its SDP answer.

        Raises:
            MediaRefused: the offer cannot be used.
            MediaUnavailable: the worker does not answer.
        """
        self._last += 1
        ask = AddLeg(id=self._last, call=call, leg=leg, sdp=sdp, journal_key=key.hex())
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[ask.id] = answer
        try:
            self._say(ask)
            return await asyncio.wait_for(answer, ANSWER_WITHIN)
        except TimeoutError as error:
            raise MediaUnavailable("no answer") from error
        finally:
            self._waiting.pop(ask.id, None)

    def end_call(self, call: CallId) -> None:
        """Close a call's legs. A worker that is gone has closed them already."""
        if self.connected:
            self._say(EndCall(call=call))

    async def run(
        self,
        heard: Callable[[News], Awaitable[None]],
        lost: Callable[[], Awaitable[None]],
    ) -> None:
        """Keep the connection up until cancelled.

        ``heard`` takes news of legs; ``lost`` is called when a worker went away.
        """
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(
                    str(self._control), limit=LONGEST_LINE
                )
            except OSError:
                await asyncio.sleep(AGAIN)
                continue
            log.info("media worker connected")
            try:
                await self._listen(reader, heard)
            except (OSError, ValueError, msgspec.DecodeError):
                log.exception("media worker connection")
            self._writer.close()
            self._writer = None
            log.warning("media worker lost")
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(MediaUnavailable("worker lost"))
            try:
                await lost()
            except Exception:
                log.exception("not everybody was told that media was lost")

    async def _listen(
        self, reader: asyncio.StreamReader, heard: Callable[[News], Awaitable[None]]
    ) -> None:
        decoder: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)
        while line := await reader.readline():
            match decoder.decode(line):
                case LegAnswer(id=number, sdp=sdp):
                    answer = self._waiting.get(number)
                    if answer is not None and not answer.done():
                        answer.set_result(sdp)
                case LegRefused(id=number, code=code):
                    answer = self._waiting.get(number)
                    if answer is not None and not answer.done():
                        answer.set_exception(MediaRefused(code))
                case LegUp() | LegDown() as news:
                    await _heard(news, heard)

    def _say(self, ask: ToWorker) -> None:
        if self._writer is None or self._writer.is_closing():
            raise MediaUnavailable("no worker")
        self._writer.write(msgspec.json.encode(ask) + b"\n")


async def _heard(news: News, heard: Callable[[News], Awaitable[None]]) -> None:
    """Pass news on; whatever goes wrong with it, the connection stays up."""
    try:
        await heard(news)
    except Exception:
        log.exception("news of a leg not applied", extra={"call": news.call})
