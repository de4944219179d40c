"""RTCP of one leg: what it asks for, what it is asked for, what it reports."""

import secrets
import struct
import time
from typing import TYPE_CHECKING

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    pack_remb_fci,
)

from signaling.media import rtp, transport_cc
from signaling.media.streams import Inbound, Outbound

if TYPE_CHECKING:
    from signaling.media.leg import Peer

KEY_FRAME_EVERY = 2.0
"""Seconds between key frames of a recorded video: replay seeks to one of them."""
KEY_FRAME_PAUSE = 0.1
"""Seconds in which a second request for a key frame is not passed on."""
LARGEST_FEEDBACK = 1200
REPORTS_KEPT = 16
"""Sender reports whose answer is awaited, per stream."""
NO_LIMIT = 20_000_000
CAP_STEP = 0.05
"""A limit is told again when it changed by so much of itself."""


class Feedback:
    """Everything of a leg that goes over RTCP."""

    def __init__(self, leg: "Peer") -> None:
        self._leg = leg
        self._own_ssrc = secrets.randbits(31) | 1
        self._last_number = 0
        self._feedbacks = 0
        self.loss_up = 0.0
        """Share lost on the way from the peer in the last second, 0 to 1."""
        self._cap: float | None = None
        self._capped_at = 0.0

    def tick(self, now: float) -> None:
        """Send what is due: transport feedback, NACKs, key frame requests."""
        if self._leg.uplink.arrivals:
            self._send_feedback()
        for stream in self._leg.uplink.streams:
            again, gave_up = stream.overdue(now)
            if again:
                self.ask_again(stream, again)
            old = now - stream.asked_for_key_frame > KEY_FRAME_EVERY
            if gave_up or (stream.journal is not None and old):
                self.ask_for_key_frame(stream)

    def ask_for_key_frame(self, stream: Inbound) -> None:
        """Send a PLI (RFC 4585 section 6.3.1), unless one is under way."""
        now = time.monotonic()
        recent = now - stream.asked_for_key_frame < KEY_FRAME_PAUSE
        if (
            stream.kind != "video"
            or stream.ssrc is None
            or recent
            or not self._leg.ready
        ):
            return
        stream.asked_for_key_frame = now
        self._leg.send_rtcp(
            RtcpPsfbPacket(
                fmt=RTCP_PSFB_PLI, ssrc=self._own_ssrc, media_ssrc=stream.ssrc
            )
        )

    def ask_again(self, stream: Inbound, numbers: list[int]) -> None:
        """Send a NACK (RFC 4585 section 6.2.1)."""
        if stream.ssrc is not None:
            packet = RtcpRtpfbPacket(
                fmt=RTCP_RTPFB_NACK, ssrc=self._own_ssrc, media_ssrc=stream.ssrc
            )
            packet.lost = numbers
            self._leg.send_rtcp(packet)

    def cap(self, rate: float | None, now: float) -> None:
        """Let the peer send at most ``rate`` bits per second, or as it likes.

        A browser keeps to a REMB (draft-alvestrand-rmcat-remb-03) also where it
        makes its own estimate from our reports.
        """
        if rate is None and self._cap is None:
            return
        videos = [s.ssrc for s in self._leg.uplink.streams if s.kind == "video"]
        ssrcs = [ssrc for ssrc in videos if ssrc is not None]
        same = rate and self._cap and abs(rate / self._cap - 1) < CAP_STEP
        if not ssrcs or (same and now - self._capped_at < 1.0):
            return
        self._cap, self._capped_at = rate, now
        self._leg.send_rtcp(
            RtcpPsfbPacket(
                fmt=RTCP_PSFB_APP,
                ssrc=self._own_ssrc,
                media_ssrc=0,
                fci=pack_remb_fci(int(rate or NO_LIMIT), ssrcs),
            )
        )

    def hear(self, data: bytes) -> None:
        """Take one decrypted RTCP compound packet; what is malformed is dropped."""
        now = time.monotonic()
        try:
            reports, rest = rtp.split_reports(data)
            for report in reports:
                self._leg.downlink.on_report(report, now)
            packets = RtcpPacket.parse(rest) if rest else []
        except (ValueError, struct.error, IndexError, transport_cc.BadReport):
            return
        for packet in packets:
            self._on_packet(packet, now)

    def _on_packet(self, packet: AnyRtcpPacket, now: float) -> None:
        match packet:
            case RtcpSrPacket():
                self._on_sender_report(packet, now)
                self._on_reports(packet.reports, now)
            case RtcpRrPacket():
                self._on_reports(packet.reports, now)
            case RtcpRtpfbPacket(fmt=1):
                out = self._leg.by_own_ssrc.get(packet.media_ssrc)
                if out is not None:
                    self._leg.downlink.on_nack(out, packet.lost, now)
            case RtcpPsfbPacket():
                self._on_key_frame_request(packet)
            case _:
                pass

    def _on_sender_report(self, packet: RtcpSrPacket, now: float) -> None:
        stream = self._leg.uplink.by_ssrc.get(packet.ssrc)
        if stream is None or stream.ssrc != packet.ssrc:
            return
        info = packet.sender_info
        stream.last_report = info.ntp_timestamp >> 16 & 0xFFFFFFFF
        stream.last_report_at = now
        if stream.journal is not None:
            stream.journal(
                1, struct.pack("!QI", info.ntp_timestamp, info.rtp_timestamp)
            )
        for out in stream.subscribers:
            self._pass_on(info, out, now)

    def _pass_on(self, info: RtcpSenderInfo, out: Outbound, now: float) -> None:
        """Tell a receiver the sender's clock, in the numbers that it knows."""
        shifted = out.report_time(info.rtp_timestamp)
        if shifted is None or not out.leg.ready:
            return
        copy = RtcpSenderInfo(
            ntp_timestamp=info.ntp_timestamp,
            rtp_timestamp=shifted,
            packet_count=out.packets & 0xFFFFFFFF,
            octet_count=out.octets & 0xFFFFFFFF,
        )
        out.leg.send_rtcp(RtcpSrPacket(ssrc=out.ssrc, sender_info=copy))
        out.reports[info.ntp_timestamp >> 16 & 0xFFFFFFFF] = now
        while len(out.reports) > REPORTS_KEPT:
            out.reports.popitem(last=False)

    def _on_reports(self, reports: list[RtcpReceiverInfo], now: float) -> None:
        """Learn loss and round trip from what the peer received (RFC 3550 6.4.1)."""
        for report in reports:
            out = self._leg.by_own_ssrc.get(report.ssrc)
            if out is None:
                continue
            out.loss = report.fraction_lost / 256
            sent = out.reports.get(report.lsr)
            if sent is not None:
                trip = now - sent - report.dlsr / 65536
                if 0 <= trip < 10:
                    self._leg.round_trip += 0.3 * (trip - self._leg.round_trip)

    def _on_key_frame_request(self, packet: RtcpPsfbPacket) -> None:
        if packet.fmt not in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
            return
        out = self._leg.by_own_ssrc.get(packet.media_ssrc)
        if out is None and packet.fmt == RTCP_PSFB_FIR and len(packet.fci) >= 4:
            out = self._leg.by_own_ssrc.get(struct.unpack_from("!I", packet.fci)[0])
        if out is not None and out.inbound is not None:
            out.inbound.leg.feedback.ask_for_key_frame(out.inbound)

    def _send_feedback(self) -> None:
        uplink = self._leg.uplink
        heard, uplink.arrivals = uplink.arrivals, []
        arrivals: dict[int, int] = {}
        for raw, at in heard:
            number = rtp.unwrap(raw, self._last_number, 16)
            self._last_number = max(self._last_number, number)
            arrivals[number] = int(at * 1e6)
        media = next(
            (s.ssrc for s in self._leg.uplink.streams if s.ssrc), self._own_ssrc
        )
        data = transport_cc.write_report(
            self._own_ssrc, media, self._feedbacks, arrivals
        )
        self._feedbacks += 1
        if len(data) <= LARGEST_FEEDBACK:
            self._leg.send_rtcp(data)

    def report(self, now: float) -> None:
        """Send a receiver report on every inbound stream (RFC 3550 section 6.4.2)."""
        reports = []
        self.loss_up = 0.0
        for stream in self._leg.uplink.streams:
            loss = stream.loss_since_last()
            if stream.ssrc is None or loss is None:
                continue
            self.loss_up = max(self.loss_up, loss[0] / 256)
            since = (
                int((now - stream.last_report_at) * 65536) if stream.last_report else 0
            )
            reports.append(
                RtcpReceiverInfo(
                    ssrc=stream.ssrc,
                    fraction_lost=loss[0],
                    packets_lost=loss[1],
                    highest_sequence=loss[2],
                    jitter=0,
                    lsr=stream.last_report,
                    dlsr=since & 0xFFFFFFFF,
                )
            )
        if reports:
            self._leg.send_rtcp(RtcpRrPacket(ssrc=self._own_ssrc, reports=reports))
