"""What bytes of strangers reach, one function per parser, for tests and fuzzers.

Each takes any bytes and must return; ``atheris`` (not needed otherwise) looks for
bytes that make one fall: ``python -m tests.signaling.media.fuzz rtcp``.
"""

import contextlib
from collections.abc import Callable

from signaling.media import rtp, transport_cc
from signaling.media.codecs import begins_key_frame
from signaling.media.port import RTP_VIEW
from signaling.media.sdp import BadSdp, Here, read_offer, write_answer
from signaling.media.stun import answer_check, peek_ufrag, read_check
from tests.signaling.media.test_rtcp import Quiet

HERE = Here((("192.0.2.1", 40000),), "AA:BB", "ufrag", "password")


def stun(data: bytes) -> None:
    """A datagram from anywhere."""
    peek_ufrag(data)
    check = read_check(data)
    if check is not None:
        answer_check(check, ("192.0.2.7", 9), "password")


def sdp(data: bytes) -> None:
    """An offer of somebody who has signed in."""
    with contextlib.suppress(BadSdp):
        write_answer(read_offer(data.decode("utf-8", "replace")), HERE, {})


def rtp_packet(data: bytes) -> None:
    """A decrypted packet of somebody in a call."""
    peer = Quiet()
    peer.camera()
    data = data[: len(RTP_VIEW)]
    RTP_VIEW[: len(data)] = data
    if len(data) >= rtp.FIXED_HEADER:
        peer.uplink.on_rtp(len(data))
    for codec in ("vp8", "h264", "opus"):
        begins_key_frame(codec, data)


def rtcp(data: bytes) -> None:
    """Decrypted RTCP of somebody in a call."""
    Quiet().feedback.hear(data)
    with contextlib.suppress(transport_cc.BadReport):
        transport_cc.read_report(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "stun": stun,
    "sdp": sdp,
    "rtp": rtp_packet,
    "rtcp": rtcp,
}
