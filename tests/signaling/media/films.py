"""Films that a test makes of journals, and what one sees and hears in them."""

import dataclasses
import io
from pathlib import Path

import av
import numpy as np

from casework.recording import Film, Gap
from signaling.media.film_writer import Piece
from signaling.media.source_films import SourceFilms
from tests.signaling.media.tapes import NOON


@dataclasses.dataclass
class Made:
    """A film: its bytes, its pieces in order, and what is known of it."""

    about: Film
    pieces: list[Piece]
    gaps: list[Gap]

    @property
    def data(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)


def films_of(
    folder: Path, leg: str, key: bytes, ended: float | None = None
) -> list[Made]:
    """Return the films of one source, made in one go; ``ended`` counts from noon."""
    source, found = SourceFilms(folder, leg, key), []
    while not source.caught_up:
        found += source.read()
    found += source.finish(source.newest if ended is None else NOON + ended)
    source.close()
    return [
        Made(
            film,
            sorted(
                (one.piece for one in found if one.film == film.name),
                key=lambda piece: piece.number,
            ),
            source.gaps(),
        )
        for film in source.films
    ]


def decoded(film: bytes) -> tuple[int, float]:
    """Decode everything; return how many pictures and seconds of sound there are."""
    pictures, samples = 0, 0
    with av.open(io.BytesIO(film), "r") as box:
        for packet in box.demux():
            frames = packet.decode()
            pictures += sum(isinstance(one, av.VideoFrame) for one in frames)
            samples += sum(
                one.samples for one in frames if isinstance(one, av.AudioFrame)
            )
    return pictures, samples / 48_000


def flashes(film: bytes) -> list[float]:
    """Return when the picture turns white, in seconds of the film."""
    found, before = [], True
    with av.open(io.BytesIO(film), "r") as box:
        for frame in box.decode(video=0):
            assert frame.time is not None
            grey = frame.to_ndarray(format="gray")
            white = float(grey[grey.shape[0] // 2 :].mean()) > 150
            if white and not before:
                found.append(frame.time)
            before = white
    return found


def beeps(film: bytes) -> list[float]:
    """Return when a beep begins, in seconds of the film."""
    found, quiet_since = [], 0.0
    with av.open(io.BytesIO(film), "r") as box:
        for frame in box.decode(audio=0):
            assert frame.time is not None
            wave = np.abs(frame.to_ndarray().astype(np.float32)).max(axis=0)
            loud = np.flatnonzero(wave > 0.1)
            if not len(loud):
                continue
            at = frame.time + loud[0] / 48_000
            if at - quiet_since > 0.3:
                found.append(at)
            quiet_since = frame.time + loud[-1] / 48_000
    return found


def offsets(film: bytes) -> list[float]:
    """Return flash minus beep for each flash that has a beep near it."""
    heard = beeps(film)
    pairs = [(at, min(heard, key=lambda one: abs(one - at))) for at in flashes(film)]
    return [flash - beep for flash, beep in pairs if abs(flash - beep) < 0.45]
