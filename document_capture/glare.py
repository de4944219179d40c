"""Where a page only mirrors a lamp, and how much of its writing that hides.

A lamp's light is added to what paper and ink send themselves. Paper is white long
before ink is, so writing reaches some way into a mirrored spot and pales on its way.
A line that ends in full contrast where letters would still be seen ends by itself.
"""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array
from document_capture.obstructions import (
    LEAST_SPOT,
    NOTHING,
    WHOLE_LINES,
    Spot,
    large_islands,
    middle_of,
    spot_of,
    square,
    swallowed,
)
from document_capture.writing import Writing

MIRRORED = 250
"""Level of all three colours from which a place only mirrors the lamp."""
BRIGHT_PAPER = 247
"""Level of the paper itself from which white says nothing about mirrors."""
NEAR = 2.0
"""Heights of a line within which an end of it touches a spot."""
UNFADED = 0.8
"""Share of a line's contrast that its last letter has where nothing is mirrored."""
SEEN_ON = 1.0
"""Heights of a line for which light must rise slowly beside a line's end, or the line
go on into the spot: then the next letter would be seen too, if there were one."""
RIM_WITHIN = 6
"""Heights of a line before its end within which a spot's rim is looked for."""
RIM = 0.3
"""Share of the way from paper to white at which a spot's soft rim begins."""


class _End(msgspec.Struct, frozen=True):
    """One end of a piece of a line."""

    x: int
    """Column beyond which the piece goes on no more."""
    way: int
    """1: to the right; -1: to the left."""
    y: int
    high: int
    usual: float
    """Contrast of the piece."""


def glare_on(writing: Writing) -> Spot:
    """Return where the page only mirrors light, though its paper is not as bright.

    Paper without writing is white and not glare: a spot counts as far as it ends
    lines of writing, and where the paper beside it is darker.
    """
    blue, green, red = cv2.split(writing.small)
    least = cv2.min(cv2.min(blue, green), red)
    paper = middle_of(least)
    if paper >= BRIGHT_PAPER:
        return NOTHING
    spots = cv2.threshold(least, MIRRORED - 1, 1, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(spots) < LEAST_SPOT * spots.size:
        return NOTHING
    # Writing that survives in the middle of a spot is still there to be read.
    near = max(3, int(writing.height)) | 1
    legible = cv2.dilate(writing.ink, square(near))
    spots = cv2.morphologyEx(spots & (1 - legible), cv2.MORPH_OPEN, square(5))
    labels, about, large = large_islands(spots)
    if not large.any():
        return NOTHING
    mask = large[labels].view(np.uint8)
    whole = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square(2 * near + 1))
    lines = writing.lines
    gone = swallowed(whole, lines) if len(lines) else 0.0
    hidden = _drowned(whole, lines, least, paper)
    return spot_of(
        about, large, mask.shape, max(hidden, gone if gone > WHOLE_LINES else 0.0)
    )


def _drowned(spots: Array, lines: Array, level: Array, paper: int) -> float:
    """Return the share of the lines' lengths that is lost where they pale in a spot.

    As much is lost as the spot is long there, as far as other lines reach.
    """
    if not len(lines):
        return 0.0
    left, right = int(lines[:, 0].min()), int((lines[:, 0] + lines[:, 2]).max())
    missing = 0
    for row in _rows(lines):
        ends = [end for piece in row for end in _ends(piece, level)]
        y = int(np.median([end.y + end.high // 2 for end in ends]))
        places = [left, *(end.x for end in ends), right]
        for gap in range(0, len(places), 2):
            begin, stop = places[gap], places[gap + 1]
            beside = ends[max(gap - 1, 0) : gap + 1]
            if any(_cut(end, spots[y], level, paper) for end in beside):
                missing += int(spots[y, begin : max(begin, stop)].sum())
    return missing / (missing + float(lines[:, 2].sum()))


def _rows(lines: Array) -> list[list[list[int]]]:
    """Return the pieces of lines that lie in one row together, from left to right."""
    rows: list[list[list[int]]] = []
    for piece in sorted(lines.tolist(), key=lambda one: float(one[1] + one[3] / 2)):
        if rows:
            _, y, _, high = rows[-1][-1]
            if piece[1] + piece[3] / 2 < y + high:
                rows[-1].append(piece)
                continue
        rows.append([piece])
    return [sorted(row) for row in rows]


def _ends(piece: list[int], level: Array) -> list[_End]:
    x, y, wide, high = piece
    contrast = _contrast(level, y, high, x, x + wide)
    letters = cv2.dilate(contrast[None], np.ones((1, _letter(high)), np.uint8))
    usual = float(np.median(letters))
    return [_End(x, -1, y, high, usual), _End(x + wide, 1, y, high, usual)]


def _cut(end: _End, spots: Array, level: Array, paper: int) -> bool:
    """Whether a line is cut off at its ``end`` by the spots in its row."""
    near = round(NEAR * end.high)
    beyond = _columns(end, -2, near, len(spots))
    if not spots[beyond].any():
        return False
    last = _columns(end, -end.high, 0, len(spots))
    contrast = level[end.y : end.y + end.high, last]
    contrast = contrast.max(axis=0) - contrast.min(axis=0)
    clear = np.flatnonzero(contrast >= UNFADED * end.usual)
    if not len(clear):
        return True
    before = _columns(end, -RIM_WITHIN * end.high, near, len(spots))
    light = level[max(0, end.y - 2) : end.y + end.high + 2, before].max(axis=0)
    white = int(np.argmax(light >= MIRRORED))
    dull = np.flatnonzero(light[:white] < paper + RIM * (MIRRORED - paper))
    soft = white - 1 - int(dull[-1]) if len(dull) else white
    inside = end.way * (end.x - int(before[white]))
    # A full stop is paler than a letter; where light rises slowly, so does the pallor.
    to_the_last = clear[-1] >= len(contrast) - _letter(end.high)
    seen_on = max(soft + max(-inside, 0), inside if to_the_last else 0)
    return seen_on < SEEN_ON * end.high


def _columns(end: _End, begin: int, stop: int, width: int) -> Array:
    """Return columns of the page, from before an end (less than 0) to beyond it."""
    columns = end.x - (end.way < 0) + end.way * np.arange(begin, stop)
    inside: Array = columns[(columns >= 0) & (columns < width)]
    return inside


def _letter(high: int) -> int:
    """Return the width of a narrow letter in a line."""
    return max(2, high // 2)


def _contrast(level: Array, y: int, high: int, begin: int, end: int) -> Array:
    """Return how much darker than paper the ink is in each column of a line."""
    band = level[y : y + high, begin:end]
    dark: Array = band.max(axis=0) - band.min(axis=0)
    return dark
