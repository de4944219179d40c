"""Where a picture begins: told from real encoders' packets."""

import fractions

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from hypothesis import given
from hypothesis import strategies as st

from signaling.media.codecs import begins_key_frame


def payloads(codec: str, frames: int) -> list[list[bytes]]:
    """Return the RTP payloads of moving pictures, the first of them a key frame."""
    encoder = Vp8Encoder() if codec == "vp8" else H264Encoder()
    noise = np.random.default_rng(1)
    made = []
    for number in range(frames):
        picture = noise.integers(0, 255, (240, 320, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number * 3000, fractions.Fraction(1, 90_000)
        made.append(encoder.encode(frame, force_keyframe=number == 3)[0])
    return made


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_the_first_packet_of_a_key_frame_is_known(codec: str) -> None:
    frames = payloads(codec, 5)

    begins = [[begins_key_frame(codec, one) for one in frame] for frame in frames]

    assert all(len(frame) > 2 for frame in frames)
    for number, frame in enumerate(begins):
        assert frame[0] == (number in {0, 3}), f"frame {number}"
    assert not any(one for frame in (1, 2, 4) for one in begins[frame])


def test_sound_begins_anywhere() -> None:
    assert begins_key_frame("opus", b"\xfc")


@given(st.sampled_from(["vp8", "h264", "rtx", ""]), st.binary(max_size=40))
def test_any_bytes_begin_a_picture_or_do_not(codec: str, payload: bytes) -> None:
    assert begins_key_frame(codec, payload) in {True, False}
