"""A WebRTC client that costs little: its descriptions, ICE checks and DTLS.

Browsers and aiortc would use more CPU than the servers that are measured. This
one negotiates, encrypts and decrypts like them, and decodes nothing.
"""

import asyncio
import dataclasses
import secrets
import socket

from aioice import stun
from aiortc.sdp import SessionDescription

from signaling.media.dtls import Certificate, Dtls
from signaling.media.port import SOCKET_BUFFER, Address, own_address
from signaling.media.rtp import MID
from signaling.media.stun import answer_check, read_check
from signaling.media.transport_cc import URI as TRANSPORT_CC

AUDIO, VIDEO, RTX = 111, 96, 97
"""Payload types that are offered."""
TRANSPORT_ID = 3
"""Header extension of the transport-wide numbers."""
CHECK_AGAIN = 0.1
CONNECT_WITHIN = 20.0


class NotConnected(Exception):
    """The server did not answer checks or the handshake in time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One m-line from the client's side; ``ssrc`` if it sends."""

    mid: str
    kind: str
    direction: str
    ssrc: int = 0
    transport: int = TRANSPORT_ID
    """Id of the transport-wide numbers, 0 if the server did not offer them."""


@dataclasses.dataclass(frozen=True, slots=True)
class There:
    """What a server's description says about where it is."""

    address: Address
    ufrag: str
    password: str
    fingerprints: list[tuple[str, str]]


def read_there(sdp: str) -> There:
    """Return where the server is and how it proves itself."""
    media = SessionDescription.parse(sdp).media[0]
    candidate = next(c for c in media.ice_candidates if c.protocol.lower() == "udp")
    prints = media.dtls.fingerprints if media.dtls else []
    assert media.ice is not None, "the answer of a worker or of Janus"
    return There(
        (candidate.ip, candidate.port),
        media.ice.usernameFragment or "",
        media.ice.password or "",
        [(one.algorithm.lower(), one.value.upper()) for one in prints],
    )


class DtlsClient(Dtls):
    """The side that speaks first."""

    OWN_KEYS = 0

    def hello(self) -> list[bytes]:
        """Return the first flight."""
        self._ssl.set_connect_state()
        self._shake()
        return self._datagrams()

    def _forged(self, _data: bytes) -> bool:
        return False  # nobody attacks a benchmark, and servers say other things


class LightClient:
    """One connection to a server, from its description until it is closed."""

    def __init__(
        self, certificate: Certificate, lines: list[Line], *, controls: bool = True
    ) -> None:
        """``controls``: it made the offer, so it nominates (RFC 8445 6.1.1)."""
        self.lines = lines
        self._controls = controls
        self._certificate = certificate
        self._ufrag = secrets.token_hex(4)
        self._password = secrets.token_hex(16)
        self._there: There | None = None
        self.dtls: DtlsClient | None = None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self.socket.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
        self.socket.bind((own_address(), 0))

    def description(self) -> str:
        """Return the SDP of what this client sends and receives."""
        mids = " ".join(line.mid for line in self.lines)
        rows = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        rows += [f"a=group:BUNDLE {mids}", "a=msid-semantic: WMS *"]
        for line in self.lines:
            rows += self._rows(line)
        return "\r\n".join(rows) + "\r\n"

    def _rows(self, line: Line) -> list[str]:
        video = line.kind == "video"
        host, port = self.socket.getsockname()
        types = f"{VIDEO} {RTX}" if video else str(AUDIO)
        rows = [
            f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {types}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{line.mid}",
            f"a={line.direction}",
            "a=rtcp-mux",
            f"a=ice-ufrag:{self._ufrag}",
            f"a=ice-pwd:{self._password}",
            f"a=fingerprint:sha-256 {self._certificate.fingerprint}",
            "a=setup:active",
            f"a=candidate:1 1 udp 2130706431 {host} {port} typ host",
            "a=end-of-candidates",
            f"a=extmap:1 {MID}",
        ]
        if line.transport:
            rows.append(f"a=extmap:{line.transport} {TRANSPORT_CC}")
        if line.ssrc:
            rows.append(f"a=msid:all {line.mid}")
            rows.append(f"a=ssrc:{line.ssrc} cname:bench")
        wide = f"a=rtcp-fb:{VIDEO if video else AUDIO} transport-cc"
        rows += [wide] if line.transport else []
        if not video:
            return [*rows, f"a=rtpmap:{AUDIO} opus/48000/2"]
        rows += [f"a=rtpmap:{VIDEO} VP8/90000", f"a=rtpmap:{RTX} rtx/90000"]
        rows.append(f"a=fmtp:{RTX} apt={VIDEO}")
        wanted = "nack", "nack pli", "ccm fir"
        return rows + [f"a=rtcp-fb:{VIDEO} {one}" for one in wanted]

    async def connect(self, sdp: str) -> None:
        """Become able to send and receive, as the server's description says.

        Raises:
            NotConnected: the server is not there.
        """
        self._there = there = read_there(sdp)
        self.socket.connect(there.address)
        self.dtls = DtlsClient(self._certificate, there.fingerprints)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await self._until_checked()
                await self._until_ready(self.dtls)
        except TimeoutError as error:
            raise NotConnected from error

    def check(self) -> None:
        """Send one nominating STUN check, as every browser does again and again."""
        assert self._there is not None, "connected to somebody"
        message = stun.Message(
            message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST
        )
        message.attributes["USERNAME"] = f"{self._there.ufrag}:{self._ufrag}"
        message.attributes["PRIORITY"] = 1845501695
        if self._controls:
            message.attributes["ICE-CONTROLLING"] = 1
            message.attributes["USE-CANDIDATE"] = None
        else:
            message.attributes["ICE-CONTROLLED"] = 1
        message.add_message_integrity(self._there.password.encode())
        message.add_fingerprint()
        self.send(bytes(message))

    def send(self, data: bytes | memoryview) -> bool:
        """Send one datagram; false when it is lost, or nobody is there any more."""
        try:
            self.socket.send(data)
        except OSError:
            return False
        return True

    async def _until_checked(self) -> None:
        while True:
            self.check()
            heard = await self._hear(CHECK_AGAIN)
            if heard[:2] == b"\x01\x01":
                return

    async def _until_ready(self, dtls: DtlsClient) -> None:
        out = first = dtls.hello()
        answered = False
        while True:
            for datagram in out:
                self.send(datagram)
            if dtls.ready:
                return
            left = dtls.timeout() if answered else CHECK_AGAIN
            heard = await self._hear(CHECK_AGAIN if left is None else max(left, 0.01))
            if heard and 19 < heard[0] < 64:
                answered, out = True, dtls.feed(heard)
            elif heard:
                out = []
            else:
                # A server that has not nominated the pair yet drops the first.
                out = dtls.retry() if answered else first

    async def _hear(self, within: float) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within):
                heard = await loop.sock_recv(self.socket, 2048)
        except TimeoutError:
            return b""
        self.hear_check(heard)
        return heard

    def hear_check(self, data: bytes) -> None:
        """Answer a STUN check of a server that makes its own."""
        found = read_check(data)
        if found is not None and self._there is not None:
            answer = answer_check(found, self._there.address, self._password)
            if answer is not None:
                self.send(answer)

    def close(self) -> None:
        """Be gone without a word, as a page that is closed."""
        self.socket.close()


def sending(*kinds: str) -> list[Line]:
    """Return a line for each of ``kinds`` that is sent."""
    return [
        Line(str(place), kind, "sendonly", secrets.randbits(32) | 1)
        for place, kind in enumerate(kinds)
    ]


def receiving(*kinds: str, after: int = 0) -> list[Line]:
    """Return a line for each of ``kinds`` that is received, after ``after`` others."""
    return [
        Line(str(place), kind, "recvonly") for place, kind in enumerate(kinds, after)
    ]
