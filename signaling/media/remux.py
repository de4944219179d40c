"""Journals of one source to one WebM: nothing is decoded, nothing is invented.

Time line: each packet's RTP time is placed on the sender's clock by its sender
reports, and that clock on ours by the least delay seen (audio and video of one
leg keep their sync). Before the first report, the time of arrival decides. Gaps
of sound are filled with Opus silence, so that picture and sound stay together.
"""

import fractions
import io
import itertools
import statistics
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import msgspec
from aiortc.codecs.vpx import vp8_depayload

from signaling.media.journal import Header, Record, codec_name, read_journal
from signaling.media.rtp import BadRtp, payload_span, unwrap

SILENCE = b"\xf8\xff\xfe"
"""20 ms of nothing in Opus (RFC 6716 section 3.1, TOC 31, one frame)."""
FRAME = 0.02
NTP_TO_UNIX = 2_208_988_800
GAP = 1.0
"""Seconds without a packet that count as a gap of the recording."""
LEAST_PACKETS = 3
KEY_HEADER = 10
"""Bytes of a VP8 key frame before its data (RFC 6386 section 9.1)."""


class Remuxed(msgspec.Struct, frozen=True):
    """One WebM and what is known about it; times are seconds since 1970."""

    data: bytes
    began: float
    seconds: float
    frames: int
    gaps: tuple[tuple[float, float], ...]


class NothingReadable(Exception):
    """No key frame and no sound in these journals."""


class _Frame(msgspec.Struct, frozen=True):
    at: float
    data: bytes
    key: bool


class _Segment:
    """The packets of one SSRC, in order, with a time for each."""

    def __init__(self, header: Header, records: Sequence[Record]) -> None:
        self.kind = header.kind
        self.clock = 90_000 if header.kind == "video" else 48_000
        packets: dict[int, tuple[float, int, bytes]] = {}
        number = stamp = None
        for record in records:
            if record.kind != 0 or len(record.data) < 12:
                continue
            raw_number, raw_stamp = struct.unpack_from("!HI", record.data, 2)
            number = raw_number if number is None else unwrap(raw_number, number, 16)
            stamp = raw_stamp if stamp is None else unwrap(raw_stamp, stamp, 32)
            packets.setdefault(number, (record.at, stamp, record.data))
        self.packets = [(n, *packets[n]) for n in sorted(packets)]
        self.reports = [r for r in records if r.kind == 1]

    def arrival_shift(self) -> float:
        """Return what, added to RTP time, gives the earliest plausible arrival."""
        return min(at - stamp / self.clock for _, at, stamp, _ in self.packets)

    def sender_shift(self) -> float | None:
        """Return what, added to RTP time, gives the sender's clock, if it said."""
        shifts = []
        for report in self.reports:
            ntp, raw = struct.unpack("!QI", report.data)
            near = self.packets[0][2] + int(
                (report.at - self.packets[0][1]) * self.clock
            )
            stamp = unwrap(raw, near, 32)
            shifts.append(ntp / 2**32 - NTP_TO_UNIX - stamp / self.clock)
        return statistics.median(shifts) if shifts else None


def remux(paths: Iterable[Path], key: bytes) -> Remuxed:
    """Return one WebM made of all journals of one source.

    Raises:
        NothingReadable: there is neither a key frame nor sound.
    """
    segments = [one for path in paths for one in _readable(path, key)]
    shifts = _shifts(segments)
    video: list[_Frame] = []
    audio: list[_Frame] = []
    for segment, shift in zip(segments, shifts, strict=True):
        if segment.kind == "video":
            video += [
                _Frame(stamp / segment.clock + shift, data, key_frame)
                for stamp, data, key_frame in _video_frames(segment)
            ]
        else:
            audio += _audio_frames(segment, shift)
    video.sort(key=lambda frame: frame.at)
    audio.sort(key=lambda frame: frame.at)
    if not video and not audio:
        raise NothingReadable
    began = min(frames[0].at for frames in (video, audio) if frames)
    ended = max(frames[-1].at for frames in (video, audio) if frames)
    return Remuxed(
        data=_write(video, audio, began),
        began=began,
        seconds=ended - began,
        frames=len(video),
        gaps=tuple(_gaps(video or audio)),
    )


def _readable(path: Path, key: bytes) -> list["_Segment"]:
    """Return the segments of a journal; none if it was cut before its header."""
    try:
        return _segments(path, key)
    except ValueError:
        return []


def _segments(path: Path, key: bytes) -> list[_Segment]:
    header, records = read_journal(path, key)
    usable: dict[int, list[Record]] = {}
    for record in records:
        if record.kind == 1 and usable:
            list(usable.values())[-1].append(record)
        elif record.kind == 0 and codec_name(header, record.data) in {"vp8", "opus"}:
            ssrc = struct.unpack_from("!I", record.data, 8)[0]
            usable.setdefault(ssrc, []).append(record)
    built = [_Segment(header, found) for found in usable.values()]
    return [one for one in built if len(one.packets) >= LEAST_PACKETS]


def _shifts(segments: list[_Segment]) -> list[float]:
    sender = [one.sender_shift() for one in segments]
    arrival = [one.arrival_shift() for one in segments]
    delays = [a - s for a, s in zip(arrival, sender, strict=True) if s is not None]
    clock = min(delays, default=0.0)
    return [a if s is None else s + clock for a, s in zip(arrival, sender, strict=True)]


def _video_frames(segment: _Segment) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (RTP time, frame, is key) of whole frames; after a loss wait for a key."""
    waiting = True
    current: list[bytes] = []
    stamp_now: int | None = None
    expected: int | None = None
    broken = False
    for number, _, stamp, packet in [*segment.packets, (-1, 0.0, -1, b"")]:
        if stamp_now is not None and stamp != stamp_now and current:
            frame = b"".join(current)
            whole = bool(frame) and not broken
            key = len(frame) >= KEY_HEADER and whole and not frame[0] & 1
            waiting = not key if (waiting or not whole) else False
            if whole and not waiting:
                yield stamp_now, frame, key
            current, broken = [], False
        if number < 0:
            return
        if expected is not None and number != expected:
            broken = True
        expected = number + 1
        stamp_now = stamp
        try:
            begin, end = payload_span(packet, len(packet))
            if end > begin:
                current.append(vp8_depayload(packet[begin:end]))
        except (BadRtp, ValueError):
            broken = True


def _audio_frames(segment: _Segment, shift: float) -> list[_Frame]:
    frames = []
    for _, _, stamp, packet in segment.packets:
        try:
            begin, end = payload_span(packet, len(packet))
        except BadRtp:
            continue
        if end > begin:
            at = stamp / segment.clock + shift
            frames.append(_Frame(at, packet[begin:end], True))
    return frames


def _filled(audio: list[_Frame]) -> Iterator[_Frame]:
    end: float | None = None
    for frame in audio:
        if end is not None and frame.at < end - 1.5 * FRAME:
            continue  # two sources at once: the first one heard goes on
        while end is not None and frame.at - end > 1.5 * FRAME:
            yield _Frame(end, SILENCE, True)
            end += FRAME
        yield frame
        end = frame.at + FRAME


def _gaps(frames: list[_Frame]) -> Iterator[tuple[float, float]]:
    for before, after in itertools.pairwise(frames):
        if after.at - before.at > GAP:
            yield before.at, after.at


def _write(video: list[_Frame], audio: list[_Frame], began: float) -> bytes:
    out = io.BytesIO()
    options = {"cluster_time_limit": "1000", "cues_to_front": "0"}
    with av.open(out, "w", format="webm", options=options) as box:
        tracks: list[tuple[av.stream.Stream, int, Iterable[_Frame]]] = []
        if video:
            width, height = _largest(video)
            track = box.add_mux_stream("vp8", width=width, height=height)
            tracks.append((track, 90_000, video))
        if audio:
            template = _opus_template()
            sound = box.add_stream_from_template(template.streams.audio[0])
            tracks.append((sound, 48_000, list(_filled(audio))))
        packets = []
        for track, clock, frames in tracks:
            last = -1
            for frame in frames:
                packet = av.Packet(frame.data)
                last = max(int((frame.at - began) * clock), last + 1)
                packet.pts = packet.dts = last
                packet.time_base = fractions.Fraction(1, clock)
                packet.stream = track
                packet.is_keyframe = frame.key
                packets.append((last / clock, packet))
        packets.sort(key=lambda pair: pair[0])
        for _, packet in packets:
            box.mux_one(packet)
    return out.getvalue()


def _largest(video: list[_Frame]) -> tuple[int, int]:
    sizes = [struct.unpack_from("<HH", f.data, 6) for f in video if f.key]
    return max((w & 0x3FFF, h & 0x3FFF) for w, h in sizes)


def _opus_template() -> "av.container.InputContainer":
    """Return a tiny file whose audio track has the header that WebM needs."""
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
    buffer.seek(0)
    return av.open(buffer, "r")
