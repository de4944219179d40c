"""The media worker process: one UDP port, every leg of every call it was given.

What happens to a packet: ``_on_readable`` takes it off the socket and looks at
its first byte (RFC 7983). STUN goes to ``_on_stun``, which is the only way for
an address to become known. DTLS and media from unknown addresses are dropped;
from known ones they go to their leg (``leg.py``), which decrypts, forwards and
journals.
"""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

import msgspec
import uvloop

from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.calls import MOST_LEGS, WANTS, Call
from signaling.media.control import (
    LONGEST_LINE,
    AddLeg,
    EndCall,
    FromWorker,
    LegAnswer,
    LegDown,
    LegRefused,
    LegUp,
    SetVoice,
    ToWorker,
    WorkerHello,
)
from signaling.media.dtls import Certificate
from signaling.media.journal import Journals
from signaling.media.lag import Counted, report_load, socket_drops
from signaling.media.leg import Peer
from signaling.media.port import RTP_VIEW, Address, open_socket, own_address
from signaling.media.sdp import BadSdp, Here, read_offer
from signaling.media.stun import answer_check, read_check

log = logging.getLogger(__name__)

BATCH = 64
"""Packets read before other work gets a turn."""
MOST_PENDING = 200
"""Legs that have not finished their handshake; more offers are refused."""


class Worker:
    """Everything of one worker process. Not shared between threads."""

    def __init__(self, host: str, port: int, journals: Journals) -> None:
        self._certificate = Certificate()
        self._journals = journals
        self._calls: dict[CallId, Call] = {}
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._socket = open_socket(host, port)
        self.address: Address = self._socket.getsockname()

    def start(self) -> None:
        """Begin to receive on the running loop."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket.fileno(), self._on_readable)

    def stop(self) -> None:
        """Close every leg and the port."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        for call in self._calls.values():
            for leg in list(call.legs.values()):
                leg.close("worker stops")
        self._socket.close()

    # Packets

    def send(self, data: bytes | memoryview, to: Address) -> None:
        """Send one datagram; a full socket drops it, as a network would."""
        with contextlib.suppress(OSError):
            self._socket.sendto(data, to)

    def _on_readable(self) -> None:
        for _ in range(BATCH):
            try:
                size, address = self._socket.recvfrom_into(RTP_VIEW, 1600)
            except BlockingIOError:
                return
            except OSError:
                continue
            if size:
                self._on_packet(size, address)

    def _on_packet(self, size: int, address: Address) -> None:
        first = RTP_VIEW[0]
        if first < 4:
            self._on_stun(bytes(RTP_VIEW[:size]), address)
            return
        leg = self._by_address.get(address)
        if leg is None:
            return  # nobody proved to be there: RFC 8445 consent comes first
        if 127 < first < 192:
            leg.on_media(size)
        elif 19 < first < 64:
            leg.on_dtls(bytes(RTP_VIEW[:size]))

    def _on_stun(self, data: bytes, address: Address) -> None:
        check = read_check(data)
        leg = self._by_ufrag.get(check.ufrag) if check else None
        if check is None or leg is None:
            return
        response = answer_check(check, address, leg.password)
        if response is None:
            return
        self.send(response, address)
        forgotten = leg.checked(address, nominated=check.nominated)
        if forgotten is not None and self._by_address.get(forgotten) is leg:
            del self._by_address[forgotten]
        self._by_address[address] = leg

    # Calls

    def add_leg(self, ask: AddLeg) -> str:
        """Connect a leg in place of the one of that name; return the SDP answer.

        Raises:
            BadSdp: the offer cannot be answered, or too many are pending.
        """
        offer = read_offer(ask.sdp)
        if sum(not leg.ready for leg in self._by_ufrag.values()) >= MOST_PENDING:
            raise BadSdp("too many pending")
        call = self._calls.setdefault(ask.call, Call())
        if ask.leg not in call.legs and len(call.legs) >= MOST_LEGS:
            raise BadSdp("the call is full")
        if old := call.legs.pop(ask.leg, None):
            self._forget(ask.call, old, "replaced")
            self.tell(LegDown(call=ask.call, leg=ask.leg, why="replaced"))

        def changed(why: str) -> None:
            self._changed(ask.call, ask.leg, leg, why)

        leg = Peer(ask.leg.value, self, changed)
        host, port = self.address
        here = Here(host, port, self._certificate.fingerprint, leg.ufrag, leg.password)
        answer = leg.answer(offer, here, self._certificate, WANTS[ask.leg])
        self._by_ufrag[leg.ufrag] = leg
        call.legs[ask.leg] = leg
        for stream in leg.inbound.values():
            codecs = {c.type: c.name for line in offer.lines for c in line.codecs}
            key = bytes.fromhex(ask.journal_key)
            stream.journal = self._journals.begin(
                ask.call, ask.leg, stream.kind, codecs, key
            )
        call.connect()
        return answer

    async def end_call(self, call: CallId) -> None:
        """Close the legs of a call and complete its journals."""
        found = self._calls.pop(call, None)
        for leg in list(found.legs.values()) if found else []:
            self._forget(call, leg, "call over")
        await self._journals.end(call)

    def _forget(self, call: CallId, leg: Peer, why: str) -> None:
        leg.close(why)
        for stream in leg.inbound.values():
            self._journals.finish(call, stream.journal)
        self._by_ufrag.pop(leg.ufrag, None)
        for address in leg.addresses:
            if self._by_address.get(address) is leg:
                del self._by_address[address]

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
        legs = list(self._by_ufrag.values())
        packets = sum(s.received for leg in legs for s in leg.inbound.values())
        drops = socket_drops(self._socket)
        return Counted(list(self._calls), len(legs), packets, drops)

    def tell(self, news: FromWorker) -> None:
        """Send news to every server that is connected."""
        for writer in self._writers:
            if not writer.is_closing():
                writer.write(msgspec.json.encode(news) + b"\n")


async def run_worker(host: str, port: int, control: Path, journals: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    book = Journals(journals)
    worker = Worker(host or own_address(), port, book)
    worker.start()
    control.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    control.unlink(missing_ok=True)
    before = os.umask(0o177)
    server = await asyncio.start_unix_server(
        worker.serve, str(control), limit=LONGEST_LINE
    )
    os.umask(before)
    log.info("media on %s:%s", *worker.address)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    beside = [
        asyncio.create_task(book.run()),
        asyncio.create_task(report_load(worker.counted, worker.tell)),
    ]
    await stopping.wait()
    for task in beside:
        task.cancel()
    server.close()
    worker.stop()
    await book.flush()


def main(host: str, port: int, control: Path, journals: Path) -> None:
    """Run one worker with uvloop."""
    uvloop.run(run_worker(host, port, control, journals))
