"""The gate: is this picture good enough to decide on? If not, what is wrong with it?

The limits were set on photographs of invented pages whose reading errors are
known (``bench/gate.py``): what is refused cannot be read, not what looks poor.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from document_capture.findings import (
    Covered,
    Duplicate,
    Empty,
    Finding,
    Folded,
    Glare,
    Shadow,
    TooDark,
)
from document_capture.fingerprint import Fingerprint, fingerprint, same_page
from document_capture.glare import glare_on
from document_capture.images import Array, Blurred, Corners, CutOff, Image, TooFar
from document_capture.measured import Measured
from document_capture.obstructions import CREASE, crease_on, fingers_on
from document_capture.papers import (
    Paper,
    aspect_of,
    dpi_of,
    least_dpi,
    measured_paper,
    paper_of,
)
from document_capture.sharpness import Tiles, tiles_of
from document_capture.writing import WORK_SIDE, Writing

LEAST_PAGE = 480
"""Pixels of a page's long side below which it cannot be read."""
HOPELESS = 0.8
"""Share of the wanted resolution below which no print of the usual size reads; what
lies between is worth a look, and its letters are measured."""
EDGE = 0.012
"""A side this near to the frame, as a share of it, is the frame and not the page."""
OUTSIDE = 4
"""Pixels by which a corner may lie outside the frame."""
HALF_DENSE = 0.202
"""Width of an edge, over the height of dense writing (Chinese), at which half of its
letters cannot be read. Fitted to 203 pages that ``bench/gate.py`` does not judge."""
HALF_OPEN = 0.237
"""The same for open writing (Latin letters), whose strokes lie further apart."""
SOONER = 6.0
"""How quickly letters are lost around that width: the exponent of their odds."""
LOST_LETTERS = 0.0055
"""Share of the letters that blur may cost, but for those in ``UNCLEAR_SHARE``. On those
203 pages anything from 0.004 to 0.007 does the same."""
OPEN, DENSE = 0.50, 0.56
"""Share of a line's area that is ink: Latin letters, and Chinese characters."""
UNCLEAR_SHARE = 0.12
"""Share of the writing that may be softer, or paler: a word or two, or a picture."""
LEAST_CLEAR = 4.5
"""Contrast of writing over the grain of the picture; below, grain looks like dots."""
PALE = 12.0
"""Grey levels of the faintest writing that is not lost in JPEG."""
DIM = 0.5
"""Light of a place, over that of the page's brightest, that is a shadow's."""
DEEP = 0.06
"""Light of a place so dark that what lies in it is not seen at all."""
LEAST_DEEP = 0.03
"""Share of the page that may lie in such darkness."""
HIDDEN = 0.010
"""Share of the writing that glare or fingers may hide."""
TOUCHED = 0.003
"""Share of the page that a finger may cover without a word about it."""
BARE = 0.0004
"""Share of a page that is ink when there is anything on it: one short line."""
NARROWEST = 36
"""Pixels of ``Writing.ink`` across which a strip has room for a line of writing."""
LOST = 8.0
"""Grey levels of stains as large as words: writing too blurred to be lines."""
BENT = 0.002
"""Bend of the lines, in widths of the page, that is worth a look: 0.4 mm of A4 within
a line, which is a sheet that rises by some millimetres."""
SAME = 0.5


def judge(
    frame: Image,
    corners: Corners,
    straight: Measured,
    earlier: Sequence[Fingerprint] = (),
    expected: Paper | None = None,
    dpi: float = 0.0,
) -> list[Finding]:
    """Return all that is wrong with a page; nothing if it is good.

    Args:
        frame: the photograph.
        corners: where the page lies in it, clockwise from the top left.
        straight: the page, straightened but not cleaned.
        earlier: the pages that the same person has given before.
        expected: what kind of paper it should be, if that is known.
        dpi: pixels in an inch of the tray, of a calibrated camera; 0: not known.
    """
    found = reasons(frame, corners, straight, earlier, expected, dpi)
    return [*found, *_shape(straight)]


def reasons(
    frame: Image,
    corners: Corners,
    straight: Measured,
    earlier: Sequence[Fingerprint] = (),
    expected: Paper | None = None,
    dpi: float = 0.0,
) -> list[Finding]:
    """Return what ``judge`` does, but for what never refuses and takes time to see.

    That is whether the paper is bent or creased.
    """
    writing = straight.writing
    found = [*framing(frame, corners, expected, dpi)]
    nothing = _nothing(writing)
    found += nothing
    if not nothing:
        found += [*_light_and_focus(straight.page, writing), *_covered(writing)]
    return [*found, *_again(writing, earlier)]


def framing(
    frame: Image, corners: Corners, expected: Paper | None = None, dpi: float = 0.0
) -> Iterator[Finding]:
    """Yield what is wrong with where the page lies: cut off, or too small.

    Cheap: it needs no pixels, so it can be asked of every preview picture.
    """
    height, width = frame.shape[:2]
    inside = min(corners.min(), *(np.array([width, height]) - corners.max(axis=0)))
    on_edge = any(
        (along < length * EDGE).sum() >= 2 or (along > length * (1 - EDGE)).sum() >= 2
        for along, length in zip(corners.T, (width, height), strict=True)
    )
    if inside < -OUTSIDE or on_edge:
        yield Finding(CutOff.code, float(inside), float(-OUTSIDE))
    known = dpi > 0
    if known:
        paper = measured_paper(corners, dpi)
    else:
        paper = paper_of(aspect_of(corners, (height, width)), expected)
        dpi = dpi_of(corners, paper)
    least = least_dpi(paper)
    longest = float(np.hypot(*(np.roll(corners, -1, 0) - corners).T).max())
    if (known or paper is not Paper.OTHER) and dpi < least:
        yield Finding(TooFar.code, dpi, least, refuses=dpi < HOPELESS * least)
    elif not known and longest < LEAST_PAGE:
        yield Finding(TooFar.code, longest, float(LEAST_PAGE))


def _nothing(writing: Writing) -> list[Finding]:
    """Return whether there is no writing at all, or none that is still writing."""
    share = float(writing.ink.mean())
    if min(writing.ink.shape) < NARROWEST:
        return [Finding(Empty.code, share, BARE)]
    if share >= BARE:
        return []
    grey = cv2.cvtColor(writing.small, cv2.COLOR_BGR2GRAY)
    quarter = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(quarter, (0, 0), 1.5)
    stains = cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, np.ones((31, 31), np.uint8))
    strongest = float(np.percentile(stains[4:-4, 4:-4], 99.5))
    if strongest > LOST:
        return [Finding(Blurred.code, strongest, LOST)]
    return [Finding(Empty.code, share, BARE)]


def _light_and_focus(page: Image, writing: Writing) -> Iterator[Finding]:
    tiles = tiles_of(page, writing.letters)
    written = tiles.edge > 0
    if not written.any():
        return
    high = writing.height * max(page.shape[:2]) / WORK_SIDE
    # A blur makes letters higher at both ends, and most of all one from a moved hand.
    soft = tiles.edge / np.maximum(high - 2 * tiles.edge, 1)
    odds = (soft / _half_lost(writing)) ** SOONER
    lost = odds / (1 + odds)
    known = np.sort(lost[written])
    share = float(known[: len(known) - int(UNCLEAR_SHARE * len(known))].mean())
    if share > LOST_LETTERS:
        place = _place(written & (lost > LOST_LETTERS))
        yield Finding(Blurred.code, share, LOST_LETTERS, place)
    yield from _light(tiles, written, writing)


def _half_lost(writing: Writing) -> float:
    """Return the edge, in heights of a line, at which half of this writing is lost."""
    boxes = [writing.letters[y : y + h, x : x + w] for x, y, w, h in writing.lines]
    if not boxes:
        return HALF_DENSE
    density = sum(box.sum() for box in boxes) / sum(box.size for box in boxes)
    return float(np.interp(density, (OPEN, DENSE), (HALF_OPEN, HALF_DENSE)))


def _light(tiles: Tiles, written: Array, writing: Writing) -> Iterator[Finding]:
    clear = tiles.contrast / np.maximum(tiles.noise, 1.0)
    unclear = written & ((clear < LEAST_CLEAR) | (tiles.contrast < PALE))
    small = cv2.resize(
        writing.small, None, fx=0.05, fy=0.05, interpolation=cv2.INTER_AREA
    )
    light = small.max(axis=2).astype(np.float32)
    best = float(np.percentile(light, 95))
    deep = light < DEEP * best
    if deep.mean() > LEAST_DEEP:
        yield Finding(Shadow.code, float(deep.mean()), LEAST_DEEP, _place(deep))
    if unclear.sum() <= UNCLEAR_SHARE * written.sum():
        return
    worst = float(np.quantile(clear[written], UNCLEAR_SHARE))
    dim = tiles.paper[unclear].mean() < DIM * best
    code = Shadow.code if dim else TooDark.code
    yield Finding(code, worst, LEAST_CLEAR, _place(unclear))


def _covered(writing: Writing) -> Iterator[Finding]:
    glare = glare_on(writing)
    if glare.hidden > HIDDEN:
        yield Finding(Glare.code, glare.hidden, HIDDEN, glare.place)
    finger = fingers_on(writing)
    if finger.hidden > HIDDEN:
        yield Finding(Covered.code, finger.hidden, HIDDEN, finger.place)
    elif finger.share > TOUCHED:
        yield Finding(Covered.code, finger.share, TOUCHED, finger.place, refuses=False)


def _shape(straight: Measured) -> Iterator[Finding]:
    """Yield whether the paper is bent or creased: worth a look, no more."""
    sheet = straight.sheet
    if sheet is not None and sheet.bend > BENT:
        yield Finding(Folded.code, sheet.bend, BENT, refuses=False)
        return
    crease = crease_on(straight.writing)
    if crease > CREASE:
        yield Finding(Folded.code, crease, CREASE, refuses=False)


def _again(writing: Writing, earlier: Sequence[Fingerprint]) -> Iterator[Finding]:
    if not earlier:
        return
    own = fingerprint(writing)
    alike = max(same_page(own, other) for other in earlier)
    if alike > SAME:
        yield Finding(Duplicate.code, alike, SAME)


def _place(tiles: Array) -> tuple[float, ...]:
    """Return the rectangle around the tiles that are set, in shares of the page."""
    rows, columns = np.nonzero(tiles)
    if not len(rows):
        return ()
    height, width = tiles.shape
    x, y = columns.min() / width, rows.min() / height
    wide = (columns.max() + 1) / width - x
    high = (rows.max() + 1) / height - y
    return tuple(float(one) for one in (x, y, wide, high))
