"""What leaves for one peer: how often, how much, and in which order."""

import itertools
import struct
from collections.abc import Iterator

import pytest

from signaling.media.downlink import AGAIN_BURST, Downlink
from signaling.media.port import COPY_VIEW
from signaling.media.sdp import Codec
from signaling.media.streams import MOST_AGAIN, Inbound, Mode, Outbound

KEY = b"\x10\x00"
DELTA = b"\x10\x01"
"""VP8 payloads of one packet (RFC 7741 section 4.2)."""


class Sent:
    """A peer that remembers what was sent to it."""

    def __init__(self) -> None:
        self.ready = True
        self.round_trip = 0.05
        self.codecs = {96: Codec(96, "vp8", 90_000), 111: Codec(111, "opus", 48_000)}
        self.packets: list[bytes] = []
        self.asked = 0
        self.feedback = self

    def codec_name(self, kind: int) -> str:
        return self.codecs[kind].name

    def ask_for_key_frame(self, source: Inbound) -> None:
        self.asked += 1

    def send_copy(self, size: int) -> None:
        self.packets.append(bytes(COPY_VIEW[:size]))

    def numbers(self) -> list[int]:
        return [struct.unpack_from("!H", one, 2)[0] for one in self.packets]


class Setting:
    """One video and one sound on their way to a peer."""

    def __init__(self) -> None:
        self.peer = Sent()
        self.downlink = Downlink(self.peer)  # type: ignore[arg-type]  # all it uses
        self.video, self.sound = self._stream("video", 96), self._stream("audio", 111)
        self.now = 100.0

    def _stream(self, kind: str, type_: int) -> Outbound:
        out = Outbound(self.peer, kind, "clerk", kind)  # type: ignore[arg-type]
        out.types = {type_: type_}
        out.transport_cc = 3
        out.take_from(Inbound(self.peer, kind, 0))  # type: ignore[arg-type]
        self.downlink.outs.append(out)
        return out

    def offer(self, number: int, payload: bytes, out: Outbound | None = None) -> None:
        out = out or self.video
        source = out.inbound
        assert source is not None
        kind = 96 if out.kind == "video" else 111
        packet = struct.pack("!BBHII", 0x80, kind, number, number * 3000, 7) + payload
        source.arrived(number, self.now)
        source.ring[number % source.ring_size] = packet
        self.downlink.offer(out, packet, number, number * 3000, self.now)

    def narrow(self, rate: float) -> None:
        self.downlink.estimate.rate = rate
        self.downlink._pacer.rate = rate


@pytest.fixture
async def setting() -> Iterator[Setting]:  # type: ignore[misc]  # the loop of the pacer
    made = Setting()
    yield made
    made.downlink.stop()


async def test_pictures_begin_with_a_whole_one_and_are_numbered_without_a_gap(
    setting: Setting,
) -> None:
    for number, payload in enumerate([DELTA, DELTA, KEY, DELTA], start=500):
        setting.offer(number, payload)

    first, second = setting.peer.numbers()
    assert second == first + 1
    wide = [struct.unpack_from("!BH", one, 16) for one in setting.peer.packets]
    assert wide == [(3 << 4 | 1, 1), (3 << 4 | 1, 2)]


async def test_a_source_that_pauses_leaves_no_gap(setting: Setting) -> None:
    setting.offer(10, KEY)
    setting.offer(11, DELTA)
    setting.video.mode, setting.video.waiting = Mode.OFF, True
    setting.offer(12, DELTA)
    setting.video.mode = Mode.LIVE
    setting.offer(13, DELTA)
    setting.offer(14, KEY)
    setting.offer(15, DELTA)

    first = setting.peer.numbers()[0]
    assert setting.peer.numbers() == [first, first + 1, first + 2, first + 3]


async def test_numbers_go_on_for_hours(setting: Setting) -> None:
    for number in range(3 * 65536):
        setting.offer(number & 0xFFFF, KEY if number == 0 else DELTA)

    numbers = setting.peer.numbers()
    assert len(numbers) == 3 * 65536
    steps = {b - a & 0xFFFF for a, b in itertools.pairwise(numbers)}
    assert steps == {1}


async def test_a_lost_packet_is_sent_again_four_times_at_most(setting: Setting) -> None:
    setting.offer(10, KEY)
    setting.video.rtx_types = {96: 97}
    [number] = setting.peer.numbers()

    for try_ in range(20):
        setting.downlink.on_nack(setting.video, [number], 200.0 + try_)

    again = setting.peer.packets[1:]
    assert len(again) == MOST_AGAIN
    assert {one[1] & 0x7F for one in again} == {97}
    assert {struct.unpack_from("!H", one, 20)[0] for one in again} == {number}


async def test_a_peer_that_misses_everything_does_not_fill_the_line(
    setting: Setting,
) -> None:
    setting.offer(0, KEY)
    for number in range(1, 900):
        setting.offer(number, DELTA + bytes(1000))
    setting.narrow(500e3)
    asked = setting.peer.numbers()
    before = len(setting.peer.packets)

    for tenth in range(10):
        setting.downlink.on_nack(setting.video, asked, 300.0 + tenth / 10)

    again = sum(len(one) * 8 for one in setting.peer.packets[before:])
    assert 0 < again < AGAIN_BURST + 0.25 * 500e3 + 10_000


async def test_sound_passes_while_pictures_wait(setting: Setting) -> None:
    setting.narrow(100e3)
    setting.offer(0, KEY + bytes(1000))
    for number in range(1, 5):
        setting.offer(number, DELTA + bytes(1000))
    setting.offer(0, b"sound", setting.sound)

    assert [one[1] & 0x7F for one in setting.peer.packets] == [111]


async def test_pictures_that_would_wait_too_long_give_way_to_the_next_whole_one(
    setting: Setting,
) -> None:
    setting.narrow(100e3)
    setting.offer(0, KEY + bytes(1000))
    for number in range(1, 20):
        setting.offer(number, DELTA + bytes(1000))

    assert setting.downlink.thrown_away > 0
    assert setting.video.waiting
    setting.downlink.tick(setting.now)
    assert setting.peer.asked == 1


async def test_a_narrow_line_gets_one_picture_a_second(setting: Setting) -> None:
    setting.narrow(110e3)
    setting.downlink.tick(setting.now)
    assert setting.video.mode is Mode.STILLS
    setting.downlink._pacer.rate = None  # what leaves is looked at, not when

    for number in range(100):
        setting.now += 0.04
        setting.offer(number, KEY if number % 5 == 0 else DELTA)

    assert len(setting.peer.packets) == 4
