"""Session descriptions: what browsers offer, and what the worker answers.

The worker is ICE-lite (RFC 8445 section 2.5), passive in DTLS, and bundles
everything on one port. It answers each offered line with the opposite direction.
Video is VP8, which every browser has, or H264 where a device has nothing else.
"""

import dataclasses
import secrets
from typing import Any

from aiortc.sdp import SessionDescription

from protocol.wire import LONGEST_SDP
from signaling.media.codecs import H264, H264_PROFILES, OPUS, RTX, VP8
from signaling.media.port import Address
from signaling.media.rtp import MID
from signaling.media.transport_cc import URI as TRANSPORT_CC

MOST_LINES = 10
"""A supervisor sends one line and receives three sounds and four pictures."""
MOST_CANDIDATES = 100
FIRST_CHOICE = 2**31 - 2**24
"""One more than the priority of our first candidate (RFC 8445 section 5.1.2)."""


class BadSdp(Exception):
    """An offer that cannot be answered."""

    code = "bad-sdp"


@dataclasses.dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of a line. ``of`` is what an RTX type repeats."""

    type: int
    name: str
    clock: int
    of: int | None = None
    profile: str = ""
    """``profile-level-id`` of H264 (RFC 6184 section 8.1)."""

    def means(self, other: "Codec") -> bool:
        """Whether packets of ``other`` can be sent under this type."""
        return (self.name, self.profile) == (other.name, other.profile)


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One m-line of an offer, in the words of who offers it."""

    mid: str
    kind: str
    sends: bool
    receives: bool
    codecs: tuple[Codec, ...]
    extensions: dict[str, int]
    ssrcs: tuple[int, ...]
    rtx_ssrcs: frozenset[int]


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """What the worker uses of an offer."""

    text: str
    fingerprints: list[tuple[str, str]]
    lines: tuple[Line, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Here:
    """Where and who the worker is, for one leg."""

    addresses: tuple[Address, ...]
    fingerprint: str
    ufrag: str
    password: str


def read_offer(text: str) -> Offer:
    """Read an offer.

    Raises:
        BadSdp: too long, too many lines or candidates, unparsable, or nothing in
            it that the worker can forward.
    """
    if len(text) > LONGEST_SDP:
        raise BadSdp("too long")
    if text.count("a=candidate:") > MOST_CANDIDATES or text.count("\nm=") > MOST_LINES:
        raise BadSdp("too many candidates or lines")
    try:
        parsed = SessionDescription.parse(text)
        lines = tuple(_line(media) for media in parsed.media)
        dtls = parsed.media[0].dtls
        prints = dtls.fingerprints if dtls else []
        fingerprints = [(p.algorithm.lower(), p.value.upper()) for p in prints]
    except Exception as error:  # seven kinds were seen from aiortc's parser
        raise BadSdp(type(error).__name__) from error
    if not lines or not fingerprints:
        raise BadSdp("nothing offered")
    return Offer(text, fingerprints, lines)


def _line(media: Any) -> Line:
    if media.kind not in {"audio", "video"}:
        raise BadSdp("data channels are not used here")
    extensions = {e.uri: e.id for e in media.rtp.headerExtensions if e.id < 15}
    codecs = tuple(_codecs(media))
    if not codecs:
        raise BadSdp("no common codec")
    pairs = [g.items for g in media.ssrc_group if g.semantic == "FID"]
    return Line(
        mid=_word(media.rtp.muxId),
        kind=media.kind,
        sends=media.direction in {"sendrecv", "sendonly"},
        receives=media.direction in {"sendrecv", "recvonly"},
        codecs=codecs,
        extensions={u: i for u, i in extensions.items() if u in {MID, TRANSPORT_CC}},
        ssrcs=tuple(one.ssrc for one in media.ssrc),
        rtx_ssrcs=frozenset(int(pair[1]) for pair in pairs if len(pair) == 2),
    )


def _codecs(media: Any) -> list[Codec]:
    """Return what can be forwarded, best first, each before its retransmissions."""
    rank: dict[tuple[str, str], int] = {
        (OPUS, ""): 0,
        (VP8, ""): 1,
        **{(H264, profile): 2 + i for i, profile in enumerate(H264_PROFILES)},
    }
    chosen: list[Codec] = []
    for codec in media.rtp.codecs:
        name = codec.name.lower()
        profile = ""
        if name == H264 and str(codec.parameters.get("packetization-mode")) == "1":
            profile = str(codec.parameters.get("profile-level-id", "")).lower()
        if (name, profile) in rank and (name == OPUS) == (media.kind == "audio"):
            found = Codec(codec.payloadType, name, codec.clockRate, profile=profile)
            chosen.append(found)
    chosen.sort(key=lambda codec: rank[codec.name, codec.profile])
    types = {codec.type for codec in chosen}
    for codec in media.rtp.codecs:
        of = codec.parameters.get("apt")
        if codec.name.lower() == RTX and of in types:
            chosen.append(Codec(codec.payloadType, RTX, codec.clockRate, of=int(of)))
    return chosen


def _word(text: str) -> str:
    if not text or len(text) > 32 or not text.isascii() or not text.isprintable():
        raise BadSdp("mid")
    return text


def write_answer(offer: Offer, here: Here, outgoing: dict[str, tuple[int, int]]) -> str:
    """Return the answer. ``outgoing``: mid -> SSRC and RTX SSRC that we send with."""
    mids = " ".join(line.mid for line in offer.lines)
    rows = [
        "v=0",
        f"o=- {secrets.randbits(50)} 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {mids}",
        "a=msid-semantic: WMS *",
    ]
    for line in offer.lines:
        rows += _line_rows(line, here, outgoing.get(line.mid))
    return "\r\n".join(rows) + "\r\n"


def _line_rows(line: Line, here: Here, ours: tuple[int, int] | None) -> list[str]:
    types = " ".join(str(codec.type) for codec in line.codecs)
    direction = {
        (True, True): "sendrecv",
        (True, False): "recvonly",
        (False, True): "sendonly",
        (False, False): "inactive",
    }[line.sends, line.receives]
    host = here.addresses[0][0]
    rows = [
        f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {types}",
        f"c=IN {'IP6' if ':' in host else 'IP4'} {host}",
        f"a=mid:{line.mid}",
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=ice-ufrag:{here.ufrag}",
        f"a=ice-pwd:{here.password}",
        f"a=fingerprint:sha-256 {here.fingerprint}",
        "a=setup:passive",
        *(
            f"a=candidate:{place} 1 udp {FIRST_CHOICE - place} {address[0]} "
            f"{address[1]} typ host"
            for place, address in enumerate(here.addresses, 1)
        ),
        "a=end-of-candidates",
    ]
    for uri in (TRANSPORT_CC, MID) if line.sends else (TRANSPORT_CC,):
        if uri in line.extensions:
            rows.append(f"a=extmap:{line.extensions[uri]} {uri}")
    for codec in line.codecs:
        rows += _codec_rows(codec)
    if ours is not None:
        rows += _sending_rows(line, ours)
    return rows


def _codec_rows(codec: Codec) -> list[str]:
    channels = "/2" if codec.name == OPUS else ""
    name = codec.name if codec.name in {OPUS, RTX} else codec.name.upper()
    rows = [f"a=rtpmap:{codec.type} {name}/{codec.clock}{channels}"]
    feedback = ["transport-cc", "nack"]
    if codec.name == RTX:
        return [*rows, f"a=fmtp:{codec.type} apt={codec.of}"]
    if codec.name == OPUS:
        rows.append(f"a=fmtp:{codec.type} minptime=10;useinbandfec=1")
    else:
        feedback += ["nack pli", "ccm fir", "goog-remb"]
    if codec.name == H264:
        rows.append(
            f"a=fmtp:{codec.type} level-asymmetry-allowed=1;packetization-mode=1;"
            f"profile-level-id={codec.profile}"
        )
    return rows + [f"a=rtcp-fb:{codec.type} {one}" for one in feedback]


def _sending_rows(line: Line, ours: tuple[int, int]) -> list[str]:
    ssrc, rtx = ours
    stream = f"stream-{line.mid}"
    rows = [f"a=msid:{stream} {stream}-{line.kind}"]
    if line.kind != "video":
        return [*rows, f"a=ssrc:{ssrc} cname:{stream}"]
    rows.append(f"a=ssrc-group:FID {ssrc} {rtx}")
    return rows + [f"a=ssrc:{one} cname:{stream}" for one in (ssrc, rtx)]
