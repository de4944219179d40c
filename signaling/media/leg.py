"""One leg: ICE credentials, DTLS, SRTP and RTCP of one browser or terminal."""

import asyncio
import logging
import secrets
import struct
import time
from collections.abc import Callable
from typing import Protocol

from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)
from pylibsrtp import ffi, lib  # type: ignore[attr-defined]  # the raw library: see on_media

from signaling.media import rtp
from signaling.media.dtls import Certificate, Dtls, DtlsFailed
from signaling.media.sdp import Codec, Here, Offer, write_answer
from signaling.media.streams import Inbound, Outbound

log = logging.getLogger(__name__)

Address = tuple[str, int]

TICK = 0.05
"""Seconds between feedback messages: 20 a second, as Chromium sends its own."""
KEY_FRAME_EVERY = 2.0
"""Seconds between key frames of a recorded video: replay seeks to one of them."""
KEY_FRAME_PAUSE = 0.3
"""Seconds in which a second request for a key frame is not passed on."""
CONSENT = 15.0
"""Seconds without a STUN check after which a leg is down (RFC 7675 says 30)."""
MOST_ADDRESSES = 8
LARGEST_PACKET = 2048

RTP_BUFFER = ffi.new(f"char[{LARGEST_PACKET}]")
"""The packet that is being received; decrypted, rewritten and encrypted in place."""
RTP_VIEW = memoryview(ffi.buffer(RTP_BUFFER)).cast("B")
_COPY_BUFFER = ffi.new(f"char[{LARGEST_PACKET}]")
_COPY_VIEW = memoryview(ffi.buffer(_COPY_BUFFER)).cast("B")
_LENGTH = ffi.new("int *")


class Port(Protocol):
    """The worker's one UDP port, as a leg sees it."""

    def send(self, data: bytes | memoryview, to: Address) -> None:
        """Send one datagram; a full socket drops it."""
        ...


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
        self._dtls: Dtls | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._ticks = 0
        self._ssrc = secrets.randbits(31) | 1
        self._codecs: dict[int, Codec] = {}
        self._by_ssrc: dict[int, Inbound] = {}
        self._own_ssrcs: dict[int, Outbound] = {}
        self._arrivals: dict[int, int] = {}
        self._last_number = 0
        self._feedbacks = 0

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
        self._dtls = Dtls(certificate, offer.fingerprints)
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
                self._own_ssrcs[out.ssrc] = out
                outgoing[line.mid] = out.ssrc, out.rtx_ssrc
        return write_answer(offer, here, outgoing)

    def _learn(
        self, stream: Inbound, ssrcs: tuple[int, ...], rtx: frozenset[int]
    ) -> None:
        for ssrc in ssrcs:
            self._by_ssrc[ssrc] = stream
            if stream.ssrc is None and ssrc not in rtx:
                stream.ssrc = ssrc

    def subscribe(self, out: Outbound, source: Inbound) -> None:
        """Send ``source`` on ``out`` from the next packet on."""
        out.types = {}
        for codec in source.leg._codecs.values():  # noqa: SLF001  # our own class
            for own in self._codecs.values():
                same = (own.name, own.profile) == (codec.name, codec.profile)
                if same and codec.name != "rtx":
                    out.types.setdefault(codec.type, own.type)
        out.inbound = source
        out.switching = True
        source.subscribers.append(out)
        if self.ready:
            source.leg.ask_for_key_frame(source)

    # ICE

    def checked(self, address: Address, *, nominated: bool) -> None:
        """A STUN check with our password came from ``address``."""
        self.checked_at = time.monotonic()
        if address not in self.addresses:
            self.addresses.append(address)
            if len(self.addresses) > MOST_ADDRESSES:
                self.addresses.pop(1 if self.addresses[0] == self.address else 0)
        if self.address is None or nominated:
            self.address = address

    # DTLS

    def on_dtls(self, data: bytes) -> None:
        """Take a DTLS datagram from a checked address."""
        if self._dtls is None or self.closed:
            return
        before = self._dtls.ready
        try:
            self._send_all(self._dtls.feed(data))
        except DtlsFailed as error:
            self.close(f"dtls {error}")
            return
        self._plan_retry()
        if self._dtls.closed_by_peer:
            self.close("goodbye")
        elif self._dtls.ready and not before:
            self._came_up()

    def _came_up(self) -> None:
        self._tick = asyncio.get_running_loop().call_later(TICK, self._on_tick)
        for out in self.outbound:
            if out.inbound is not None:
                # Only now: a key frame that was asked for earlier went to nobody.
                out.inbound.asked_for_key_frame = 0.0
                out.inbound.leg.ask_for_key_frame(out.inbound)
        self._on_change("")

    def _plan_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        wait = self._dtls.timeout() if self._dtls else None
        if wait is not None and not self.closed:
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(max(wait, 0.01), self._on_retry)

    def _on_retry(self) -> None:
        assert self._dtls is not None, "set before the timer was"
        try:
            self._send_all(self._dtls.retry())
        except DtlsFailed as error:
            self.close(f"dtls {error}")
        else:
            self._plan_retry()

    def _send_all(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            if self.address is not None:
                self._port.send(datagram, self.address)

    def close(self, why: str) -> None:
        """Stop everything. Harmless if it has been done."""
        if self.closed:
            return
        self.closed = True
        for timer in (self._retry, self._tick):
            if timer is not None:
                timer.cancel()
        for stream in self.inbound.values():
            for out in stream.subscribers:
                out.inbound = None
            stream.subscribers.clear()
        for out in self.outbound:
            if out.inbound is not None:
                out.inbound.subscribers.remove(out)
                out.inbound = None
        self._on_change(why or "closed")

    # RTP

    def on_media(self, size: int) -> None:
        """Take the SRTP or SRTCP packet of ``size`` bytes in ``RTP_BUFFER``."""
        if not self.ready or size < 12:
            return
        assert self._dtls is not None, "ready"
        session = self._dtls.receive._srtp[0]  # type: ignore[union-attr]  # noqa: SLF001  # the object API copies each packet twice
        _LENGTH[0] = size
        if 192 <= RTP_VIEW[1] <= 223:
            if lib.srtp_unprotect_rtcp(session, RTP_BUFFER, _LENGTH) == 0:
                self._on_rtcp(bytes(RTP_VIEW[: _LENGTH[0]]))
        elif lib.srtp_unprotect(session, RTP_BUFFER, _LENGTH) == 0:
            try:
                self._on_rtp(_LENGTH[0])
            except rtp.BadRtp:
                log.debug("bad rtp", extra={"leg": self.name})

    def _on_rtp(self, size: int) -> None:
        ssrc = struct.unpack_from("!I", RTP_VIEW, 8)[0]
        stream = self._by_ssrc.get(ssrc)
        if stream is None:
            stream = self._adopt(ssrc, RTP_VIEW[1] & 0x7F)
            if stream is None:
                return
        if stream.transport_cc:
            self._note_arrival(RTP_VIEW[:size], stream.transport_cc)
        if ssrc != stream.ssrc:
            size = self._unwrap_rtx(stream, size)
            if not size:
                return
        number, timestamp = struct.unpack_from("!HI", RTP_VIEW, 2)
        lost, key_frame = stream.arrived(number, time.monotonic())
        if lost:
            self._ask_again(stream, lost)
        if key_frame:
            self.ask_for_key_frame(stream)
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
                self._by_ssrc[ssrc] = stream
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

    def _note_arrival(self, packet: memoryview, extension: int) -> None:
        number = rtp.transport_number(packet, extension)
        if number is not None:
            number = rtp.unwrap(number, self._last_number, 16)
            self._last_number = max(self._last_number, number)
            self._arrivals[number] = time.monotonic_ns() // 1000

    def _forward(self, stream: Inbound, size: int, number: int, timestamp: int) -> None:
        kind = RTP_VIEW[1]
        rtp.blank_extensions(RTP_VIEW[:size])
        for out in stream.subscribers:
            peer, new_kind = out.leg, out.types.get(kind & 0x7F)
            if new_kind is None or not peer.ready:
                continue
            _COPY_VIEW[:size] = RTP_VIEW[:size]
            out_number, out_time = out.renumber(number, timestamp)
            head = kind & 0x80 | new_kind
            struct.pack_into(
                "!BHII", _COPY_VIEW, 1, head, out_number, out_time, out.ssrc
            )
            if out.kind == "video":
                out.keep(out_number, bytes(_COPY_VIEW[:size]))
            peer.send_copy(size)

    def send_copy(self, size: int) -> None:
        """Encrypt and send the plain RTP packet in the copy buffer."""
        if self.address is None or self._dtls is None or self._dtls.transmit is None:
            return
        _LENGTH[0] = size
        session = self._dtls.transmit._srtp[0]  # noqa: SLF001  # see on_media
        if lib.srtp_protect(session, _COPY_BUFFER, _LENGTH) == 0:
            self._port.send(_COPY_VIEW[: _LENGTH[0]], self.address)

    # RTCP

    def ask_for_key_frame(self, stream: Inbound) -> None:
        """Send a PLI (RFC 4585 section 6.3.1), unless one is under way."""
        now = time.monotonic()
        recent = now - stream.asked_for_key_frame < KEY_FRAME_PAUSE
        if stream.kind != "video" or stream.ssrc is None or recent or not self.ready:
            return
        stream.asked_for_key_frame = now
        self._send_rtcp(
            RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._ssrc, media_ssrc=stream.ssrc)
        )

    def _ask_again(self, stream: Inbound, numbers: list[int]) -> None:
        if stream.ssrc is not None:
            packet = RtcpRtpfbPacket(
                fmt=RTCP_RTPFB_NACK, ssrc=self._ssrc, media_ssrc=stream.ssrc
            )
            packet.lost = numbers
            self._send_rtcp(packet)

    def _send_rtcp(self, packet: AnyRtcpPacket | bytes) -> None:
        if self.address is None or self._dtls is None or self._dtls.transmit is None:
            return
        data = bytes(packet)
        _COPY_VIEW[: len(data)] = data
        _LENGTH[0] = len(data)
        session = self._dtls.transmit._srtp[0]  # noqa: SLF001  # see on_media
        if lib.srtp_protect_rtcp(session, _COPY_BUFFER, _LENGTH) == 0:
            self._port.send(_COPY_VIEW[: _LENGTH[0]], self.address)

    def _on_rtcp(self, data: bytes) -> None:
        try:
            packets = RtcpPacket.parse(data)
        except (ValueError, struct.error, IndexError):
            return
        for packet in packets:
            match packet:
                case RtcpSrPacket():
                    self._on_sender_report(packet)
                case RtcpRtpfbPacket(fmt=1):
                    self._on_nack(packet)
                case RtcpPsfbPacket():
                    self._on_key_frame_request(packet)
                case _:
                    pass

    def _on_sender_report(self, packet: RtcpSrPacket) -> None:
        stream = self._by_ssrc.get(packet.ssrc)
        if stream is None or stream.ssrc != packet.ssrc:
            return
        info = packet.sender_info
        stream.last_report = info.ntp_timestamp >> 16 & 0xFFFFFFFF
        stream.last_report_at = time.monotonic()
        if stream.journal is not None:
            stream.journal(
                1, struct.pack("!QI", info.ntp_timestamp, info.rtp_timestamp)
            )
        for out in stream.subscribers:
            if not out.switching:
                shifted = (info.rtp_timestamp + out.time_shift) & 0xFFFFFFFF
                copy = RtcpSenderInfo(
                    ntp_timestamp=info.ntp_timestamp,
                    rtp_timestamp=shifted,
                    packet_count=info.packet_count,
                    octet_count=info.octet_count,
                )
                out.leg._send_rtcp(RtcpSrPacket(ssrc=out.ssrc, sender_info=copy))  # noqa: SLF001  # our own class

    def _on_nack(self, packet: RtcpRtpfbPacket) -> None:
        out = self._own_ssrcs.get(packet.media_ssrc)
        if out is None:
            return
        now = time.monotonic()
        for number in packet.lost:
            again = out.retransmission(number, now)
            if again is not None:
                _COPY_VIEW[: len(again)] = again
                self.send_copy(len(again))

    def _on_key_frame_request(self, packet: RtcpPsfbPacket) -> None:
        if packet.fmt not in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
            return
        out = self._own_ssrcs.get(packet.media_ssrc)
        if out is None and packet.fmt == RTCP_PSFB_FIR and len(packet.fci) >= 4:
            out = self._own_ssrcs.get(struct.unpack_from("!I", packet.fci)[0])
        if out is not None and out.inbound is not None:
            out.inbound.leg.ask_for_key_frame(out.inbound)

    def _on_tick(self) -> None:
        now = time.monotonic()
        self._ticks += 1
        self._tick = asyncio.get_running_loop().call_later(TICK, self._on_tick)
        if self._arrivals:
            self._send_feedback()
        for stream in self.inbound.values():
            again, gave_up = stream.overdue(now)
            if again:
                self._ask_again(stream, again)
            old = now - stream.asked_for_key_frame > KEY_FRAME_EVERY
            if gave_up or (stream.journal is not None and old):
                self.ask_for_key_frame(stream)
        if self._ticks % 20 == 0:
            self._send_receiver_report(now)
            if now - self.checked_at > CONSENT:
                self.close("consent lost")

    def _send_feedback(self) -> None:
        arrivals, self._arrivals = self._arrivals, {}
        media = next((s.ssrc for s in self.inbound.values() if s.ssrc), self._ssrc)
        data = rtp.transport_feedback(self._ssrc, media, self._feedbacks, arrivals)
        self._feedbacks += 1
        if len(data) < LARGEST_PACKET - 200:
            self._send_rtcp(data)

    def _send_receiver_report(self, now: float) -> None:
        reports = []
        for stream in self.inbound.values():
            loss = stream.loss_since_last()
            if stream.ssrc is None or loss is None:
                continue
            since = (
                int((now - stream.last_report_at) * 65536) if stream.last_report else 0
            )
            reports.append(
                RtcpReceiverInfo(
                    ssrc=stream.ssrc,
                    fraction_lost=loss[0],
                    packets_lost=loss[1],
                    highest_sequence=loss[2],
                    jitter=0,
                    lsr=stream.last_report,
                    dlsr=since & 0xFFFFFFFF,
                )
            )
        if reports:
            self._send_rtcp(RtcpRrPacket(ssrc=self._ssrc, reports=reports))
