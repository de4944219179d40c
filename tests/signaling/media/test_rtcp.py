"""RTCP of strangers and of peers: read, or dropped; never a fall."""

import struct

import pytest
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from signaling.media import transport_cc
from signaling.media.port import RTP_VIEW
from signaling.media.rtcp import NO_LIMIT, Feedback
from signaling.media.rtp import split_reports
from signaling.media.sdp import Codec
from signaling.media.streams import Inbound, Outbound
from signaling.media.transport_cc import BadReport, read_report, write_report
from signaling.media.uplink import Uplink

MIDDLE_OF_NTP = 0x11112222


class Quiet:
    """A peer whose packets are remembered and go nowhere."""

    def __init__(self) -> None:
        self.ready = True
        self.round_trip = 0.1
        self.codecs = {96: Codec(96, "vp8", 90_000), 97: Codec(97, "rtx", 90_000, 96)}
        self.sent: list[object] = []
        self.by_own_ssrc: dict[int, Outbound] = {}
        self.uplink = Uplink(self)  # type: ignore[arg-type]  # all it uses
        self.downlink = self
        self.feedback = Feedback(self)  # type: ignore[arg-type]  # all it uses

    def on_report(self, data: bytes, now: float) -> None:
        read_report(data)

    def send_rtcp(self, packet: object) -> None:
        self.sent.append(packet)

    def hear(self, packet: bytes) -> None:
        RTP_VIEW[: len(packet)] = packet
        self.uplink.on_rtp(len(packet))

    def camera(self) -> Inbound:
        stream = Inbound(self, "video", 3)  # type: ignore[arg-type]  # all it uses
        stream.ssrc = 7
        self.uplink.streams.append(stream)
        self.uplink.by_ssrc[7] = stream
        return stream


@given(st.dictionaries(st.integers(0, 5000), st.integers(0, 10**7), min_size=1))
def test_a_report_says_what_was_reported(arrivals: dict[int, int]) -> None:
    data = write_report(1, 2, 3, arrivals)

    told = read_report(data)

    assert len(data) == 4 * (struct.unpack_from("!H", data, 2)[0] + 1)
    assert len(told) == max(arrivals) - min(arrivals) + 1
    came = {
        min(arrivals) + place for place, (_, at) in enumerate(told) if at is not None
    }
    assert came == set(arrivals)


@given(st.lists(st.integers(0, 400), min_size=2, max_size=300))
def test_times_of_arrival_are_told_to_a_quarter_of_a_millisecond(
    gaps: list[int],
) -> None:
    clock, arrivals = 5_000_000, {}
    for number, gap in enumerate(gaps):
        clock += gap * 100
        arrivals[number] = clock

    told = [at for _, at in read_report(write_report(1, 2, 0, arrivals))]

    assert all(
        at is not None and 0 <= true - at < transport_cc.TICK_US
        for at, true in zip(told, arrivals.values(), strict=True)
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_a_report_or_refused(data: bytes) -> None:
    try:
        told = read_report(data)
    except BadReport:
        return
    assert len(told) <= transport_cc.MOST_PACKETS


@given(st.binary(max_size=400))
def test_any_bytes_are_rtcp_or_dropped(data: bytes) -> None:
    split_reports(data)
    Quiet().feedback.hear(data)


@given(
    st.sampled_from([200, 201, 205, 206]),
    st.integers(0, 31),
    st.binary(max_size=120).map(lambda body: body + bytes(-len(body) % 4)),
)
def test_any_body_under_a_true_header_is_read_or_dropped(
    kind: int, count: int, body: bytes
) -> None:
    head = struct.pack("!BBH", 0x80 | count, kind, len(body) // 4)

    Quiet().feedback.hear(head + body)


def test_the_round_trip_is_learnt_from_the_peers_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peer, now = Quiet(), 100.0
    monkeypatch.setattr("signaling.media.rtcp.time.monotonic", lambda: now)
    out = Outbound(peer, "video", "clerk", "1")  # type: ignore[arg-type]
    out.reports[MIDDLE_OF_NTP] = now - 0.75
    peer.by_own_ssrc[out.ssrc] = out
    info = RtcpReceiverInfo(out.ssrc, 26, 3, 9, 0, MIDDLE_OF_NTP, int(0.25 * 65536))

    for _ in range(30):
        peer.feedback.hear(bytes(RtcpRrPacket(ssrc=1, reports=[info])))

    assert peer.round_trip == pytest.approx(0.5, abs=0.01)
    assert out.loss == pytest.approx(0.1, abs=0.01)


def test_sound_and_picture_stay_together_in_the_senders_clock_that_is_passed_on() -> (
    None
):
    sender, receiver = Quiet(), Quiet()
    camera = sender.camera()
    out = Outbound(receiver, "video", "clerk", "1")  # type: ignore[arg-type]
    out.take_from(camera)
    out.begin(1, 90_000, now=0.0)
    out.place(1, 90_000, now=0.0)
    out.detach()
    out.take_from(camera)
    out.begin(1000, 5_000_000, now=2.0)
    _, shown = out.place(1000, 5_000_000, now=2.0) or (0, 0)
    info = RtcpSenderInfo(
        ntp_timestamp=1 << 40, rtp_timestamp=5_009_000, packet_count=1, octet_count=1
    )

    sender.feedback.hear(bytes(RtcpSrPacket(ssrc=7, sender_info=info)))

    [told] = receiver.sent
    assert isinstance(told, RtcpSrPacket)
    assert told.sender_info.ntp_timestamp == 1 << 40
    assert told.sender_info.rtp_timestamp - shown == 9000


def test_a_limit_is_told_when_it_changes_and_once_when_it_ends() -> None:
    peer = Quiet()
    peer.camera()

    for second, rate in enumerate([None, 300e3, 301e3, 200e3, None, None]):
        peer.feedback.cap(rate, 0.4 * second)

    told = [one for one in peer.sent if isinstance(one, RtcpPsfbPacket)]
    assert {one.fmt for one in told} == {RTCP_PSFB_APP}
    limits = [unpack_remb_fci(one.fci)[0] for one in told]
    wanted = [300_000, 200_000, NO_LIMIT]
    assert limits == [pytest.approx(one, rel=0.01) for one in wanted]


def test_a_packet_that_measures_the_line_is_passed_on_once() -> None:
    peer, passed = Quiet(), list[bytes]()
    camera = peer.camera()
    camera.journal = lambda _kind, packet: passed.append(packet)

    # Browsers send what has long arrived again, to see what a line carries.
    for number in (100, 100, 102, 101, 100, 101, 102, 103):
        peer.hear(struct.pack("!BBHII", 0x80, 96, number, 9, 7) + b"picture")

    assert [packet[2] << 8 | packet[3] for packet in passed] == [100, 102, 101, 103]
