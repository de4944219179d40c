"""RTP and STUN: bytes of strangers."""

import struct

from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from signaling.media import rtp, transport_cc
from signaling.media.streams import Inbound
from signaling.media.stun import read_check


def a_packet(number: int = 7, payload: bytes = b"payload") -> bytes:
    packet = RtpPacket(payload_type=96, sequence_number=number, timestamp=9000, ssrc=5)
    packet.payload = payload
    return bytes(packet.serialize())


@given(st.binary(min_size=12, max_size=200))
def test_any_bytes_are_a_packet_or_an_error(data: bytes) -> None:
    view = memoryview(bytearray(data))
    rtp.transport_number(view, 3)
    try:
        begin, end = rtp.payload_span(data, len(data))
    except rtp.BadRtp:
        return
    assert 12 <= begin <= end <= len(data)
    assert rtp.without_extensions(view, begin, end)[12:] == data[begin:end]


@given(st.binary(max_size=700))
def test_any_bytes_are_a_check_or_nothing(data: bytes) -> None:
    assert read_check(data) is None or data[:2] == b"\0\1"


@given(st.dictionaries(st.integers(0, 300), st.integers(0, 10**7), min_size=1))
def test_feedback_is_whole_words_and_names_its_first_packet(
    arrivals: dict[int, int],
) -> None:
    data = transport_cc.write_report(1, 2, 3, arrivals)

    words, first = (
        struct.unpack_from("!H", data, 2)[0],
        struct.unpack_from("!H", data, 12)[0],
    )
    assert len(data) == 4 * (words + 1)
    assert first == min(arrivals)


class NearPeer:
    """A peer that is 50 ms away."""

    round_trip = 0.05


def test_a_missing_packet_is_asked_for_every_round_trip_until_it_is_given_up() -> None:
    stream = Inbound(NearPeer(), "video", 0)  # type: ignore[arg-type]  # all it uses
    for number in (1, 2, 5):
        lost, _ = stream.arrived(number, now=0.0)
    assert lost == [3, 4]
    stream.arrived(4, now=0.01)

    asked, now, gave_up = 0, 0.0, False
    while stream.missing:
        now += 0.06
        again, gave_up = stream.overdue(now)
        asked += len(again)

    assert asked == 16
    assert 1.0 < now < 1.1
    assert gave_up, "a key frame is asked for"


def test_lost_sound_is_asked_for_but_not_for_long() -> None:
    stream = Inbound(NearPeer(), "audio", 0)  # type: ignore[arg-type]  # all it uses
    stream.arrived(10, now=0.0)
    lost, key_frame = stream.arrived(12, now=0.02)
    assert (lost, key_frame) == ([11], False)

    assert stream.overdue(0.1) == ([11], False)
    assert stream.overdue(0.4) == ([], False)
    assert not stream.missing
