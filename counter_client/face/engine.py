"""What a window needs of whatever compares faces."""

from typing import Any, Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from document_capture.faces import FaceBox
from document_capture.images import Image
from protocol.faces import Band

Numbers = npt.NDArray[np.float32]
"""(n,) float32 of length 1: what an engine makes of a face to compare it. Lives in
memory only, for one comparison."""
Points = npt.NDArray[Any]
"""(5, 2) x and y in pixels: the eye on the left of the picture, the other eye, the
tip of the nose, and the corners of the mouth from left to right."""

RULE: Final = "faces/1"
"""The version of every threshold here and in ``judging``: it goes to the log."""
LIKELY_SAME = 0.55
"""From this similarity on it is likely the same person: 1 of 24,742 pairs of
different people reached it, and 5.7 % of pairs of the same did not (68 people,
pictures that passed the gate, thresholds chosen on the same data)."""
UNCLEAR = 0.40
"""Below it is likely somebody else: 0.9 % of pairs of the same person lay below."""


class Sighted(msgspec.Struct, frozen=True):
    """A face in a picture, and what is known of its posture."""

    box: FaceBox
    points: Points


class FaceEngine(Protocol):
    """Finds, describes and compares faces.

    Implementations pass ``tests/counter_client/face_engine_rules.py``. They may
    block for a tenth of a second; they are asked by one thread at a time.
    """

    name: str
    """Goes to the log: see ``protocol.faces.Name``."""
    models: str
    """SHA-256 of what it works with, in hexadecimal."""
    ready: bool
    """Whether it can compare at all; if not, it finds no face anywhere."""

    def detect(self, picture: Image) -> list[Sighted]:
        """Return the faces in ``picture``, largest first."""
        ...

    def embed(self, picture: Image, face: Sighted) -> Numbers:
        """Return what is compared of a face in ``picture``."""
        ...

    def compare(self, one: Numbers, other: Numbers) -> float:
        """Return how similar two faces are: -1 to 1, the same whichever is first."""
        ...


def band_of(similarity: float) -> Band:
    """Return what a similarity advises."""
    if similarity >= LIKELY_SAME:
        return Band.LIKELY_SAME
    return Band.UNCLEAR if similarity >= UNCLEAR else Band.LIKELY_DIFFERENT
