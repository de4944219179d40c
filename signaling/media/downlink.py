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
from signaling.media.share import Share, share_out
from signaling.media.streams import Inbound, Mode, Outbound

if TYPE_CHECKING:
    from signaling.media.leg import Peer

TURN = 0.005
"""Seconds between turns of the pacer."""
REMEMBERED = 4096
"""Sent packets whose report is awaited."""
STILL_EVERY = 1.0
KEY_FRAME_WAIT = 0.5
"""Seconds until a key frame that has not come is asked for again."""
AGAIN_SHARE = 0.25
"""Share of the line that packets sent again may take."""
AGAIN_BURST = 40_000.0
"""Bits that may be sent again at once."""
_PLAIN = struct.Struct("!BBHII")
_NUMBERED = struct.Struct("!BBHIIHHBHB")
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

    def offer(self, out: Outbound, packet: bytes, number: int, timestamp: int) -> None:
        """Take a packet of the source of ``out``."""
        if packet[1] & 0x7F not in out.types or out.mode is Mode.OFF:
            return
        if out.waiting and not self._may_begin(out, packet, number, timestamp):
            return
        if out.mode is Mode.STILLS and timestamp != out.still:
            out.waiting = True
        elif out.kind == "audio" or not self._pacer.holds:
            self._send(out, packet, number, timestamp)
        elif self._pacer.put((out, number), len(packet)):
            self._turn = self._turn or asyncio.get_running_loop().call_later(
                TURN, self._take_turn
            )
        else:
            self._drop_queue()

    def _may_begin(
        self, out: Outbound, packet: bytes, number: int, timestamp: int
    ) -> bool:
        """Begin with this packet if a picture does; return whether it did."""
        source = out.inbound
        codec = self._leg.codec_name(out.types[packet[1] & 0x7F])
        if source is None or not begins_key_frame(codec, packet[FIXED_HEADER:]):
            return False
        now = time.monotonic()
        if out.mode is Mode.STILLS:
            if now - out.still_at < STILL_EVERY:
                return False
            out.still, out.still_at = timestamp, now
        out.begin(number, timestamp)
        self._catch_up(out, source, number)
        return True

    def _catch_up(self, out: Outbound, source: Inbound, number: int) -> None:
        """Offer what overtook the first packet: it was lost and sent again."""
        if source.highest is None or source.highest == number:
            return
        behind = (source.highest - number) & 0xFFFF
        for later in range(1, min(behind, len(source.ring)) + 1):
            packet = source.packet((number + later) & 0xFFFF)
            if packet is not None:
                _, stamp = struct.unpack_from("!HI", packet, 2)
                asyncio.get_running_loop().call_soon(
                    self.offer, out, packet, (number + later) & 0xFFFF, stamp
                )

    def _drop_queue(self) -> None:
        self.thrown_away += len(self._pacer)
        self._pacer.clear()
        for out in self.outs:
            if out.kind == "video" and out.inbound is not None:
                out.waiting = True

    def _take_turn(self) -> None:
        self._turn = None
        for out, number in self._pacer.take(time.monotonic()):
            packet = out.inbound.packet(number) if out.inbound else None
            if packet is not None and not out.waiting:
                (stamp,) = struct.unpack_from("!I", packet, 4)
                self._send(out, packet, number, stamp)
        if len(self._pacer):
            loop = asyncio.get_running_loop()
            self._turn = loop.call_later(TURN, self._take_turn)

    def _send(self, out: Outbound, packet: bytes, number: int, timestamp: int) -> None:
        place = out.place(number, timestamp)
        if place is not None:
            out.packets += 1
            out.octets += len(packet) - FIXED_HEADER
            kind = packet[1] & 0x80 | out.types[packet[1] & 0x7F]
            self._write(out, packet, (kind, *place, out.ssrc))

    def _write(
        self, out: Outbound, packet: bytes, head: Head, before: bytes = b""
    ) -> None:
        """Send the payload of ``packet`` under another header, ``before`` before it."""
        if out.transport_cc:
            self._number = own = self._number + 1 & 0xFFFF
            begin = FIXED_HEADER + 8
            extension = (ONE_BYTE_HEADERS, 1, out.transport_cc << 4 | 1, own, 0)
            _NUMBERED.pack_into(COPY_VIEW, 0, 0x90, *head, *extension)
        else:
            own, begin = -1, FIXED_HEADER
            _PLAIN.pack_into(COPY_VIEW, 0, 0x80, *head)
        if before:
            COPY_VIEW[begin : begin + len(before)] = before
            begin += len(before)
        size = begin + len(packet) - FIXED_HEADER
        COPY_VIEW[begin:size] = memoryview(packet)[FIXED_HEADER:]
        self._leg.send_copy(size)
        if own >= 0:
            self._sent[own % REMEMBERED] = own, time.monotonic(), size
            self._pacer.spend(size if out.kind == "audio" or before else 0)

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
            kind = out.types.get(packet[1] & 0x7F, 0)
            again = out.rtx_types.get(kind)
            if again is None:
                head = (packet[1] & 0x80 | kind, number, timestamp, out.ssrc)
                self._write(out, packet, head)
                continue
            own = out.next_rtx_number()
            head = (packet[1] & 0x80 | again, own, timestamp, out.rtx_ssrc)
            self._write(out, packet, head, number.to_bytes(2, "big"))

    def tick(self, now: float) -> None:
        """Share the line out anew, and ask for the pictures that somebody awaits."""
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
        for out in self.outs:
            out.detach()
