"""Finds the impression of a company's seal on a straight page, and cuts it out.

A seal is a closed round or oval ring in red or blue ink with something in it. Its
colour parts it from print, its outline from handwriting and pictures. Everything
is measured in mm, so the page must have a known size.
"""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image, Refused, scaled
from document_capture.papers import MM_PER_INCH, SIZES, Paper, plausible_dpi
from document_capture.seal_ring import (
    SMALLEST,
    Outline,
    is_closed,
    is_round,
    is_smeared,
    outline_of,
)

SEARCH_DPI = 100.0
"""A ring is 1 mm thick: four pixels."""
LEAST_CHROMA = 45
"""Difference between the strongest and the weakest colour: pale ink on white paper."""
REDS, BLUES = (140, 13), (95, 140)
"""Hues of OpenCV (half degrees) of seal ink; red goes past 180. Violet is red."""
JOINED = 2.5
"""mm: ring and characters of one seal are not farther apart."""
LARGEST = 65.0
"""mm: no company's seal is larger. Most are 36 to 45."""
WIDEST_BLOB = 90.0
"""mm: coloured things that are larger are pictures and frames, not what a seal left."""
LEAST_PART = 10.0
"""mm: less than this of a seal at the edge is not told from other coloured things."""
EDGE = 1.5
"""mm: what comes nearer than this to the edge of the page goes on beyond it."""


class NoSeal(Refused):
    """Nothing on the page is the impression of a seal."""

    code = "seal-not-found"


class SeveralSeals(Refused):
    """Nobody can say which of the seals is meant."""

    code = "seal-several"


class SealCutOff(Refused):
    """A part of the seal lies outside the page."""

    code = "seal-cut-off"


class SealSmeared(Refused):
    """The ring is not closed, or the ink has run."""

    code = "seal-smeared"


class SealTooLarge(Refused):
    """Larger than seals are: the page is not as large as it was taken for."""

    code = "seal-too-large"


class Found(msgspec.Struct, frozen=True):
    """Where a seal is: its outline in pixels of the page, and which ink it has."""

    outline: Outline
    hues: tuple[int, int]
    dpi: float


def find_seal(page: Image, dpi: float = 0.0) -> Found:
    """Return the one seal on ``page``.

    Args:
        page: (h, w, 3) BGR, straight and cleaned.
        dpi: its pixels in an inch; if not known or not plausible, it is as long as A4.

    Raises:
        NoSeal, SeveralSeals, SealCutOff, SealSmeared, SealTooLarge: what their
            names say; one whole seal is found although others are cut off.
    """
    dpi = plausible_dpi(dpi) or max(page.shape[:2]) / SIZES[Paper.A4].long * MM_PER_INCH
    if min(page.shape[:2]) < SMALLEST / MM_PER_INCH * dpi:
        raise NoSeal
    small = scaled(page, min(1.0, SEARCH_DPI / dpi))
    scale = max(small.shape[:2]) / max(page.shape[:2])
    per_mm = dpi * scale / MM_PER_INCH
    seen = [
        (hues, one)
        for hues in (REDS, BLUES)
        for one in _candidates(ink_mask(small, hues), per_mm)
    ]
    whole = [(hues, one) for hues, one in seen if one.code == ""]
    if len(whole) > 1:
        raise SeveralSeals
    if not whole:
        raise _worst({one.code for _, one in seen})
    [(hues, one)] = whole
    assert one.outline is not None, "what is whole has an outline"
    return Found(one.outline.times(1 / scale), hues, dpi)


def ink_mask(page: Image, hues: tuple[int, int]) -> Array:
    """Return (h, w) uint8, 1 where there is ink of ``hues``."""
    chroma = page.max(axis=2).astype(np.int16) - page.min(axis=2)
    hue = cv2.cvtColor(page, cv2.COLOR_BGR2HSV)[..., 0]
    low, high = hues
    within = (hue >= low) & (hue < high) if low < high else (hue >= low) | (hue < high)
    mask: Array = (within & (chroma >= LEAST_CHROMA)).astype(np.uint8)
    return mask


class _Candidate(msgspec.Struct, frozen=True):
    """A coloured thing as large as a seal; ``code`` says why it is none, or nothing."""

    code: str
    outline: Outline | None = None


def _candidates(ink: Array, per_mm: float) -> list[_Candidate]:
    reach = 2 * round(JOINED * per_mm / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    # Closing at the edge of the picture would stick to it.
    padded = cv2.copyMakeBorder(ink, *[reach] * 4, cv2.BORDER_CONSTANT, value=0)
    joined = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)
    joined = joined[reach:-reach, reach:-reach]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = [tuple(map(int, row[:4])) for row in stats]
    order = sorted(range(1, len(boxes)), key=lambda at: -boxes[at][2] * boxes[at][3])
    found: list[_Candidate] = []
    outer: list[tuple[int, ...]] = []
    for at in order:
        box = boxes[at]
        if min(box[2:]) < LEAST_PART * per_mm or any(_within(box, it) for it in outer):
            continue
        outer.append(box)
        x, y, width, height = box
        part = (slice(y, y + height), slice(x, x + width))
        alone = ink[part] * (labels[part] == at)
        found += _judged(alone, box, per_mm, ink.shape)
    return found


def _judged(
    ink: Array, box: tuple[int, ...], per_mm: float, page: tuple[int, ...]
) -> list[_Candidate]:
    """Return what a coloured thing is; nothing if it has nothing of a seal."""
    width, height = (side / per_mm for side in box[2:])
    if _at_edge(box, page, EDGE * per_mm):
        return [] if max(width, height) > WIDEST_BLOB else [_Candidate(SealCutOff.code)]
    if min(width, height) < SMALLEST:
        return []
    outline = outline_of(ink)
    closed = is_round(outline, ink) and is_closed(outline, ink)
    if closed and max(width, height) > LARGEST:
        return [_Candidate(SealTooLarge.code)]
    if max(width, height) > WIDEST_BLOB:
        return []
    if not closed or is_smeared(outline, ink, per_mm):
        return [_Candidate(SealSmeared.code)]
    return [_Candidate("", outline.moved(box[0], box[1]))]


def _at_edge(box: tuple[int, ...], page: tuple[int, ...], near: float) -> bool:
    x, y, width, height = box
    right, bottom = page[1] - x - width, page[0] - y - height
    return min(x, y, right, bottom) < near


def _within(inner: tuple[int, ...], outer: tuple[int, ...]) -> bool:
    x, y, width, height = inner
    left, top, wide, high = outer
    across = left <= x and x + width <= left + wide
    return across and top <= y and y + height <= top + high


def _worst(codes: set[str]) -> Refused:
    """Return what a person should mend first."""
    for error in (SealCutOff, SealSmeared, SealTooLarge):
        if error.code in codes:
            return error()
    return NoSeal()
