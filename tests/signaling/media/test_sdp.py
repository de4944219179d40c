"""Offers of strangers: read, or refused with one error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.media.sdp import BadSdp, Codec, Here, read_offer, write_answer

HERE = Here((("192.0.2.1", 40000),), "AA:BB", "ufrag", "password")
OFFER = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 AA:BB:CC
a=setup:actpass
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=ssrc:1 cname:x
m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 AA:BB:CC
a=setup:actpass
a=mid:1
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:5 urn:3gpp:video-orientation
a=recvonly
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:98 VP9/90000
a=rtpmap:99 H264/90000
a=fmtp:99 packetization-mode=1;profile-level-id=640c34
""".replace("\n", "\r\n")


def test_only_what_can_be_forwarded_is_taken_of_an_offer() -> None:
    offer = read_offer(OFFER)

    audio, video = offer.lines
    assert (audio.sends, video.receives) == (True, True)
    assert [codec.name for codec in video.codecs] == ["vp8", "rtx"]
    assert len(video.extensions) == 2


@pytest.mark.parametrize(
    ("profile", "mode", "taken"),
    [
        ("42e01f", "1", True),
        ("42001f", "1", True),
        ("42E01F", "1", True),
        ("42e01f", "0", False),
        ("640c34", "1", False),
        ("42e034", "1", False),
    ],
)
def test_h264_is_taken_in_the_profiles_that_every_browser_decodes(
    profile: str, mode: str, taken: bool
) -> None:
    old = "a=fmtp:99 packetization-mode=1;profile-level-id=640c34"
    new = f"a=fmtp:99 packetization-mode={mode};profile-level-id={profile}"

    offer = read_offer(OFFER.replace(old, new))

    found = [codec for codec in offer.lines[1].codecs if codec.name == "h264"]
    assert [codec.profile for codec in found] == ([profile.lower()] if taken else [])
    answer = write_answer(offer, HERE, {})
    assert (f"profile-level-id={profile.lower()}" in answer) == taken
    assert answer.index("VP8/90000") < answer.find("H264/90000") or not taken


def test_packets_go_to_the_type_of_the_same_codec_and_profile() -> None:
    vp8, plain = Codec(96, "vp8", 90_000), Codec(99, "h264", 90_000, profile="42001f")
    constrained = Codec(100, "h264", 90_000, profile="42e01f")

    assert Codec(120, "vp8", 90_000).means(vp8)
    assert not constrained.means(plain)
    assert not plain.means(vp8)


def test_addresses_of_both_kinds_are_offered_with_the_first_one_first() -> None:
    here = Here((("2001:db8::9", 40000), ("192.0.2.1", 40000)), "AA", "u", "p")

    answer = write_answer(read_offer(OFFER), here, {})

    assert "c=IN IP6 2001:db8::9\r\n" in answer
    assert answer.index("2130706431 2001:db8::9") < answer.index("2130706430 192.0.2.1")


def test_the_answer_is_ice_lite_passive_and_the_other_way_round() -> None:
    answer = write_answer(read_offer(OFFER), HERE, {"1": (11, 12)})

    assert "a=ice-lite\r\n" in answer
    assert answer.count("a=setup:passive") == 2
    assert answer.index("a=recvonly") < answer.index("a=sendonly")
    assert "a=ssrc-group:FID 11 12" in answer
    assert "a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host" in answer


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutated_offer_is_answered_or_refused(data: st.DataObject) -> None:
    lines = OFFER.split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = data.draw(
            st.sampled_from(
                ["", lines[place][:7], lines[place] * 2, "m=video", "a=mid:"]
            )
            | st.text(max_size=40)
        )
    try:
        offer = read_offer("\r\n".join(lines))
    except BadSdp:
        return
    write_answer(offer, HERE, {})


@pytest.mark.parametrize("text", ["", "hello", "v=0\r\n", "\0" * 100])
def test_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadSdp):
        read_offer(text)
