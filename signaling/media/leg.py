"""One leg: ICE credentials, DTLS, SRTP of one browser or terminal.

What it sends us is in ``uplink.py``, what we send it in ``downlink.py``, its RTCP
in ``rtcp.py``.
"""

import asyncio
import dataclasses
import logging
import secrets
import time
from collections.abc import Callable

from aiortc.rtp import AnyRtcpPacket
from pylibsrtp import lib  # type: ignore[attr-defined]  # the raw library

from signaling.media import transport_cc
from signaling.media.codecs import RTX
from signaling.media.downlink import Downlink
from signaling.media.dtls import Certificate, Dtls
from signaling.media.handshake import Handshake
from signaling.media.port import (
    COPY_BUFFER,
    COPY_VIEW,
    LENGTH,
    RTP_BUFFER,
    RTP_VIEW,
    Address,
    Port,
)
from signaling.media.quality import Judge, Quality
from signaling.media.rtcp import Feedback
from signaling.media.sdp import Codec, Here, Line, Offer, write_answer
from signaling.media.streams import Inbound, Outbound
from signaling.media.uplink import Uplink

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between feedback messages; Chromium sends its own every 50 to 250 ms."""
SET_UP = 30.0
"""Seconds from the offer until media can flow; then the leg is given up."""
CONSENT = 15.0
"""Seconds without a STUN check after which a leg is down (RFC 7675 says 30)."""
MOST_ADDRESSES = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """What a peer's checks are known by (RFC 8445 section 5.3)."""

    ufrag: str
    password: str


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """Who wants to know what becomes of a leg."""

    changed: Callable[[str], None]
    """Hears ``""`` when the leg is up, else why it is down."""
    quality: Callable[[Quality], None]
    """Hears how good the line is, whenever that changes."""


class Peer:
    """One end of a call, from its offer until it is closed."""

    def __init__(self, name: str, port: Port, heard: Heard) -> None:
        self.name = name
        self.credentials: list[Credentials] = []
        """The pair in use, and the newest one while it is not used yet."""
        self.address: Address | None = None
        self.addresses: list[Address] = []
        self.by_mid: dict[str, Outbound] = {}
        self.closed = False
        self.ready = False
        """Whether media can flow."""
        self.checked_at = time.monotonic()
        self.round_trip = 0.1
        """Seconds; a guess until the peer's reports tell."""
        self.codecs: dict[int, Codec] = {}
        self.by_own_ssrc: dict[int, Outbound] = {}
        self.fingerprints: list[tuple[str, str]] = []
        self._last = "", ""
        """The last offer and its answer."""
        self._port = port
        self._heard = heard
        self._dtls: Handshake | None = None
        self._receive_key: object = None
        self._transmit_key: object = None
        self._tick: asyncio.TimerHandle | None = None
        self._ticks = 0
        self.feedback = Feedback(self)
        self.uplink = Uplink(self)
        self.downlink = Downlink(self)
        self._judge = Judge()

    # Setting up

    def answer(
        self,
        offer: Offer,
        here: Here,
        certificate: Certificate,
        wants: dict[str, list[str]],
    ) -> str:
        """Set the leg up for ``offer`` and return the SDP answer.

        ``wants``: kind -> names of the legs whose streams it receives, in the
        order of its receiving lines.
        """
        self.fingerprints = offer.fingerprints
        dtls = Dtls(certificate, offer.fingerprints)
        self._dtls = Handshake(dtls, self._send_plain, self._came_up, self.close)
        wanted = {kind: list(names) for kind, names in wants.items()}
        for line in offer.lines:
            self.codecs.update({codec.type: codec for codec in line.codecs})
            if line.sends:
                number = line.extensions.get(transport_cc.URI, 0)
                stream = Inbound(self, line.kind, number)
                self.uplink.streams.append(stream)
                self.uplink.learn(stream, line.ssrcs, line.rtx_ssrcs)
            elif line.receives and wanted.get(line.kind):
                self._receive(line, wanted[line.kind].pop(0))
        self._tick = asyncio.get_running_loop().call_later(SET_UP, self._too_late)
        return self.answer_again(offer, here)

    def answer_again(self, offer: Offer, here: Here) -> str:
        """Answer an offer that only restarts ICE: streams and keys stay."""
        sending = {mid: (out.ssrc, out.rtx_ssrc) for mid, out in self.by_mid.items()}
        self._last = offer.text, write_answer(offer, here, sending)
        return self._last[1]

    def answered_before(self, offer: Offer) -> str | None:
        """Return the answer to this very offer: who did not hear it says it again."""
        return self._last[1] if self._last[0] == offer.text else None

    def new_credentials(self) -> Credentials:
        """Return fresh ICE credentials; the ones in use stay good until then."""
        fresh = Credentials(secrets.token_hex(4), secrets.token_hex(16))
        del self.credentials[1:]
        self.credentials.append(fresh)
        return fresh

    def restarted_by(self, offer: Offer) -> bool:
        """Whether ``offer`` is of the same peer, keys and streams, elsewhere."""
        mids = {line.mid for line in offer.lines if line.receives}
        return offer.fingerprints == self.fingerprints and mids >= set(self.by_mid)

    def password_of(self, ufrag: str) -> str:
        """Return the password that belongs to one of our credentials."""
        return next(p.password for p in self.credentials if p.ufrag == ufrag)

    def _receive(self, line: Line, source: str) -> None:
        out = Outbound(self, line.kind, source, line.mid)
        out.rtx_types = {c.of: c.type for c in line.codecs if c.of is not None}
        out.transport_cc = line.extensions.get(transport_cc.URI, 0)
        self.downlink.outs.append(out)
        self.by_mid[line.mid] = out
        self.by_own_ssrc[out.ssrc] = out

    def _too_late(self) -> None:
        self.close("not set up in time")

    def codec_name(self, kind: int) -> str:
        """Return the codec of one of this leg's payload types."""
        codec = self.codecs.get(kind)
        return codec.name if codec else ""

    def subscribe(self, out: Outbound, source: Inbound) -> None:
        """Send ``source`` on ``out`` from the next whole picture on."""
        out.types = {}
        for codec in source.leg.codecs.values():
            for own in self.codecs.values():
                if codec.name != RTX and own.means(codec):
                    out.types.setdefault(codec.type, own.type)
        out.take_from(source)
        if self.ready:
            source.leg.feedback.ask_for_key_frame(source)

    # ICE

    def checked(
        self, address: Address, ufrag: str, *, nominated: bool
    ) -> list[Address]:
        """Note a check from ``address``; return addresses to forget."""
        self.checked_at = time.monotonic()
        if self.address is None or nominated:
            self.address = address
        if len(self.credentials) > 1 and ufrag == self.credentials[1].ufrag:
            del self.credentials[0]  # the restart took over
        return self.known_at(address)

    def known_at(self, address: Address) -> list[Address]:
        """Remember an address that proved to be the peer's."""
        if address in self.addresses:
            return []
        self.addresses.append(address)
        if len(self.addresses) <= MOST_ADDRESSES:
            return []
        return [self.addresses.pop(1 if self.addresses[0] == self.address else 0)]

    # DTLS

    def on_dtls(self, data: bytes) -> None:
        """Take a DTLS datagram from a checked address."""
        if self._dtls is not None and not self.closed:
            self._dtls.feed(data)

    def _came_up(self) -> None:
        assert self._dtls is not None, "its handshake just ended"
        # The raw sessions: the object API copies each packet twice.
        self._receive_key = self._dtls.receive._srtp[0]  # type: ignore[union-attr]
        self._transmit_key = self._dtls.transmit._srtp[0]  # type: ignore[union-attr]
        self.ready = True
        if self._tick is not None:
            self._tick.cancel()
        self._tick = asyncio.get_running_loop().call_later(TICK, self._on_tick)
        if self._dtls.round_trip is not None:
            self.round_trip = self._dtls.round_trip
        for out in self.downlink.outs:
            if out.inbound is not None:
                # Only now: a key frame that was asked for earlier went to nobody.
                out.inbound.asked_for_key_frame = 0.0
                out.inbound.leg.feedback.ask_for_key_frame(out.inbound)
        self._heard.changed("")

    def _send_plain(self, datagram: bytes) -> None:
        if self.address is not None:
            self._port.send(datagram, self.address)

    def close(self, why: str) -> None:
        """Stop everything. Harmless if it has been done."""
        if self.closed:
            return
        self.closed, self.ready = True, False
        self._receive_key = None
        if self._dtls is not None:
            self._dtls.stop()
        if self._tick is not None:
            self._tick.cancel()
        for stream in self.uplink.streams:
            for out in list(stream.subscribers):
                out.detach()
            stream.forget()
        self.downlink.stop()
        self._heard.changed(why or "closed")

    # SRTP

    def on_media(self, size: int) -> bool:
        """Take the SRTP or SRTCP packet of ``size`` bytes in ``RTP_BUFFER``.

        Returns whether the peer's key made it; nothing else is believed.
        """
        receive = self._receive_key
        if receive is None or size < 12:
            return False
        LENGTH[0] = size
        if 192 <= RTP_VIEW[1] <= 223:
            if lib.srtp_unprotect_rtcp(receive, RTP_BUFFER, LENGTH) != 0:
                return False
            self.feedback.hear(bytes(RTP_VIEW[: LENGTH[0]]))
            return True
        if lib.srtp_unprotect(receive, RTP_BUFFER, LENGTH) != 0:
            return False
        self.uplink.on_rtp(LENGTH[0])
        return True

    def send_copy(self, size: int) -> None:
        """Encrypt and send the plain RTP packet in the copy buffer."""
        LENGTH[0] = size
        failed = lib.srtp_protect(self._transmit_key, COPY_BUFFER, LENGTH)
        if not failed and self.address is not None:
            self._port.send(COPY_VIEW[: LENGTH[0]], self.address)

    def send_rtcp(self, packet: AnyRtcpPacket | bytes) -> None:
        """Encrypt and send an RTCP packet; dropped while the leg is not up."""
        if self.address is None or not self.ready:
            return
        data = bytes(packet)
        COPY_VIEW[: len(data)] = data
        LENGTH[0] = len(data)
        if lib.srtp_protect_rtcp(self._transmit_key, COPY_BUFFER, LENGTH) == 0:
            self._port.send(COPY_VIEW[: LENGTH[0]], self.address)

    def _on_tick(self) -> None:
        now = time.monotonic()
        self._ticks += 1
        self._tick = asyncio.get_running_loop().call_later(TICK, self._on_tick)
        self.feedback.tick(now)
        self.downlink.tick(now)
        if self._ticks % 10 == 0:
            self.feedback.report(now)
            changed = self._judge.look(self, now)
            if changed is not None:
                self._heard.quality(changed)
            if now - self.checked_at > CONSENT:
                self.close("consent lost")
