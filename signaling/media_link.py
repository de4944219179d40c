"""The server's end of the control connection to one media worker."""

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
    DropLeg,
    EndCall,
    FromWorker,
    LegAnswer,
    LegDown,
    LegQuality,
    LegRefused,
    LegUp,
    RecordingGap,
    RecordingResumed,
    SetVoice,
    ToWorker,
    WorkerHello,
    WorkerLoad,
)

log = logging.getLogger(__name__)

AGAIN = 0.3
"""Seconds between attempts to reach the worker."""
ANSWER_WITHIN = 5.0
SILENT = 5.0
"""Seconds without a word after which a worker hangs: it speaks every second."""

News = LegUp | LegDown | LegQuality | RecordingGap | RecordingResumed


class MediaRefused(CaseworkError):
    """The worker cannot use the offer."""

    code = "bad-sdp"


class MediaUnavailable(CaseworkError):
    """No media worker can be reached; they are being restarted."""

    code = "media-unavailable"


class MediaLink:
    """Asks one worker, and passes on its news. Reconnects by itself."""

    def __init__(self, control: Path, silent: float = SILENT) -> None:
        self.calls: set[CallId] = set()
        """The calls that the worker holds, whichever server placed them."""
        self.load: WorkerLoad | None = None
        self._control = control
        self._silent = silent
        self._greeted = False
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._asked: dict[int, CallId] = {}
        self._last = 0

    @property
    def connected(self) -> bool:
        """Whether the worker has said hello and can be asked now."""
        return self._greeted

    async def add_leg(self, call: CallId, leg: Leg, sdp: str, key: bytes) -> str:
        """Connect a leg and return its SDP answer.

        Raises:
            MediaRefused: the offer cannot be used.
            MediaUnavailable: the worker does not answer.
        """
        self.calls.add(call)
        self._last += 1
        ask = AddLeg(id=self._last, call=call, leg=leg, sdp=sdp, journal_key=key.hex())
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[ask.id], self._asked[ask.id] = answer, call
        try:
            self._say(ask)
            return await asyncio.wait_for(answer, ANSWER_WITHIN)
        except TimeoutError as error:
            raise MediaUnavailable("no answer") from error
        finally:
            self._waiting.pop(ask.id, None)
            self._asked.pop(ask.id, None)

    def tell(self, ask: SetVoice | DropLeg) -> None:
        """Change something in a call. A worker that is gone has dropped it."""
        if self.connected:
            self._say(ask)

    def end_call(self, call: CallId) -> None:
        """Close a call's legs. A worker that is gone has closed them already."""
        self.calls.discard(call)
        if self.connected:
            self._say(EndCall(call=call))

    async def run(
        self,
        heard: Callable[[News], Awaitable[None]],
        lost: Callable[[frozenset[CallId]], Awaitable[None]],
    ) -> None:
        """Keep the connection up until cancelled.

        ``heard`` takes news of legs; ``lost`` hears which calls went away with
        a worker.
        """
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(
                    str(self._control), limit=LONGEST_LINE
                )
            except OSError:
                await asyncio.sleep(AGAIN)
                continue
            # What is heard takes its time, with the store; answers do not wait for it.
            news: asyncio.Queue[News] = asyncio.Queue()
            hearing = asyncio.create_task(_hear(news, heard))
            try:
                await self._listen(reader, news)
            except (OSError, ValueError, msgspec.DecodeError):
                log.exception("media worker connection")
            finally:
                hearing.cancel()
                gone = self._hang_up()
            log.warning("media worker lost", extra={"socket": self._control.name})
            try:
                await lost(gone)
            except Exception:
                log.exception("not everybody was told that media was lost")
            await asyncio.sleep(AGAIN)

    def _hang_up(self) -> frozenset[CallId]:
        """Forget the worker; return the calls that are gone with it."""
        assert self._writer is not None, "connected before it is hung up"
        self._writer.close()
        self._writer, self._greeted, self.load = None, False, None
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(MediaUnavailable("worker lost"))
        gone = frozenset(self.calls)
        self.calls.clear()
        return gone

    async def _listen(
        self, reader: asyncio.StreamReader, news: "asyncio.Queue[News]"
    ) -> None:
        decoder: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)
        while line := await asyncio.wait_for(reader.readline(), self._silent):
            said = decoder.decode(line)
            if isinstance(said, News):
                news.put_nowait(said)
            else:
                self._learn(said)

    def _learn(self, news: LegAnswer | LegRefused | WorkerHello | WorkerLoad) -> None:
        match news:
            case LegAnswer(id=number, sdp=sdp):
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(sdp)
            case LegRefused(id=number, code=code):
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():
                    answer.set_exception(MediaRefused(code))
            case WorkerHello(calls=calls):
                self.calls = {*calls}
                self._greeted = True
                log.info("media worker connected")
            case WorkerLoad(calls=calls):
                self.load = news
                # What was asked for and not answered may be on its way there.
                self.calls = {*calls, *self._asked.values()}

    def _say(self, ask: ToWorker) -> None:
        writer = self._writer if self._greeted else None
        if writer is None or writer.is_closing():
            raise MediaUnavailable("no worker")
        writer.write(msgspec.json.encode(ask) + b"\n")


async def _hear(
    news: "asyncio.Queue[News]", heard: Callable[[News], Awaitable[None]]
) -> None:
    """Pass news on, one after the other; whatever goes wrong with one, go on."""
    while True:
        one = await news.get()
        try:
            await heard(one)
        except Exception:
            log.exception("news of a call not applied", extra={"call": one.call})
