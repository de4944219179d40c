"""What a picture costs on a terminal: until its preview is made, and all of it."""

import statistics
import time
from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench.report import quick
from counter_client.specimens import Specimens, on_desk
from counter_client.watching import EVERY
from document_capture.capture import Draft, capture
from document_capture.guidance import Guide
from document_capture.images import Image
from document_capture.tracking import Followed

FRAME = 4000, 3000
SHOTS, FEW = 9, 3
GRAIN = 1.5
"""Grey levels by which a frame of a camera differs from the one before."""
LOOKS = 30
"""Looks within which a paper that lies still must have been photographed."""


class Cost(msgspec.Struct, frozen=True):
    """A page photographed with 12 megapixels, and the CPU seconds until its preview."""

    draft: Draft
    followed: float
    """Where the terminal followed the paper until then, as it does for a person."""
    searched: float
    """Where the whole frame had to be searched."""
    rest: float
    """For page and original, made while the preview is on its way."""


def cost(seed: int) -> Cost:
    """Photograph a paper that lies still, in the moment in which it takes itself.

    The first picture of a process pays for what is loaded and is not counted.
    """
    paper = Specimens(Path("var/fonts")).paper("articles")
    frame, _ = on_desk(paper, FRAME, 3.0, seed)
    followed = _watched(frame)
    picture = _next(frame)
    draft = capture(picture)
    draft.whole()
    spent: dict[bool, list[float]] = {True: [], False: []}
    rest = []
    for _ in range(FEW if quick() else SHOTS):
        for known, times in spent.items():
            began = time.process_time()
            draft = capture(picture, followed=followed if known else None)
            times.append(time.process_time() - began)
        began = time.process_time()
        draft.whole()
        rest.append(time.process_time() - began)
    middle = statistics.median
    return Cost(draft, middle(spent[True]), middle(spent[False]), middle(rest))


def _watched(frame: Image) -> Followed:
    """Return what the terminal knows when it takes the picture by itself."""
    guide = Guide()
    for look in range(LOOKS):
        if guide.look(frame, look * EVERY).shoot:
            break
    assert guide.followed is not None, "one paper lies still in good light"
    return guide.followed


def _next(frame: Image) -> Image:
    """Return the next frame of the camera: the same but for its grain."""
    grain = np.empty(frame.shape, np.int16)
    cv2.setRNGSeed(7)
    cv2.randn(grain, 0, GRAIN)
    seen: Image = cv2.add(frame, grain, dtype=cv2.CV_8U)
    return seen
