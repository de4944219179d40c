"""What we send to one peer: numbered, paced, and sent again when it was lost.

A packet of a source comes in through ``offer``. Sound leaves at once. Video
leaves at once too, until the line has shown a limit (``estimate.py``); then it
waits its turn in the pacer. ``_send`` gives the packet the peer's payload type,
numbers and transport-wide number, and encrypts it.
"""

import asyncio
import struct
import time
from typing import TYPE_CHECKING

from signaling.media import transport_cc
from signaling.media.codecs import begins_key_frame
from signaling.media.estimate import Estimate
from signaling.media.pacer import Pacer
from signaling.media.port import COPY_VIEW
from signaling.media.rtp import FIXED_HEADER, ONE_BYTE_HEADERS
from signaling.media.share import Share, comfort, share_out
from signaling.media.streams import Inbound, Mode, Outbound

if TYPE_CHECKING:
    from signaling.media.leg import Peer

TURN = 0.005
"""Seconds between turns of the pacer."""
REMEMBERED = 4096
"""Sent packets whose report is awaited."""
VIDEO_WAITS = 0.6
"""Seconds that video may wait for its turn; more is thrown away."""
STILL_WAITS = 3.0
"""The same for a single picture, which nothing follows."""
STILL_EVERY = 1.0
KEY_FRAME_WAIT = 0.15
"""Seconds until a key frame that has not come is asked for again."""
AGAIN_SHARE = 0.25
"""Share of the line that packets sent again may take."""
AGAIN_BURST = 40_000.0
"""Bits that may be sent again at once."""
_PLAIN = struct.Struct("!BBHII")
_NUMBERED = struct.Struct("!BBHIIHHBHB")
LIVE = Mode.LIVE
Head = tuple[int, int, int, int]
"""Marker and payload type, number, time, SSRC."""


class Downlink:
    """Everything that leaves for one peer."""

    def __init__(self, leg: "Peer") -> None:
        self._leg = leg
        self.estimate = Estimate()
        self.outs: list[Outbound] = []
        self.share = Share({}, None)
        self.thrown_away = 0
        """Packets that found the queue full."""
        self._pacer: Pacer[tuple[Outbound, int]] = Pacer()
        self._turn: asyncio.TimerHandle | None = None
        self._number = 0
        self._sent: list[tuple[int, float, int] | None] = [None] * REMEMBERED
        self._again_budget = AGAIN_BURST
        self._again_at = 0.0

    # Packets

    def offer(
        self, out: Outbound, packet: bytes, number: int, timestamp: int, now: float
    ) -> None:
        """Take a packet of the source of ``out``."""
        if not self._leg.ready:
            return
        plain = out.mode is LIVE and not out.waiting
        if not plain and not self._may_pass(out, packet, number, timestamp, now):
            return
        if self._pacer.rate is None or out.kind == "audio":
            self._send(out, packet, number, timestamp, now)
            return
        longest = STILL_WAITS if out.mode is Mode.STILLS else VIDEO_WAITS
        if not self._pacer.put((out, number), len(packet), longest):
            self._drop_queue()
        elif self._turn is None:
            loop = asyncio.get_running_loop()
            self._turn = loop.call_later(TURN, self._take_turn)

    def _may_pass(
        self, out: Outbound, packet: bytes, number: int, timestamp: int, now: float
    ) -> bool:
        """Whether a picture begins here that may be shown, or is going on."""
        if out.mode is Mode.OFF:
            return False
        if not out.waiting:
            out.waiting = timestamp != out.still
            return not out.waiting
        source, kind = out.inbound, out.types.get(packet[1] & 0x7F, -1)
        codec = self._leg.codec_name(kind)
        if source is None or not begins_key_frame(codec, packet[FIXED_HEADER:]):
            return False
        if out.mode is Mode.STILLS:
            if now - out.still_at < STILL_EVERY or len(self._pacer):
                return False
            out.still, out.still_at = timestamp, now
        out.begin(number, timestamp, now)
        self._catch_up(out, source, number)
        return True

    def _catch_up(self, out: Outbound, source: Inbound, number: int) -> None:
        """Offer what overtook the first packet: it was lost and sent again."""
        if source.highest is None or source.highest == number:
            return
        loop = asyncio.get_running_loop()
        behind = (source.highest - number) & 0xFFFF
        for later in range(1, min(behind, source.ring_size) + 1):
            packet = source.packet((number + later) & 0xFFFF)
            if packet is not None:
                loop.call_soon(self._offer_again, out, packet)

    def _offer_again(self, out: Outbound, packet: bytes) -> None:
        _, _, number, timestamp, _ = _PLAIN.unpack_from(packet)
        self.offer(out, packet, number, timestamp, time.monotonic())

    def _drop_queue(self) -> None:
        self.thrown_away += len(self._pacer)
        self._pacer.clear()
        for out in self.outs:
            if out.kind == "video" and out.inbound is not None:
                out.waiting = True

    def _take_turn(self) -> None:
        self._turn = None
        now = time.monotonic()
        for out, number in self._pacer.take(now):
            packet = out.inbound.packet(number) if out.inbound else None
            if packet is not None and not out.waiting:
                _, _, _, stamp, _ = _PLAIN.unpack_from(packet)
                self._send(out, packet, number, stamp, now)
        if len(self._pacer):
            loop = asyncio.get_running_loop()
            self._turn = loop.call_later(TURN, self._take_turn)

    def _send(
        self, out: Outbound, packet: bytes, number: int, timestamp: int, now: float
    ) -> None:
        kind = packet[1]
        own = out.types.get(kind & 0x7F)
        place = out.place(number, timestamp, now)
        if own is None or place is None:
            return
        out.packets += 1
        out.octets += len(packet) - FIXED_HEADER
        head = (kind & 0x80 | own, place[0], place[1], out.ssrc)
        if self._pacer.rate is not None and out.kind == "audio":
            self._pacer.spend(len(packet))
        self._write(out.transport_cc, packet, head, now)

    def _write(
        self, numbered: int, packet: bytes, head: Head, now: float, before: bytes = b""
    ) -> None:
        """Send the payload of ``packet`` under another header, ``before`` before it.

        ``numbered``: identifier of the transport-wide number, 0 for none.
        """
        begin = FIXED_HEADER
        if numbered:
            begin += 8
            self._number = own = self._number + 1 & 0xFFFF
            _NUMBERED.pack_into(
                COPY_VIEW,
                0,
                0x90,
                *head,
                ONE_BYTE_HEADERS,
                1,
                numbered << 4 | 1,
                own,
                0,
            )
        else:
            _PLAIN.pack_into(COPY_VIEW, 0, 0x80, *head)
        if before:
            COPY_VIEW[begin : begin + len(before)] = before
            begin += len(before)
        size = begin + len(packet) - FIXED_HEADER
        COPY_VIEW[begin:size] = packet[FIXED_HEADER:]
        self._leg.send_copy(size)
        if numbered:
            self._sent[own % REMEMBERED] = own, now, size

    # Reports

    def on_report(self, data: bytes, now: float) -> None:
        """Take a transport-wide report; raises ``BadReport``."""
        heard: list[tuple[float, float | None, int]] = []
        for number, arrived in transport_cc.read_report(data):
            sent = self._sent[number % REMEMBERED]
            if sent is not None and sent[0] == number:
                at = None if arrived is None else arrived / 1e6
                heard.append((sent[1], at, sent[2]))
                if at is not None:
                    self._sent[number % REMEMBERED] = None
        if heard:
            self.estimate.hear(heard, now)
            self._pacer.rate = self.estimate.rate

    def on_nack(self, out: Outbound, numbers: list[int], now: float) -> None:
        """Send again what the peer misses, within what the line can bear."""
        rate = AGAIN_SHARE * (self.estimate.rate or max(self.estimate.arriving, 1e6))
        filled = self._again_budget + rate * (now - self._again_at)
        self._again_budget, self._again_at = min(AGAIN_BURST, filled), now
        for number in numbers:
            if self._again_budget <= 0:
                return
            found = out.lost(number, now)
            if found is None:
                continue
            packet, timestamp = found
            self._again_budget -= len(packet) * 8
            self._pacer.spend(len(packet))
            kind = out.types.get(packet[1] & 0x7F, 0)
            again = out.rtx_types.get(kind)
            if again is None:
                head = (packet[1] & 0x80 | kind, number, timestamp, out.ssrc)
                self._write(out.transport_cc, packet, head, now)
                continue
            own = out.next_rtx_number()
            head = (packet[1] & 0x80 | again, own, timestamp, out.rtx_ssrc)
            before = number.to_bytes(2, "big")
            self._write(out.transport_cc, packet, head, now, before)

    def tick(self, now: float) -> None:
        """Share the line out anew, and ask for the pictures that somebody awaits."""
        self.estimate.comfort = comfort(self.outs)
        self.share = share_out(self.estimate.rate, self.outs, self.share, now)
        for out in self.outs:
            mode = self.share.modes.get(out.mid, Mode.LIVE)
            if mode is not out.mode:
                out.mode, out.waiting = mode, True
            source = out.inbound
            if source is None or out.kind != "video" or not out.waiting:
                continue
            due = out.mode is Mode.LIVE or (
                out.mode is Mode.STILLS and now - out.still_at > STILL_EVERY
            )
            if due and now - source.asked_for_key_frame > KEY_FRAME_WAIT:
                source.leg.feedback.ask_for_key_frame(source)

    def stop(self) -> None:
        """Send nothing more."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._pacer.clear()
        self._sent = []
        for out in self.outs:
            out.detach()
