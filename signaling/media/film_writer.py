"""Writes one film while the call goes on, and hands out its bytes piece by piece.

libav writes the clusters one after the other and goes back once, at the end, to
put length and index into the head. So everything but the head can be stored at
once, and the head is stored last. The muxer's state is all that is in memory.
"""

import fractions
import functools
import io
import logging

import av
import msgspec

from signaling.media.frames import Frame, opus_seconds, vp8_size
from signaling.media.rtp_clock import CLOCKS

log = logging.getLogger(__name__)

PIECE_SECONDS = 8.0
"""Together with a cluster that is not written yet, a piece stays below 10 s."""
PIECE_BYTES = 4 * 1024 * 1024
SILENCE = b"\xf8\xff\xfe"
"""20 ms of nothing in Opus (RFC 6716 section 3.1, TOC 31, one frame)."""
SILENCE_SECONDS = 0.02
FILL = 0.03
"""Seconds without sound that are filled; less is only how packets came."""
FORMATS = {"vp8": ("webm", "video/webm"), "h264": ("matroska", "video/x-matroska")}
"""WebM may not hold H.264, so such a film is Matroska and is called that."""


class CannotBegin(Exception):
    """The first picture does not say what a film of it needs."""


class Piece(msgspec.Struct, frozen=True):
    """Bytes of a film in order; number 0 is the head and comes last."""

    number: int
    data: bytes
    begins: float
    ends: float


class _Paper(io.RawIOBase):
    """What libav writes on: the end grows, and only the head is written again."""

    def __init__(self) -> None:
        self.head = bytearray()
        self.tail = bytearray()
        self._place = 0
        self._end = 0

    def write(self, data: object) -> int:
        given = bytes(data)  # type: ignore[call-overload]  # libav gives a buffer
        if self._place == self._end:
            self.tail += given
            self._end += len(given)
        else:
            assert self._place + len(given) <= len(self.head), "only the head changes"
            self.head[self._place : self._place + len(given)] = given
        self._place += len(given)
        return len(given)

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._end}
        self._place = base[whence] + place
        return self._place

    def tell(self) -> int:
        return self._place

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def take(self) -> bytes:
        """Return what came since, for good."""
        taken = bytes(self.tail)
        self.tail.clear()
        return taken


class FilmWriter:
    """One film being made."""

    def __init__(self, pictures: list[Frame], began: float, *, sound: bool) -> None:
        """``pictures`` are those known so far, a key frame first; none: only sound.

        Raises:
            CannotBegin: the first picture cannot begin a film.
        """
        picture = pictures[0] if pictures else None
        self.began = self.ended = began
        self.pictures = picture.codec if picture else None
        self.codecs = tuple(filter(None, (self.pictures, "opus" if sound else None)))
        self.media_type = FORMATS[self.pictures or "vp8"][1]
        self.frames = 0
        self.size = 0
        self._paper = _Paper()
        self._pieces: list[Piece] = []
        self._number = 0
        self._piece_began = began
        name = FORMATS[self.pictures or "vp8"][0]
        options = {"cluster_time_limit": "1000", "cues_to_front": "0"}
        self._box = av.open(self._paper, "w", format=name, options=options)
        self._tracks: dict[str, av.stream.Stream] = {}
        if pictures:
            self._tracks["video"] = _picture_track(self._box, pictures)
        if sound:
            with av.open(io.BytesIO(_opus_file()), "r") as template:
                track = self._box.add_stream_from_template(template.streams.audio[0])
            self._tracks["audio"] = track
        self._last = dict.fromkeys(self._tracks, -1)
        self._heard = began
        self._box.start_encoding()
        self._paper.head[:] = self._paper.take()

    def show(self, frame: Frame, at: float) -> None:
        """Add a picture, and silence up to it if nobody spoke."""
        self.fill(at - FILL)
        self.frames += self._mux("video", frame.data, at, key=frame.key)

    def sound(self, frame: Frame, at: float) -> None:
        """Add sound, and silence before it if there was none."""
        if at < self._heard - FILL:
            return  # two at once, as when a page is reloaded: the first goes on
        self.fill(at)
        self._mux("audio", frame.data, at, key=True)
        self._heard = max(at, self._heard - FILL) + opus_seconds(frame.data)

    def fill(self, until: float) -> None:
        """Add silence where nothing was heard, so that players keep the time."""
        while "audio" in self._tracks and until - self._heard > FILL:
            self._mux("audio", SILENCE, self._heard, key=True)
            self._heard += SILENCE_SECONDS

    def take(self) -> list[Piece]:
        """Return the pieces that are complete."""
        taken, self._pieces = self._pieces, []
        return taken

    def close(self) -> list[Piece]:
        """Complete the film; return its last pieces, and then its head."""
        self.fill(self.ended)
        self._box.close()
        self._cut()
        head = bytes(self._paper.head)
        self.size += len(head)
        return [*self.take(), Piece(0, head, self.began, self.began)]

    def _cut(self) -> None:
        data = self._paper.take()
        if data:
            self._number += 1
            self.size += len(data)
            piece = Piece(self._number, data, self._piece_began, self.ended)
            self._pieces.append(piece)
            self._piece_began = self.ended

    def _mux(self, kind: str, data: bytes, at: float, *, key: bool) -> bool:
        """Write a packet; ``False`` if libav will not have it."""
        clock = CLOCKS[kind]
        stamp = max(int((at - self.began) * clock), self._last[kind] + 1)
        packet = av.Packet(data)
        packet.pts = packet.dts = stamp
        packet.time_base = fractions.Fraction(1, clock)
        packet.stream = self._tracks[kind]
        packet.is_keyframe = key
        try:
            self._box.mux_one(packet)
        except (av.FFmpegError, ValueError):
            log.debug("a packet was not written", extra={"kind": kind})
            return False
        self._last[kind] = stamp
        self._advance(self.began + stamp / clock)
        return True

    def _advance(self, at: float) -> None:
        if at - self.ended > 1.0:
            self._cut()  # nothing was there for long: that is no part of a piece
            self._piece_began = at
        self.ended = max(self.ended, at)
        long = self.ended - self._piece_began >= PIECE_SECONDS
        if long or len(self._paper.tail) >= PIECE_BYTES:
            self._cut()


def _picture_track(
    box: "av.container.OutputContainer", pictures: list[Frame]
) -> "av.stream.Stream":
    first = pictures[0]
    if first.codec == "vp8":
        # Senders begin small: the largest so far is closer to what will follow.
        same = [one for one in pictures if one.key and one.codec == "vp8"]
        width, height = max(vp8_size(one.data) for one in same)
        return box.add_mux_stream("vp8", width=width, height=height)
    try:
        # libav finds the parameter sets that a Matroska head must have.
        with av.open(io.BytesIO(first.data), "r", format="h264") as template:
            return box.add_stream_from_template(template.streams.video[0], opaque=True)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise CannotBegin("h264") from error


@functools.cache
def _opus_file() -> bytes:
    """Return a tiny file whose audio track has the head that WebM needs."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as box:
        stream = box.add_stream("libopus", rate=48_000, layout="stereo")
        silence = av.AudioFrame(format="s16", layout="stereo", samples=960)
        silence.sample_rate = 48_000
        silence.pts = 0
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        box.mux(stream.encode(silence))
        box.mux(stream.encode(None))
    return buffer.getvalue()
