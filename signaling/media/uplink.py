"""What one peer sends us: told apart, repaired, journaled and passed on."""

import struct
import time
from typing import TYPE_CHECKING

from signaling.media import rtp
from signaling.media.port import RTP_VIEW
from signaling.media.streams import Inbound

if TYPE_CHECKING:
    from signaling.media.leg import Peer


class Uplink:
    """The streams that come from one peer."""

    def __init__(self, leg: "Peer") -> None:
        self._leg = leg
        self.streams: list[Inbound] = []
        self.by_ssrc: dict[int, Inbound] = {}

    def learn(
        self, stream: Inbound, ssrcs: tuple[int, ...], rtx: frozenset[int]
    ) -> None:
        """Remember which sources the offer gave to a stream."""
        for ssrc in ssrcs:
            self.by_ssrc[ssrc] = stream
            if stream.ssrc is None and ssrc not in rtx:
                stream.ssrc = ssrc

    def on_rtp(self, size: int) -> None:
        """Take the decrypted packet of ``size`` bytes in ``RTP_VIEW``.

        Raises:
            BadRtp: its lengths do not add up.
        """
        kind, number, timestamp, ssrc = struct.unpack_from("!xBHII", RTP_VIEW, 0)
        stream = self.by_ssrc.get(ssrc) or self._adopt(ssrc, kind & 0x7F)
        if stream is None:
            return
        if stream.transport_cc:
            self._leg.feedback.note_arrival(RTP_VIEW[:size], stream.transport_cc)
        begin, end = rtp.payload_span(RTP_VIEW[:size])
        if ssrc == stream.ssrc:
            packet = rtp.without_extensions(RTP_VIEW, begin, end)
        else:
            plain = self._unwrap_rtx(stream, kind, begin, end)
            if plain is None:
                return
            packet = plain
            number = int.from_bytes(packet[2:4], "big")
        self._take(stream, packet, number, timestamp)

    def _take(
        self, stream: Inbound, packet: bytes, number: int, timestamp: int
    ) -> None:
        lost, key_frame = stream.arrived(number, time.monotonic())
        if lost:
            self._leg.feedback.ask_again(stream, lost)
        if key_frame:
            self._leg.feedback.ask_for_key_frame(stream)
        stream.bytes += len(packet)
        stream.ring[number % len(stream.ring)] = packet
        if stream.journal is not None:
            stream.journal(0, packet)
        for out in stream.subscribers:
            leg = out.leg
            if leg.ready:
                leg.downlink.offer(out, packet, number, timestamp)

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
