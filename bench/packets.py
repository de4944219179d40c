"""The same packets for every engine: VP8 and Opus, encoded once per run."""

import dataclasses
import fractions

import av
import numpy as np
from aiortc.codecs import vpx

WIDTH, HEIGHT, RATE = 640, 480, 30
BITS = 1_150_000
"""A second of video, headers not counted: 1.2 Mbit/s on the line."""
KEY_EVERY = 60
"""Frames; a recorded call has a key frame every two seconds."""
LARGEST_PAYLOAD = 1180
"""Bytes, about what browsers put into one packet."""
SAMPLES = 960
"""Samples of one Opus packet: 20 ms."""


@dataclasses.dataclass(frozen=True, slots=True)
class Media:
    """Payloads without headers; a sender starts again when it reaches the end."""

    video: list[list[bytes]]
    """Frames, each a list of VP8 payloads."""
    audio: list[bytes]

    def known(self) -> frozenset[bytes]:
        """Return every payload that a receiver may be given."""
        return frozenset(p for frame in self.video for p in frame) | {*self.audio}


def encode(seconds: int) -> Media:
    """Encode ``seconds`` of a moving picture and of a wavering tone."""
    return Media(_video(seconds * RATE), _audio(seconds * 50))


def _video(count: int) -> list[list[bytes]]:
    codec = av.CodecContext.create("libvpx", "w")
    assert isinstance(codec, av.VideoCodecContext), "libvpx is a video codec"
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.bit_rate, codec.gop_size = BITS, KEY_EVERY
    codec.time_base = fractions.Fraction(1, RATE)
    codec.options = {
        "deadline": "realtime",
        "cpu-used": "16",
        "error-resilient": "1",
        "lag-in-frames": "0",
        "minrate": str(BITS),
        "maxrate": str(BITS),
        "bufsize": str(BITS // 2),
    }
    noise = np.random.default_rng(1)
    blocks = noise.integers(60, 190, (HEIGHT // 16, WIDTH // 16), dtype=np.uint8)
    texture = blocks.repeat(16, 0).repeat(16, 1)
    packets: list[av.Packet[av.VideoStream]] = []
    for number in range(count):
        moved = np.roll(texture, (number * 3, number * 5), (0, 1))
        # A camera's noise: without it the encoder needs a third of the bits.
        moved = moved + noise.integers(0, 24, moved.shape, dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(np.stack([moved] * 3, -1), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = number, codec.time_base
        packets += codec.encode(frame)
    packets += codec.encode(None)
    vpx.PACKET_MAX = LARGEST_PAYLOAD
    packer = vpx.Vp8Encoder()
    return [packer.pack(packet)[0] for packet in packets]


def _audio(count: int) -> list[bytes]:
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, av.AudioCodecContext), "libopus is an audio codec"
    codec.sample_rate, codec.layout, codec.format = 48_000, "stereo", "s16"
    codec.bit_rate, codec.options = 32_000, {"application": "voip"}
    found: list[bytes] = []
    for number in range(count):
        at = (np.arange(SAMPLES) + number * SAMPLES) / 48_000
        tone = 8000 * np.sin(2 * np.pi * (440 + 200 * np.sin(at)) * at)
        both = np.repeat(tone.astype(np.int16), 2).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, number * SAMPLES
        found += [bytes(packet) for packet in codec.encode(frame)]
    return found
