"""RTP packets of one SSRC to whole frames: VP8, H.264 and Opus. Nothing is decoded.

Packets are put in order first; one that was asked for again may come a second
late. After a loss, pictures wait for the next key frame: what depends on a lost
one would only show grey blocks.
"""

import heapq
import struct
from collections.abc import Iterator, Mapping

import msgspec
from aiortc.codecs.h264 import h264_depayload
from aiortc.codecs.vpx import vp8_depayload

from signaling.media.rtp import FIXED_HEADER, BadRtp, payload_span, unwrap
from signaling.media.rtp_clock import CLOCKS, LeastDelay, Run

REORDER = 2.0
"""Seconds that a missing packet is waited for; the worker asks for 1.2."""
RECORDED = {"vp8": "video", "h264": "video", "opus": "audio"}
VP8_KEY_HEADER = 10
"""Bytes of a VP8 key frame before its data (RFC 6386 section 9.1)."""
START_CODE = b"\0\0\0\1"
IDR, SPS = 5, 7
"""Types of H.264 units: a picture that needs no other, and what decodes it."""
OPUS_SILK = (0.01, 0.02, 0.04, 0.06)
OPUS_CELT = (0.0025, 0.005, 0.01, 0.02)


class Frame(msgspec.Struct):
    """One picture or some sound, as it was sent."""

    run: Run
    at: float
    """When its last packet came."""
    stamp: int
    codec: str
    data: bytes
    key: bool


class _Packet(msgspec.Struct, order=True):
    number: int
    at: float
    stamp: int
    codec: str
    data: bytes


class Unpacker:
    """Makes frames of the packets of one SSRC."""

    def __init__(
        self, kind: str, codecs: Mapping[str, str], delays: LeastDelay
    ) -> None:
        """``codecs``: payload type -> codec."""
        self.kind = kind
        self._codecs = codecs
        self._delays = delays
        self._clock = CLOCKS[kind]
        self._waiting: list[_Packet] = []
        self._runs: dict[int, Run] = {}
        """First packet number of a run -> the run."""
        self._highest: tuple[int, int] | None = None
        self._next: int | None = None
        self._parts: list[bytes] = []
        self._first: _Packet | None = None
        """Of the picture that is being put together."""
        self._needs_key = True

    def take(self, at: float, packet: bytes) -> None:
        """Take a packet that came at ``at``; others may still come before it."""
        codec = self._codecs.get(str(packet[1] & 0x7F), "") if len(packet) > 1 else ""
        if len(packet) < FIXED_HEADER or RECORDED.get(codec) != self.kind:
            return
        number, stamp = struct.unpack_from("!HI", packet, 2)
        if self._highest is not None:
            number = unwrap(number, self._highest[0], 16)
            stamp = unwrap(stamp, self._highest[1], 32)
        if self._highest is None or number > self._highest[0]:
            self._highest = number, stamp
            self._run_of(number, at, stamp).arrived(at, stamp)
        heapq.heappush(self._waiting, _Packet(number, at, stamp, codec, packet))

    def report(self, at: float, data: bytes) -> None:
        """Take a sender report: NTP time and RTP time."""
        if self._highest is None or len(data) < 12:
            return
        ntp, raw = struct.unpack_from("!QI", data)
        run = list(self._runs.values())[-1]
        near = run.last[1] + int((at - run.last[0]) * self._clock)
        run.reported(at, ntp, unwrap(raw, near, 32))

    def frames(self, until: float) -> Iterator[Frame]:
        """Yield what is whole; holes that are older than ``until`` are given up."""
        while self._waiting:
            first = self._waiting[0]
            if self._next is not None and first.number > self._next:
                if first.at > until:
                    return
                self._spoilt()
            heapq.heappop(self._waiting)
            if self._next is None or first.number >= self._next:
                self._next = first.number + 1
                yield from self._unpack(first)

    def _run_of(self, number: int, at: float, stamp: int) -> Run:
        """Return the run of the newest packet; begin one if its clock did not go on."""
        if self._runs:
            newest = next(reversed(self._runs.values()))
            if newest.goes_on(at, stamp):
                return newest
        self._runs[number] = run = Run(self._clock, self._delays)
        return run

    def _run_at(self, number: int) -> Run:
        """Return the run of a packet; those before it are not needed any more."""
        begins = [first for first in self._runs if first <= number]
        for old in begins[:-1]:
            del self._runs[old]
        return self._runs[begins[-1]] if begins else next(iter(self._runs.values()))

    def _unpack(self, packet: _Packet) -> Iterator[Frame]:
        try:
            begin, end = payload_span(packet.data, len(packet.data))
            if begin == end:
                return
            if self.kind == "audio":
                yield self._frame(packet, packet, packet.data[begin:end], key=True)
                return
            if self._first and packet.stamp != self._first.stamp:
                yield from self._whole(packet)
            self._first = self._first or packet
            depayload = vp8_depayload if packet.codec == "vp8" else h264_depayload
            self._parts.append(depayload(packet.data[begin:end]))
        except (BadRtp, ValueError, IndexError, struct.error):
            self._spoilt()
            return
        if packet.data[1] & 0x80:
            yield from self._whole(packet)

    def _spoilt(self) -> None:
        """A part is missing: this picture, and all up to the next key frame."""
        self._parts.clear()
        self._first = None
        self._needs_key = True

    def _whole(self, last: _Packet) -> Iterator[Frame]:
        first, data = self._first, b"".join(self._parts)
        self._parts.clear()
        self._first = None
        if first is None or not data:
            return
        key = is_key(first.codec, data)
        self._needs_key = self._needs_key and not key
        if not self._needs_key:
            yield self._frame(first, last, data, key=key)

    def _frame(self, first: _Packet, last: _Packet, data: bytes, *, key: bool) -> Frame:
        run = self._run_at(first.number)
        return Frame(run, last.at, first.stamp, first.codec, data, key)


def is_key(codec: str, data: bytes) -> bool:
    """Whether decoding can begin at this picture."""
    if codec == "vp8":
        whole = len(data) >= VP8_KEY_HEADER and data[3:6] == b"\x9d\x01\x2a"
        return whole and not data[0] & 1
    kinds = {unit[0] & 0x1F for unit in data.split(START_CODE) if unit}
    return {IDR, SPS} <= kinds


def vp8_size(data: bytes) -> tuple[int, int]:
    """Return width and height that a VP8 key frame states."""
    width, height = struct.unpack_from("<HH", data, 6)
    return width & 0x3FFF, height & 0x3FFF


def opus_seconds(data: bytes) -> float:
    """Return how long an Opus packet sounds (RFC 6716 section 3.1)."""
    config, code = data[0] >> 3, data[0] & 3
    if config < 12:
        each = OPUS_SILK[config & 3]
    elif config < 16:
        each = OPUS_SILK[config & 1]
    else:
        each = OPUS_CELT[config & 3]
    count = (1, 2, 2, data[1] & 0x3F if len(data) > 1 else 1)[code]
    return min(each * max(count, 1), 0.12)
