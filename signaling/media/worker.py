"""The media worker: every leg of every call that it was given.

Packets come in through ``gate.py``; here is who takes part in which call, and
what the server asks for.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

import msgspec

from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.calls import MOST_LEGS, WANTS, Call
from signaling.media.control import (
    AddLeg,
    DropLeg,
    EndCall,
    FromWorker,
    LegAnswer,
    LegDown,
    LegQuality,
    LegRefused,
    LegUp,
    SetVoice,
    ToWorker,
    WorkerHello,
)
from signaling.media.dtls import Certificate
from signaling.media.gate import Gate
from signaling.media.journal import Journals
from signaling.media.lag import Counted
from signaling.media.leg import Heard, Peer
from signaling.media.quality import Quality
from signaling.media.sdp import BadSdp, Here, Offer, read_offer

log = logging.getLogger(__name__)

MOST_PENDING = 200
"""Legs that have not finished their handshake; more offers are refused."""
BALANCE_EVERY = 0.2
"""Seconds between looks at what senders may send."""


class Worker:
    """Everything of one worker process. Not shared between threads."""

    def __init__(self, hosts: Sequence[str], port: int, journals: Journals) -> None:
        """Listen on ``port`` of each of ``hosts``; 0 chooses one for all of them."""
        self.gate = Gate(hosts, port)
        self._certificate = Certificate()
        self._journals = journals
        journals.watch.tell = self.tell
        self._calls: dict[CallId, Call] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._balancing: asyncio.TimerHandle | None = None
        self.closed = 0
        """Legs that were closed since the worker began."""

    def start(self) -> None:
        """Begin to receive on the running loop."""
        self.gate.start()
        self._balance()

    def stop(self) -> None:
        """Close every leg and the port."""
        if self._balancing is not None:
            self._balancing.cancel()
        for call in self._calls.values():
            for leg in list(call.legs.values()):
                leg.close("worker stops")
        self.gate.stop()

    def _balance(self) -> None:
        loop = asyncio.get_running_loop()
        self._balancing = loop.call_later(BALANCE_EVERY, self._balance)
        now = time.monotonic()
        for call in self._calls.values():
            call.balance(now)

    # Calls

    def add_leg(self, ask: AddLeg) -> str:
        """Connect a leg in place of the one of that name; return the SDP answer.

        An offer with the certificate of the leg that is there restarts its ICE:
        the browser has another address now (RFC 8445 section 2.4).

        Raises:
            BadSdp: the offer cannot be answered, or too many are pending.
        """
        offer = read_offer(ask.sdp)
        if self.gate.pending >= MOST_PENDING:
            raise BadSdp("too many pending")
        call = self._calls.setdefault(ask.call, Call())
        old = call.legs.get(ask.leg)
        if old and (said := old.answered_before(offer)):
            return said
        if old and old.restarted_by(offer):
            return old.answer_again(offer, self._here(old))
        if old is None and len(call.legs) >= MOST_LEGS:
            raise BadSdp("the call is full")
        leg = self._new_leg(ask.call, ask.leg)
        answer = leg.answer(offer, self._here(leg), self._certificate, WANTS[ask.leg])
        if old:
            del call.legs[ask.leg]
            self._forget(ask.call, old, "replaced")
            self.tell(LegDown(call=ask.call, leg=ask.leg, why="replaced"))
        call.legs[ask.leg] = leg
        self.gate.expect(leg)
        self._record(ask, leg, offer)
        call.connect()
        return answer

    def _new_leg(self, call: CallId, name: Leg) -> Peer:
        def changed(why: str) -> None:
            self._changed(call, name, leg, why)

        def quality(now: Quality) -> None:
            news = LegQuality(call=call, leg=name, level=now.level, reason=now.reason)
            self.tell(news)

        leg = Peer(name.value, self.gate, Heard(changed, quality))
        return leg

    def _here(self, leg: Peer) -> Here:
        """Return where and who we are for ``leg``, under fresh credentials."""
        pair = self.gate.admit(leg)
        mark = self._certificate.fingerprint
        return Here(self.gate.addresses, mark, pair.ufrag, pair.password)

    def _record(self, ask: AddLeg, leg: Peer, offer: Offer) -> None:
        codecs = {c.type: c.name for line in offer.lines for c in line.codecs}
        key = bytes.fromhex(ask.journal_key)
        for stream in leg.uplink.streams:
            stream.journal = self._journals.begin(
                ask.call, ask.leg, stream.kind, codecs, key
            )

    def drop_leg(self, call: CallId, name: Leg) -> None:
        """Close one leg of a call; harmless if it is not there."""
        found = self._calls.get(call)
        if found is not None and (leg := found.legs.get(name)):
            self._changed(call, name, leg, "dropped")

    async def end_call(self, call: CallId) -> None:
        """Close the legs of a call and complete its journals."""
        found = self._calls.pop(call, None)
        for leg in list(found.legs.values()) if found else []:
            self._forget(call, leg, "call over")
        await self._journals.end(call)

    def _forget(self, call: CallId, leg: Peer, why: str) -> None:
        leg.close(why)
        self.closed += 1
        for stream in leg.uplink.streams:
            self._journals.finish(call, stream.journal)
        self.gate.forget(leg)

    def _changed(self, call: CallId, name: Leg, leg: Peer, why: str) -> None:
        if not why:
            log.info("leg up", extra={"call": call, "leg": name.value})
            self.tell(LegUp(call=call, leg=name))
            return
        found = self._calls.get(call)
        if found is not None and found.legs.get(name) is leg:
            del found.legs[name]
            self._forget(call, leg, why)
            log.info("leg down", extra={"call": call, "leg": name.value, "why": why})
            self.tell(LegDown(call=call, leg=name, why=why))

    # The server

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Do what one server asks until it hangs up."""
        hello = WorkerHello(calls=list(self._calls))
        writer.write(msgspec.json.encode(hello) + b"\n")
        self._writers.add(writer)
        for call, found in self._calls.items():
            for name, leg in found.legs.items():
                if leg.ready:
                    self.tell(LegUp(call=call, leg=name))
        for news in self._journals.watch.news():
            self.tell(news)
        decoder: msgspec.json.Decoder[ToWorker] = msgspec.json.Decoder(ToWorker)
        try:
            while line := await reader.readline():
                await self._obey(decoder.decode(line), writer)
        except (ConnectionError, ValueError, msgspec.DecodeError):
            log.exception("control connection failed")
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _obey(self, ask: ToWorker, writer: asyncio.StreamWriter) -> None:
        if isinstance(ask, EndCall):
            await self.end_call(ask.call)
            return
        if isinstance(ask, DropLeg):
            self.drop_leg(ask.call, ask.leg)
            return
        if isinstance(ask, SetVoice):
            if found := self._calls.get(ask.call):
                found.set_voice(ask.leg, ask.to)
            return
        answer: FromWorker
        try:
            answer = LegAnswer(id=ask.id, sdp=self.add_leg(ask))
        except BadSdp as error:
            answer = LegRefused(id=ask.id, code=error.code)
        except OSError:
            log.exception("no journal for a leg")
            answer = LegRefused(id=ask.id, code="media-unavailable")
        writer.write(msgspec.json.encode(answer) + b"\n")

    def counted(self) -> Counted:
        """Return what there is to count at this moment."""
        legs = sum(len(call.legs) for call in self._calls.values())
        return Counted(list(self._calls), legs, self.gate.packets, self.gate.drops())

    def tell(self, news: FromWorker) -> None:
        """Send news to every server that is connected."""
        for writer in self._writers:
            if not writer.is_closing():
                writer.write(msgspec.json.encode(news) + b"\n")
