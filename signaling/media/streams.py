"""One direction of one camera or microphone, as the worker knows it."""

import collections
import dataclasses
import enum
import secrets
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signaling.media.leg import Peer

RING = {"video": 1024, "audio": 128}
"""Packets kept of a source to send again: 7 s at 1.2 Mbit/s, 2.5 s of sound."""
SOONEST = 0.03
"""Seconds until a missing packet is asked for again, at least."""
PATIENCE = {"video": 1.0, "audio": 0.3}
"""Seconds until a missing packet is given up: later it would not be played."""
BURST_LOST = {"video": 256, "audio": 16}
"""More than so many missing at once: they are not asked for."""
MOST_AGAIN = 4
"""How often one packet is sent again: answering every request once put
26 Mbit/s into a 600 kbit/s line."""
AGAIN_PAUSE = 0.06


@dataclasses.dataclass(slots=True)
class Missing:
    """A packet that has not come: since when, and when to ask again."""

    since: float
    again: float


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
        self.mark = transport_cc << 4 | 1 if transport_cc else -1
        """First byte of the extension that holds the transport-wide number."""
        self.ring_size = RING[kind]
        self.ring: list[bytes | None] = [None] * RING[kind]
        """Plain packets without extensions, by number modulo its length."""
        self.missing: dict[int, Missing] = {}
        self.expected: int | None = None
        """The number of the next packet, when nothing is lost."""
        self.in_order = 0
        """Packets in turn since the last look: ``arrived`` did not see them."""
        self.last_at = 0.0
        """When the last packet came."""
        self.last_report = 0
        self.last_report_at = 0.0
        self.asked_for_key_frame = 0.0
        self._highest = 0
        """The highest number, wraps counted."""
        self._first = 0
        self._received = 0
        self._before = (0, 0)

    @property
    def highest(self) -> int | None:
        """The highest number that has come, modulo 65536."""
        return None if self.expected is None else self.expected - 1 & 0xFFFF

    def arrived(self, number: int, now: float) -> tuple[list[int], bool]:
        """Count a packet out of turn.

        Returns which packets to ask for, and whether a key frame is due.
        """
        self.last_at = now
        highest = self.highest
        if highest is None:
            self._highest = self._first = number
            self._received = 1
            self.expected = number + 1 & 0xFFFF
            return [], self.kind == "video"
        ahead = (number - highest) & 0xFFFF
        if not 0 < ahead < 0x8000:
            # Sent again, or late: not counted, since reports tell the loss of the line.
            self.missing.pop(number, None)
            return [], False
        self._count()
        self._received += 1
        self._highest += ahead
        self.expected = number + 1 & 0xFFFF
        return ([], False) if ahead == 1 else self._gap(highest, ahead, now)

    def _count(self) -> None:
        """Take the packets in turn into account."""
        self._received += self.in_order
        self._highest += self.in_order
        self.in_order = 0

    def _gap(self, highest: int, ahead: int, now: float) -> tuple[list[int], bool]:
        if ahead > BURST_LOST[self.kind]:
            self.missing.clear()
            return [], self.kind == "video"
        lost = [(highest + step) & 0xFFFF for step in range(1, ahead)]
        again = now + self._pause()
        for one in lost:
            self.missing[one] = Missing(now, again)
        return lost, False

    def _pause(self) -> float:
        return max(SOONEST, 1.1 * self.leg.round_trip)

    def overdue(self, now: float) -> tuple[list[int], bool]:
        """Return which packets to ask for again, and whether one was given up."""
        again, gave_up = [], False
        for number, state in list(self.missing.items()):
            if now - state.since > PATIENCE[self.kind]:
                del self.missing[number]
                gave_up = True
            elif now >= state.again:
                state.again = now + self._pause()
                again.append(number)
        return sorted(again), gave_up and self.kind == "video"

    def loss_since_last(self) -> tuple[int, int, int] | None:
        """Return 256ths lost, packets lost, highest number (RFC 3550 section 6.4.1)."""
        if self.expected is None:
            return None
        self._count()
        expected = self._highest - self._first + 1
        new, got = expected - self._before[0], self._received - self._before[1]
        self._before = expected, self._received
        fraction = min(255, max(0, new - got) * 256 // new) if new > 0 else 0
        lost = max(0, expected - self._received)
        return fraction, lost, self._highest & 0xFFFFFFFF

    def forget(self) -> None:
        """Let go of the packets: the leg is closed, and they are most of its memory."""
        self.ring, self.ring_size = [None], 1

    def packet(self, number: int) -> bytes | None:
        """Return a packet that came a while ago, unless it is gone."""
        found = self.ring[number % self.ring_size]
        if found is None or found[2] << 8 | found[3] != number:
            return None
        return found


class Mode(enum.Enum):
    """How much of a video the line to its receiver can carry."""

    LIVE = "live"
    STILLS = "stills"
    """One key frame a second."""
    OFF = "off"


Span = tuple[int, int, int]
"""From which number of the source on which shifts of number and time hold."""


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
        self.transport_cc = 0
        """Identifier of the transport-wide number here; 0: not understood."""
        self.mode = Mode.LIVE
        self.waiting = True
        """Nothing is sent before the next picture that needs no other."""
        self.still: int | None = None
        """RTP time of the one picture that may pass, in ``Mode.STILLS``."""
        self.still_at = 0.0
        self.packets = self.octets = 0
        self.loss = 0.0
        """Share lost on the way to the peer, as it last reported, 0 to 1."""
        self.reports: collections.OrderedDict[int, float] = collections.OrderedDict()
        """Middle of the NTP time of reports that we passed on -> when."""
        self.last_number = -1
        """The highest number that was sent; -1 before the first packet."""
        self.last_time = 0
        self.last_at = 0.0
        self._begins = self._number_shift = self._time_shift = 0
        self._earlier: collections.deque[Span] = collections.deque(maxlen=3)
        self._same_source = False
        self._rtx_number = secrets.randbits(15)
        self._again: dict[int, tuple[float, int]] = {}

    def take_from(self, source: Inbound) -> None:
        """Receive from ``source`` from its next whole picture on."""
        self.inbound = source
        self.waiting = True
        self._same_source = False
        source.subscribers.append(self)

    def detach(self) -> None:
        """Receive from nobody, until it is subscribed again."""
        if self.inbound is not None:
            self.inbound.subscribers.remove(self)
            self.inbound = None

    def begin(self, number: int, timestamp: int, now: float) -> None:
        """Go on with packet ``number`` of the source, without a gap for the peer."""
        self.waiting = False
        if self._same_source:
            self._earlier.append((self._begins, self._number_shift, self._time_shift))
        else:
            self._earlier.clear()
        if self.last_number >= 0:
            self._number_shift = self.last_number + 1 - number & 0xFFFF
            if not self._same_source:
                clock = self.inbound.clock if self.inbound else 90_000
                gone = int((now - self.last_at) * clock)
                self._time_shift = self.last_time + gone - timestamp & 0xFFFFFFFF
        self._begins = number
        self._same_source = True

    def place(self, number: int, timestamp: int, now: float) -> tuple[int, int] | None:
        """Return number and time to send a packet with; ``None`` if it is too old."""
        ahead = number - self._begins & 0xFFFF
        if ahead > 0x4000:
            if ahead >= 0x8000:
                return None
            # Numbers wrap: what came before this span is long gone.
            self._earlier.clear()
            self._begins = number - 0x2000 & 0xFFFF
        out = number + self._number_shift & 0xFFFF
        when = timestamp + self._time_shift & 0xFFFFFFFF
        if self.last_number < 0 or 0 < out - self.last_number & 0xFFFF < 0x8000:
            self.last_number, self.last_time, self.last_at = out, when, now
        return out, when

    def report_time(self, timestamp: int) -> int | None:
        """Return the RTP time of a sender report as the peer must see it."""
        if self.last_number < 0:
            return None
        return timestamp + self._time_shift & 0xFFFFFFFF

    def lost(self, out_number: int, now: float) -> tuple[bytes, int] | None:
        """Return the packet and the RTP time to send again; ``None`` if it is gone.

        At most ``MOST_AGAIN`` times, ``AGAIN_PAUSE`` apart.
        """
        sent_at, times = self._again.get(out_number, (0.0, 0))
        if now - sent_at < AGAIN_PAUSE or times >= MOST_AGAIN:
            return None
        now_span = self._begins, self._number_shift, self._time_shift
        for begins, number_shift, time_shift in (now_span, *reversed(self._earlier)):
            number = (out_number - number_shift) & 0xFFFF
            if (number - begins) & 0xFFFF < 0x8000 and self.inbound is not None:
                packet = self.inbound.packet(number)
                if packet is None:
                    return None
                if len(self._again) > 1024:
                    self._again.clear()
                self._again[out_number] = now, times + 1
                (stamp,) = struct.unpack_from("!I", packet, 4)
                return packet, (stamp + time_shift) & 0xFFFFFFFF
        return None

    def next_rtx_number(self) -> int:
        """Return the number of the next packet of the retransmission stream."""
        self._rtx_number = (self._rtx_number + 1) & 0xFFFF
        return self._rtx_number
