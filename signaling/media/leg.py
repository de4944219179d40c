"""One leg: ICE credentials, DTLS, SRTP and RTCP of one browser or terminal."""

import asyncio
import logging
import secrets
import struct
import time
from collections.abc import Callable

from aiortc.rtp import AnyRtcpPacket
from pylibsrtp import lib  # type: ignore[attr-defined]  # the raw library: see on_media

from signaling.media import rtp
from signaling.media.dtls import Certificate, Dtls
from signaling.media.handshake import Handshake
from signaling.media.port import (
    COPY_BUFFER,
    COPY_VIEW,
    LENGTH,
    RTP_BUFFER,
    RTP_VIEW,
    Address,
    Port,
)
from signaling.media.rtcp import Feedback
from signaling.media.sdp import Codec, Here, Offer, write_answer
from signaling.media.streams import Inbound, Outbound

log = logging.getLogger(__name__)

TICK = 0.05
"""Seconds between feedback messages: 20 a second, as Chromium sends its own."""
SET_UP = 30.0
"""Seconds from the offer until media can flow; then the leg is given up."""
CONSENT = 15.0
"""Seconds without a STUN check after which a leg is down (RFC 7675 says 30)."""
MOST_ADDRESSES = 8


class Peer:
    """One end of a call, from its offer until it is closed."""

    def __init__(self, name: str, port: Port, on_change: Callable[[str], None]) -> None:
        """``on_change`` hears ``""`` when the leg is up, else why it is down."""
        self.name = name
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(16)
        self.address: Address | None = None
        self.addresses: list[Address] = []
        self.inbound: dict[str, Inbound] = {}
        self.outbound: list[Outbound] = []
        self.closed = False
        self.checked_at = time.monotonic()
        self._port = port
        self._on_change = on_change
        self._dtls: Handshake | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._ticks = 0
        self.feedback = Feedback(self)
        self._codecs: dict[int, Codec] = {}
        self.by_ssrc: dict[int, Inbound] = {}
        self.by_own_ssrc: dict[int, Outbound] = {}

    @property
    def ready(self) -> bool:
        """Whether media can flow."""
        return self._dtls is not None and self._dtls.ready and not self.closed

    # Setting up

    def answer(
        self,
        offer: Offer,
        here: Here,
        certificate: Certificate,
        wants: dict[str, list[str]],
    ) -> str:
        """Set the leg up for ``offer`` and return the SDP answer.

        ``wants``: kind -> names of the legs whose streams it receives, in the
        order of its receiving lines.
        """
        dtls = Dtls(certificate, offer.fingerprints)
        self._dtls = Handshake(dtls, self._send_plain, self._came_up, self.close)
        wanted = {kind: list(names) for kind, names in wants.items()}
        outgoing: dict[str, tuple[int, int]] = {}
        for line in offer.lines:
            self._codecs.update({codec.type: codec for codec in line.codecs})
            if line.sends:
                stream = Inbound(
                    self, line.kind, line.extensions.get(rtp.TRANSPORT_CC, 0)
                )
                self.inbound[line.mid] = stream
                self._learn(stream, line.ssrcs, line.rtx_ssrcs)
            elif line.receives and wanted.get(line.kind):
                out = Outbound(self, line.kind, wanted[line.kind].pop(0), line.mid)
                out.rtx_types = {c.of: c.type for c in line.codecs if c.of is not None}
                self.outbound.append(out)
                self.by_own_ssrc[out.ssrc] = out
                outgoing[line.mid] = out.ssrc, out.rtx_ssrc
        self._tick = asyncio.get_running_loop().call_later(SET_UP, self._too_late)
        return write_answer(offer, here, outgoing)

    def _too_late(self) -> None:
        self.close("not set up in time")

    def _learn(
        self, stream: Inbound, ssrcs: tuple[int, ...], rtx: frozenset[int]
    ) -> None:
        for ssrc in ssrcs:
            self.by_ssrc[ssrc] = stream
            if stream.ssrc is None and ssrc not in rtx:
                stream.ssrc = ssrc

    def subscribe(self, out: Outbound, source: Inbound) -> None:
        """Send ``source`` on ``out`` from the next packet on."""
        out.types = {}
        for codec in source.leg._codecs.values():
            for own in self._codecs.values():
                if own.name == codec.name != "rtx":
                    out.types.setdefault(codec.type, own.type)
        out.inbound = source
        out.switching = True
        source.subscribers.append(out)
        if self.ready:
            source.leg.feedback.ask_for_key_frame(source)

    # ICE

    def checked(self, address: Address, *, nominated: bool) -> Address | None:
        """Note a check from ``address``; return one to forget, if too many."""
        self.checked_at = time.monotonic()
        if self.address is None or nominated:
            self.address = address
        if address in self.addresses:
            return None
        self.addresses.append(address)
        if len(self.addresses) <= MOST_ADDRESSES:
            return None
        return self.addresses.pop(1 if self.addresses[0] == self.address else 0)

    # DTLS

    def on_dtls(self, data: bytes) -> None:
        """Take a DTLS datagram from a checked address."""
        if self._dtls is not None and not self.closed:
            self._dtls.feed(data)

    def _came_up(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
        self._tick = asyncio.get_running_loop().call_later(TICK, self._on_tick)
        for out in self.outbound:
            if out.inbound is not None:
                # Only now: a key frame that was asked for earlier went to nobody.
                out.inbound.asked_for_key_frame = 0.0
                out.inbound.leg.feedback.ask_for_key_frame(out.inbound)
        self._on_change("")

    def _send_plain(self, datagram: bytes) -> None:
        if self.address is not None:
            self._port.send(datagram, self.address)

    def close(self, why: str) -> None:
        """Stop everything. Harmless if it has been done."""
        if self.closed:
            return
        self.closed = True
        if self._dtls is not None:
            self._dtls.stop()
        if self._tick is not None:
            self._tick.cancel()
        for stream in self.inbound.values():
            for out in stream.subscribers:
                out.inbound = None
            stream.subscribers.clear()
        for out in self.outbound:
            out.detach()
        self._on_change(why or "closed")

    # RTP

    def on_media(self, size: int) -> None:
        """Take the SRTP or SRTCP packet of ``size`` bytes in ``RTP_BUFFER``."""
        if not self.ready or size < 12:
            return
        assert self._dtls is not None, "ready"
        session = self._dtls.receive._srtp[0]  # type: ignore[union-attr]  # the object API copies each packet twice
        LENGTH[0] = size
        if 192 <= RTP_VIEW[1] <= 223:
            if lib.srtp_unprotect_rtcp(session, RTP_BUFFER, LENGTH) == 0:
                self.feedback.hear(bytes(RTP_VIEW[: LENGTH[0]]))
        elif lib.srtp_unprotect(session, RTP_BUFFER, LENGTH) == 0:
            try:
                self._on_rtp(LENGTH[0])
            except rtp.BadRtp:
                log.debug("bad rtp", extra={"leg": self.name})

    def _on_rtp(self, size: int) -> None:
        ssrc = struct.unpack_from("!I", RTP_VIEW, 8)[0]
        stream = self.by_ssrc.get(ssrc)
        if stream is None:
            stream = self._adopt(ssrc, RTP_VIEW[1] & 0x7F)
            if stream is None:
                return
        if stream.transport_cc:
            self.feedback.note_arrival(RTP_VIEW[:size], stream.transport_cc)
        if ssrc != stream.ssrc:
            size = self._unwrap_rtx(stream, size)
        if size:
            self._take(stream, size)

    def _take(self, stream: Inbound, size: int) -> None:
        """Count, journal and forward the plain packet in ``RTP_VIEW``."""
        number, timestamp = struct.unpack_from("!HI", RTP_VIEW, 2)
        lost, key_frame = stream.arrived(number, time.monotonic())
        if lost:
            self.feedback.ask_again(stream, lost)
        if key_frame:
            self.feedback.ask_for_key_frame(stream)
        if stream.journal is not None:
            stream.journal(0, bytes(RTP_VIEW[:size]))
        self._forward(stream, size, number, timestamp)

    def _adopt(self, ssrc: int, kind: int) -> Inbound | None:
        codec = self._codecs.get(kind)
        if codec is None or codec.name == "rtx":
            return None
        wanted = "audio" if codec.name == "opus" else "video"
        for stream in self.inbound.values():
            if stream.kind == wanted and stream.ssrc is None:
                stream.ssrc = ssrc
                self.by_ssrc[ssrc] = stream
                return stream
        return None

    def _unwrap_rtx(self, stream: Inbound, size: int) -> int:
        codec = self._codecs.get(RTP_VIEW[1] & 0x7F)
        if codec is None or codec.of is None or stream.ssrc is None:
            return 0
        packet = bytes(RTP_VIEW[:size])
        plain = rtp.from_retransmission(packet, stream.ssrc, codec.of)
        if plain is None:
            return 0
        RTP_VIEW[: len(plain)] = plain
        return len(plain)

    def _forward(self, stream: Inbound, size: int, number: int, timestamp: int) -> None:
        kind = RTP_VIEW[1]
        rtp.blank_extensions(RTP_VIEW[:size])
        for out in stream.subscribers:
            peer, new_kind = out.leg, out.types.get(kind & 0x7F)
            if new_kind is None or not peer.ready:
                continue
            COPY_VIEW[:size] = RTP_VIEW[:size]
            out_number, out_time = out.renumber(number, timestamp)
            head = kind & 0x80 | new_kind
            struct.pack_into(
                "!BHII", COPY_VIEW, 1, head, out_number, out_time, out.ssrc
            )
            if out.kind == "video":
                out.keep(out_number, bytes(COPY_VIEW[:size]))
            peer.send_copy(size)

    def send_copy(self, size: int) -> None:
        """Encrypt and send the plain RTP packet in the copy buffer."""
        if self.address is None or self._dtls is None or self._dtls.transmit is None:
            return
        LENGTH[0] = size
        session = self._dtls.transmit._srtp[0]  # see on_media
        if lib.srtp_protect(session, COPY_BUFFER, LENGTH) == 0:
            self._port.send(COPY_VIEW[: LENGTH[0]], self.address)

    def send_rtcp(self, packet: AnyRtcpPacket | bytes) -> None:
        """Encrypt and send an RTCP packet; dropped while the leg is not up."""
        if self.address is None or self._dtls is None or self._dtls.transmit is None:
            return
        data = bytes(packet)
        COPY_VIEW[: len(data)] = data
        LENGTH[0] = len(data)
        session = self._dtls.transmit._srtp[0]  # see on_media
        if lib.srtp_protect_rtcp(session, COPY_BUFFER, LENGTH) == 0:
            self._port.send(COPY_VIEW[: LENGTH[0]], self.address)

    def send_again(self, packet: bytes) -> None:
        """Encrypt and send a retransmission."""
        COPY_VIEW[: len(packet)] = packet
        self.send_copy(len(packet))

    def _on_tick(self) -> None:
        now = time.monotonic()
        self._ticks += 1
        self._tick = asyncio.get_running_loop().call_later(TICK, self._on_tick)
        self.feedback.tick(now)
        if self._ticks % 20 == 0:
            self.feedback.report(now)
            if now - self.checked_at > CONSENT:
                self.close("consent lost")
