"""What one peer sends us: told apart, repaired, journaled and passed on."""

import struct
import time
from typing import TYPE_CHECKING

from signaling.media import rtp
from signaling.media.port import RTP_VIEW
from signaling.media.streams import Inbound

if TYPE_CHECKING:
    from signaling.media.leg import Peer

_FIXED = struct.Struct("!BBHII")
WITH_EXTENSION = 0x90
"""First byte of a packet with a header extension and nothing else unusual."""


class Uplink:
    """The streams that come from one peer."""

    def __init__(self, leg: "Peer") -> None:
        self._leg = leg
        self.streams: list[Inbound] = []
        self.by_ssrc: dict[int, Inbound] = {}
        self.arrivals: list[tuple[int, float]] = []
        """Transport-wide numbers and when they came, since the last report."""

    def learn(
        self, stream: Inbound, ssrcs: tuple[int, ...], rtx: frozenset[int]
    ) -> None:
        """Remember which sources the offer gave to a stream."""
        for ssrc in ssrcs:
            self.by_ssrc[ssrc] = stream
            if stream.ssrc is None and ssrc not in rtx:
                stream.ssrc = ssrc

    def on_rtp(self, size: int) -> None:
        """Take the decrypted packet of ``size`` bytes in ``RTP_VIEW``."""
        first, kind, number, timestamp, ssrc = _FIXED.unpack_from(RTP_VIEW)
        stream = self.by_ssrc.get(ssrc) or self._adopt(ssrc, kind & 0x7F)
        if stream is None:
            return
        now = time.monotonic()
        if first == WITH_EXTENSION and RTP_VIEW[16] == stream.mark:
            # As browsers write it: one block, the transport-wide number first.
            self.arrivals.append((RTP_VIEW[17] << 8 | RTP_VIEW[18], now))
            begin = 16 + 4 * (RTP_VIEW[14] << 8 | RTP_VIEW[15])
            if ssrc == stream.ssrc and begin <= size:
                packet = rtp.without_extensions(RTP_VIEW, begin, size)
                self._take(stream, packet, number, timestamp, now)
                return
        elif stream.transport_cc:
            self._note_arrival(size, stream.transport_cc, now)
        self._on_unusual(stream, size, now)

    def _on_unusual(self, stream: Inbound, size: int, now: float) -> None:
        """Take a packet with padding, other extensions, or one that is sent again."""
        _, kind, number, timestamp, ssrc = _FIXED.unpack_from(RTP_VIEW)
        try:
            begin, end = rtp.payload_span(RTP_VIEW, size)
        except rtp.BadRtp:
            return
        if ssrc == stream.ssrc:
            packet = rtp.without_extensions(RTP_VIEW, begin, end)
            self._take(stream, packet, number, timestamp, now)
            return
        plain = self._unwrap_rtx(stream, kind, begin, end)
        if plain is not None:
            self._take(stream, plain, plain[2] << 8 | plain[3], timestamp, now)

    def _take(
        self, stream: Inbound, packet: bytes, number: int, timestamp: int, now: float
    ) -> None:
        if number == stream.expected:
            stream.expected = number + 1 & 0xFFFF
            stream.in_order += 1
            stream.last_at = now
        elif stream.packet(number) is not None:
            # Browsers measure a line with packets that have come long ago. Passed
            # on, the next browser would throw them away, and call them lost.
            return
        else:
            self._repair(stream, number, now)
        stream.ring[number % stream.ring_size] = packet
        if stream.journal is not None:
            stream.journal(0, packet)
        for out in stream.subscribers:
            out.leg.downlink.offer(out, packet, number, timestamp, now)

    def _repair(self, stream: Inbound, number: int, now: float) -> None:
        """A packet out of turn: ask for what is missing, or for a whole picture."""
        lost, key_frame = stream.arrived(number, now)
        if lost:
            self._leg.feedback.ask_again(stream, lost)
        if key_frame:
            self._leg.feedback.ask_for_key_frame(stream)

    def _note_arrival(self, size: int, extension: int, now: float) -> None:
        number = rtp.transport_number(RTP_VIEW[:size], extension)
        if number is not None:
            self.arrivals.append((number, now))

    def _adopt(self, ssrc: int, kind: int) -> Inbound | None:
        codec = self._leg.codecs.get(kind)
        if codec is None or codec.name == "rtx":
            return None
        wanted = "audio" if codec.name == "opus" else "video"
        for stream in self.streams:
            if stream.kind == wanted and stream.ssrc is None:
                stream.ssrc = ssrc
                self.by_ssrc[ssrc] = stream
                return stream
        return None

    def _unwrap_rtx(
        self, stream: Inbound, kind: int, begin: int, end: int
    ) -> bytes | None:
        codec = self._leg.codecs.get(kind & 0x7F)
        if codec is None or codec.of is None or stream.ssrc is None:
            return None
        if end - begin < 3:
            return None  # padding: it only measures the line
        head = struct.pack(
            "!BBHII",
            *(0x80, kind & 0x80 | codec.of),
            *struct.unpack_from("!H", RTP_VIEW, begin),
            *struct.unpack_from("!I", RTP_VIEW, 4),
            stream.ssrc,
        )
        return head + bytes(RTP_VIEW[begin + 2 : end])
