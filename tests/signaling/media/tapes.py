"""Journals of calls that never were: flashes and beeps at every full second.

Time is said, not waited for. A sender has its own clock and its own RTP times;
what it sends at second 3.0 of its life flashes and beeps.
"""

import dataclasses
import fractions
import functools
import random
import re
import struct
from pathlib import Path

import av
import msgspec
import numpy as np
from aiortc.rtp import RtpPacket
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signaling.media.journal_file import ENDING, Header, Kind, pack_record, seal_block
from signaling.media.rtp_clock import CLOCKS, NTP_TO_UNIX

NOON = 1_795_000_000.0
LOOP = 2.0
FPS = 15
SIZE = (320, 180)
FLASH = 0.2
LARGEST_PAYLOAD = 1100
TYPES = {"vp8": 96, "h264": 102, "opus": 111}
ENCODERS = {"vp8": "libvpx", "h264": "libx264"}
QUICK = {
    "vp8": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"},
    "h264": {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"},
}


@functools.cache
def pictures(codec: str, size: tuple[int, int]) -> list[bytes]:
    """Two seconds of pictures that are white for 0.2 s at each second, else grey."""
    encoder = av.CodecContext.create(ENCODERS[codec], "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = fractions.Fraction(1, FPS)
    encoder.bit_rate, encoder.gop_size = 300_000, 1000
    encoder.options = dict(QUICK[codec])
    found = []
    for number in range(int(LOOP * FPS)):
        white = (number / FPS) % 1.0 < FLASH
        grey = np.full((size[1], size[0], 3), 250 if white else 60, np.uint8)
        grey[: size[1] // 4] = (number * 7) % 120
        frame = av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format="yuv420p")
        frame.pts = number
        found += [bytes(packet) for packet in encoder.encode(frame)]
    found += [bytes(packet) for packet in encoder.encode(None)]
    assert len(found) == LOOP * FPS
    return found


@functools.cache
def sounds() -> list[bytes]:
    """Two seconds of Opus that beeps for 0.2 s at each second."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout = 48_000, "stereo"
    encoder.format, encoder.bit_rate = "s16", 48_000
    found = []
    for number in range(int(LOOP / 0.02)):
        time = number * 0.02 + np.arange(960) / 48_000
        wave = np.where(time % 1.0 < FLASH, np.sin(2 * np.pi * 1000 * time), 0.0)
        samples = np.repeat((wave * 12_000).astype(np.int16), 2)[None, :]
        frame = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
        frame.sample_rate, frame.pts = 48_000, number * 960
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return found


def payloads(codec: str, frame: bytes) -> list[bytes]:
    """Return the RTP payloads of a frame (RFC 7741, RFC 6184)."""
    if codec == "h264":
        units = re.split(b"\0*\0\0\1", frame)[1:]
        return [part for unit in units for part in _parts(unit)]
    cut = range(0, len(frame), LARGEST_PAYLOAD)
    return [(b"\0" if n else b"\x10") + frame[n : n + LARGEST_PAYLOAD] for n in cut]


def _parts(unit: bytes) -> list[bytes]:
    if len(unit) <= LARGEST_PAYLOAD:
        return [unit]
    found, rest = [], unit[1:]
    cut = range(0, len(rest), LARGEST_PAYLOAD)
    for n in cut:
        ends = 0x40 if n + LARGEST_PAYLOAD >= len(rest) else 0
        head = bytes([unit[0] & 0xE0 | 28, (0x80 if n == 0 else ends) | unit[0] & 0x1F])
        found.append(head + rest[n : n + LARGEST_PAYLOAD])
    return found


@dataclasses.dataclass
class Tape:
    """One journal file that a test writes."""

    folder: Path
    leg: str
    codec: str
    key: bytes
    opened: float
    connection: int = 1
    delay: float = 0.04
    skew: float = 5000.0
    """Seconds that the sender's own clock is ahead of ours."""
    size: tuple[int, int] = SIZE
    reports_every: float = 1.0
    drift: float = 0.0
    """How much faster the RTP clock runs than it should."""

    def __post_init__(self) -> None:
        self.kind = "audio" if self.codec == "opus" else "video"
        self._random = random.Random(f"{self.leg} {self.codec} {self.opened}")
        self._ssrc = self._random.getrandbits(32)
        self._number = self._random.getrandbits(16)
        self._base = self._random.getrandbits(32)
        self._block: list[bytes] = []
        self._from = self.opened
        wall = int((NOON + self.opened) * 1e9)
        name = f"{self.leg}-{self.kind}-{wall}-{self._ssrc}{ENDING}"
        self.path = self.folder / name
        codecs = {str(number): codec for codec, number in TYPES.items()}
        header = Header(
            self.folder.name, self.leg, self.kind, codecs, self.connection, wall, wall
        )
        head = msgspec.json.encode(header)
        self._about = name.encode() + head
        self.folder.mkdir(exist_ok=True)
        self.path.write_bytes(head + b"\n")

    def send(self, begin: float, end: float, lost: float = 0.0) -> "Tape":
        """Send what is seen or heard from ``begin`` to ``end``; lose a share of it."""
        every = 0.02 if self.kind == "audio" else 1 / FPS
        material = sounds() if self.codec == "opus" else pictures(self.codec, self.size)
        report = begin
        self._from = self._from if self._block else begin
        for number in range(round(begin / every), round(end / every)):
            at = number * every
            if at >= report:
                self._report(at)
                report += self.reports_every
            parts = [material[number % len(material)]]
            if self.kind == "video":
                parts = payloads(self.codec, parts[0])
            for place, part in enumerate(parts):
                kept = self._random.random() >= lost
                self._packet(at, part, last=place == len(parts) - 1, kept=kept)
        return self

    def stood_still(self, seconds: float) -> None:
        """The sender's RTP clock did not go on, as when a device is unplugged."""
        self._base -= round(seconds * CLOCKS[self.kind])

    def junk(self, at: float, codec: str, payload: bytes, stamp: int) -> None:
        """Send something that no browser would."""
        self._number = (self._number + 1) & 0xFFFF
        packet = RtpPacket(
            payload_type=TYPES[codec],
            marker=stamp & 1,
            sequence_number=self._number,
            timestamp=stamp,
            ssrc=self._ssrc,
            payload=payload,
        )
        self._record(Kind.PACKET, at, bytes(packet.serialize()))
        self._record(Kind.REPORT, at, struct.pack("!QI", stamp**2, stamp))

    def close(self) -> None:
        """End the file as the worker does when a leg goes."""
        last = self._from if not self._block else self._last
        self._record(Kind.CLOSED, last, b"")
        self.flush()

    def flush(self) -> None:
        """Write what has come as a block."""
        sealed = seal_block(AESGCM(self.key), self._about, b"".join(self._block))
        with self.path.open("ab") as file:
            file.write(sealed)
        self._block.clear()

    def _stamp(self, at: float) -> int:
        clock = CLOCKS[self.kind] * (1 + self.drift)
        return (self._base + round(at * clock)) & 0xFFFFFFFF

    def _packet(self, at: float, payload: bytes, *, last: bool, kept: bool) -> None:
        self._number = (self._number + 1) & 0xFFFF
        packet = RtpPacket(
            payload_type=TYPES[self.codec],
            marker=int(last),
            sequence_number=self._number,
            timestamp=self._stamp(at),
            ssrc=self._ssrc,
            payload=payload,
        )
        if kept:
            jitter = self._random.random() * 0.02
            self._record(Kind.PACKET, at + jitter, bytes(packet.serialize()))

    def _report(self, at: float) -> None:
        ntp = int((NOON + self.skew + at + NTP_TO_UNIX) * 2**32)
        self._record(Kind.REPORT, at, struct.pack("!QI", ntp, self._stamp(at)))

    def _record(self, kind: Kind, at: float, data: bytes) -> None:
        self._last = at
        came = NOON + at + (self.delay if kind != Kind.CLOSED else 0.0)
        self._block.append(pack_record(kind, int(came * 1e9), data))
        if at - self._from > 0.4:
            self.flush()
            self._from = at
