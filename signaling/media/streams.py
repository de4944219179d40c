"""One direction of one camera or microphone, as the worker knows it."""

import dataclasses
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from signaling.media import rtp

if TYPE_CHECKING:
    from signaling.media.leg import Peer

HISTORY = 1024
"""Packets kept of an outgoing video for retransmission: about 7 s at 1.2 Mbit/s."""
NACK_AGAIN = 0.08
"""Seconds until a missing packet is asked for again; grows with each try."""
NACK_TRIES = 5
BURST_LOST = 256
"""More than this many packets missing at once: ask for a key frame instead."""


@dataclasses.dataclass(slots=True)
class Missing:
    """A packet that has not come: when to ask again, and how often we did."""

    again: float
    tries: int = 1


class Inbound:
    """A stream that somebody sends us."""

    def __init__(self, leg: "Peer", kind: str, transport_cc: int) -> None:
        self.leg = leg
        self.kind = kind
        self.transport_cc = transport_cc
        self.clock = 90_000 if kind == "video" else 48_000
        self.ssrc: int | None = None
        self.subscribers: list[Outbound] = []
        self.journal: Callable[[int, bytes], None] | None = None
        self.missing: dict[int, Missing] = {}
        self.highest: int | None = None
        self.cycles = 0
        self.first = 0
        self.received = 0
        self.last_report = 0
        self.last_report_at = 0.0
        self.asked_for_key_frame = 0.0
        self._before = (0, 0)

    def arrived(self, number: int, now: float) -> tuple[list[int], bool]:
        """Count a packet; return which to ask for, and whether a key frame is due."""
        self.received += 1
        highest = self.highest
        if highest is None:
            self.highest = self.first = number
            return [], False
        ahead = (number - highest) & 0xFFFF
        if not 0 < ahead < 0x8000:
            self.missing.pop(number, None)
            return [], False
        if number < highest:
            self.cycles += 0x10000
        self.highest = number
        if ahead == 1 or self.kind != "video":
            return [], False
        if ahead > BURST_LOST:
            self.missing.clear()
            return [], True
        lost = [(highest + step) & 0xFFFF for step in range(1, ahead)]
        for one in lost:
            self.missing[one] = Missing(now + NACK_AGAIN)
        return lost, False

    def overdue(self, now: float) -> tuple[list[int], bool]:
        """Return which packets to ask for again, and whether one was given up."""
        again, gave_up = [], False
        for number, state in list(self.missing.items()):
            if now < state.again:
                continue
            if state.tries >= NACK_TRIES:
                del self.missing[number]
                gave_up = True
                continue
            state.tries += 1
            state.again = now + NACK_AGAIN * state.tries
            again.append(number)
        return sorted(again), gave_up

    def loss_since_last(self) -> tuple[int, int, int] | None:
        """Return 256ths lost, packets lost, highest number (RFC 3550 section 6.4.1)."""
        if self.highest is None:
            return None
        expected = self.cycles + self.highest - self.first + 1
        new, got = expected - self._before[0], self.received - self._before[1]
        self._before = expected, self.received
        fraction = min(255, max(0, new - got) * 256 // new) if new > 0 else 0
        lost = max(0, expected - self.received)
        return fraction, lost, (self.cycles + self.highest) & 0xFFFFFFFF


class Outbound:
    """A stream that we send to somebody; its numbers go on when the source changes."""

    def __init__(self, leg: "Peer", kind: str, source: str, mid: str) -> None:
        self.leg = leg
        self.kind = kind
        self.source = source
        """Which inbound stream it wants: the other leg's name."""
        self.mid = mid
        self.ssrc = secrets.randbits(31) | 1
        self.rtx_ssrc = secrets.randbits(31) | 1
        self.inbound: Inbound | None = None
        self.types: dict[int, int] = {}
        """Payload type of the source -> payload type of this leg."""
        self.rtx_types: dict[int, int] = {}
        self.number_shift = 0
        self.time_shift = 0
        self.switching = True
        self._last: tuple[int, int, float] | None = None
        self._history: list[bytes | None] = [None] * HISTORY if kind == "video" else []
        self._rtx_number = secrets.randbits(15)
        self._resent: dict[int, tuple[float, int]] = {}

    def detach(self) -> None:
        """Receive from nobody, until it is subscribed again."""
        if self.inbound is not None:
            self.inbound.subscribers.remove(self)
            self.inbound = None

    def renumber(self, number: int, timestamp: int) -> tuple[int, int]:
        """Return the outgoing sequence number and timestamp for a source's."""
        if self.switching:
            self._switch(number, timestamp)
        out = (number + self.number_shift) & 0xFFFF
        when = (timestamp + self.time_shift) & 0xFFFFFFFF
        if self._last is None or 0 < (out - self._last[0]) & 0xFFFF < 0x8000:
            self._last = out, when, time.monotonic()
        return out, when

    def keep(self, number: int, packet: bytes) -> None:
        """Remember a sent packet for retransmission."""
        if self._history:
            self._history[number % HISTORY] = packet

    def retransmission(self, number: int, now: float) -> bytes | None:
        """Return the RTX packet for a lost one, unless it is gone or sent enough.

        Answering every request once put 26 Mbit/s into a 600 kbit/s line, so a
        packet is resent at most four times, 60 ms apart.
        """
        packet = self._history[number % HISTORY] if self._history else None
        if packet is None or int.from_bytes(packet[2:4], "big") != number:
            return None
        sent_at, times = self._resent.get(number, (0.0, 0))
        if now - sent_at < 0.06 or times >= 4:
            return None
        if len(self._resent) > 2 * HISTORY:
            self._resent.clear()
        self._resent[number] = now, times + 1
        kind = self.rtx_types.get(packet[1] & 0x7F)
        if kind is None:
            return packet
        self._rtx_number = (self._rtx_number + 1) & 0xFFFF
        return rtp.as_retransmission(packet, self.rtx_ssrc, kind, self._rtx_number)

    def _switch(self, number: int, timestamp: int) -> None:
        self.switching = False
        if self._last is None or self.inbound is None:
            return
        last_number, last_time, at = self._last
        gone = int((time.monotonic() - at) * self.inbound.clock)
        self.number_shift = (last_number + 1 - number) & 0xFFFF
        self.time_shift = (last_time + gone - timestamp) & 0xFFFFFFFF
