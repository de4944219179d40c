"""What the two ends of a measured call do: send ready packets, count what comes."""

import asyncio
import dataclasses
import random
import struct
import time
from typing import Final, Protocol

from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket
from pylibsrtp import ffi, lib  # type: ignore[attr-defined]  # the raw library

from bench.light_client import AUDIO, TRANSPORT_ID, VIDEO, LightClient
from bench.packets import RATE, SAMPLES, Media
from signaling.media.rtp import payload_span, unwrap
from signaling.media.transport_cc import write_report

SAMPLE = 50
"""One packet in so many is decrypted and compared with what was sent."""
NTP_EPOCH = 2_208_988_800
CHECK_EVERY = 2.5
_FIXED = struct.Struct("!BBHII")
_HEAD = struct.Struct("!BBHIIHHBHx")
_OUT = ffi.new("char[2048]")
_OUT_VIEW = memoryview(ffi.buffer(_OUT)).cast("B")
_IN = ffi.new("char[2048]")
_IN_VIEW = memoryview(ffi.buffer(_IN)).cast("B")
_LENGTH = ffi.new("int *")


@dataclasses.dataclass(slots=True)
class Count:
    """What the clients of a run saw."""

    sent: int = 0
    received: int = 0
    lost: int = 0
    valid: int = 0
    wrong: int = 0
    late: float = 0.0
    """Seconds by which the generator itself was late at worst."""


@dataclasses.dataclass(slots=True)
class _Stream:
    kind: str
    ssrc: int
    number: int
    stamp: int
    sent: int = 0
    begin: int = 0
    """Frame that is sent first, so that cameras do not all send key frames at once."""


class Exchange(Protocol):
    """The load that an end is part of."""

    count: Count

    @property
    def media(self) -> Media:
        """What is sent."""
        ...

    def is_known(self, payload: bytes) -> bool:
        """Whether some client sent this."""
        ...


class Listener:
    """Counts what one client receives, decrypts a sample, reports arrivals."""

    def __init__(self, load: Exchange, client: LightClient) -> None:
        assert client.dtls is not None, "connected"
        assert client.dtls.receive is not None, "connected"
        self._load = load
        self.client = client
        self._socket = client.socket
        self._session = client.dtls.receive._srtp[0]
        self._highest: dict[int, int] = {}
        ids = {one.transport for one in client.lines if not one.ssrc}
        self._marks = {one << 4 | 1 for one in ids if one}
        self._arrived: list[tuple[int, int]] = []
        self._wide = 0
        self._reports = 0

    def hear(self) -> None:
        """Read what is there."""
        while True:
            try:
                size = self._socket.recv_into(_IN_VIEW)
            except BlockingIOError:
                return
            except OSError:
                continue
            if 127 < _IN_VIEW[0] < 192 and not 192 <= _IN_VIEW[1] <= 223:
                self._take(size)
            elif _IN_VIEW[0] < 4:
                self.client.hear_check(bytes(_IN_VIEW[:size]))

    def _take(self, size: int) -> None:
        count = self._load.count
        count.received += 1
        first, _, number, _, ssrc = _FIXED.unpack_from(_IN_VIEW)
        ahead = (number - self._highest.get(ssrc, number - 1)) & 0xFFFF
        if 0 < ahead < 0x8000:
            count.lost += ahead - 1
            self._highest[ssrc] = number
        if first & 0x10 and _IN_VIEW[16] in self._marks:
            wide = _IN_VIEW[17] << 8 | _IN_VIEW[18]
            self._arrived.append((wide, time.monotonic_ns() // 1000))
        if count.received % SAMPLE == 0:
            _LENGTH[0] = size
            good = lib.srtp_unprotect(self._session, _IN, _LENGTH) == 0
            if good and self._is_known(_LENGTH[0]):
                count.valid += 1
            else:
                count.wrong += 1

    def _is_known(self, size: int) -> bool:
        packet = bytes(_IN_VIEW[:size])
        begin, end = payload_span(packet, len(packet))
        return self._load.is_known(packet[begin:end])

    def report(self) -> None:
        """Report arrivals, as a browser does all the time."""
        if not self._arrived or self.client.dtls is None:
            return
        arrivals: dict[int, int] = {}
        for number, at in self._arrived:
            self._wide = unwrap(number, self._wide, 16)
            arrivals[self._wide] = at
        self._arrived.clear()
        self._reports += 1
        packet = write_report(1, next(iter(self._highest)), self._reports, arrivals)
        session = self.client.dtls.transmit
        assert session is not None, "connected"
        self.client.send(session.protect_rtcp(packet))


class Sender:
    """Sends everything of one client."""

    def __init__(self, load: Exchange, client: LightClient) -> None:
        assert client.dtls is not None, "connected"
        assert client.dtls.transmit is not None, "connected"
        self._load = load
        self.client = client
        self._session = client.dtls.transmit
        self._raw: Final = self._session._srtp[0]
        self._transport = 0
        self._streams = [
            _Stream(
                line.kind, line.ssrc, random.randrange(1000), random.getrandbits(31)
            )
            for line in client.lines
            if line.ssrc
        ]
        frames = len(load.media.video)
        for place, stream in enumerate(self._streams):
            stream.begin = (place * 7 + random.randrange(frames)) % frames
        self._audio = [one for one in self._streams if one.kind == "audio"]
        self._video = [one for one in self._streams if one.kind == "video"]
        self._sounds = self._frames = 0

    async def run(self, until: float) -> None:
        """Audio every 20 ms, a frame of video 30 times a second, reports, checks."""
        base = time.monotonic() + random.random() / 10
        report, check = base + 1, base
        while (due := base + self.next) < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic()
            self._load.count.late = max(self._load.count.late, now - due)
            self.step()
            if now > report:
                self._report(now - base)
                report += 1
            if now > check:
                self.client.check()
                check += CHECK_EVERY

    @property
    def next(self) -> float:
        """Seconds since the beginning at which the next step is due."""
        return min(self._sounds / 50, self._frames / RATE)

    def step(self) -> None:
        """Send a packet of each microphone, or a frame of each camera."""
        if self._sounds / 50 <= self._frames / RATE:
            self._sound(self._sounds)
            self._sounds += 1
        else:
            self._frame(self._frames)
            self._frames += 1

    def _sound(self, number: int) -> None:
        payload = self._load.media.audio[number % len(self._load.media.audio)]
        for stream in self._audio:
            self._send(stream, payload, number * SAMPLES, AUDIO)

    def _frame(self, number: int) -> None:
        video = self._load.media.video
        for stream in self._video:
            payloads = video[(number + stream.begin) % len(video)]
            for payload in payloads:
                marked = VIDEO | (0x80 if payload is payloads[-1] else 0)
                self._send(stream, payload, number * 90_000 // RATE, marked)

    def _send(self, stream: _Stream, payload: bytes, stamp: int, kind: int) -> None:
        self._transport = (self._transport + 1) & 0xFFFF
        _HEAD.pack_into(
            _OUT_VIEW,
            0,
            0x90,
            kind,
            stream.number,
            (stream.stamp + stamp) & 0xFFFFFFFF,
            stream.ssrc,
            0xBEDE,
            1,
            TRANSPORT_ID << 4 | 1,
            self._transport,
        )
        size = _HEAD.size + len(payload)
        _OUT_VIEW[_HEAD.size : size] = payload
        _LENGTH[0] = size
        stream.number = (stream.number + 1) & 0xFFFF
        stream.sent += 1
        if lib.srtp_protect(self._raw, _OUT, _LENGTH) == 0:
            self._load.count.sent += self.client.send(_OUT_VIEW[: _LENGTH[0]])

    def _report(self, elapsed: float) -> None:
        ntp = int((time.time() + NTP_EPOCH) * 2**32)
        for stream in self._streams:
            clock = 48_000 if stream.kind == "audio" else 90_000
            info = RtcpSenderInfo(
                ntp_timestamp=ntp,
                rtp_timestamp=(stream.stamp + int(elapsed * clock)) & 0xFFFFFFFF,
                packet_count=stream.sent,
                octet_count=0,
            )
            packet = bytes(RtcpSrPacket(ssrc=stream.ssrc, sender_info=info))
            self.client.send(self._session.protect_rtcp(packet))
