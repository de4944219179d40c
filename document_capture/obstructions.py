"""What comes between a page and the camera: fingers; and creases."""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array
from document_capture.writing import Writing, islands, lines_in

LEAST_SPOT = 0.0015
"""Share of the page of the smallest spot that is looked at: 1 square cm of A4."""
LEAST_REACH = 0.025
"""Share of the page's long side that a finger reaches in: 7 mm of A4. A strip of
desk along an edge is narrower."""
WIDEST_FINGER = 0.5
"""Share of a side that a hand covers at most; more is the colour of the paper."""
SKIN_HUE = 14.0
"""How far red-yellow lies from blue-green in skin: Cr minus Cb, levels."""
DARKEST_SKIN = 30
"""Brightness from which a colour can be told."""
OTHER_THAN_PAPER = 10.0
"""Levels of Cr by which skin is redder than the paper."""
GAP = 0.4
"""Share of the page's height across which lines above and below tell of others."""
WHOLE_LINES = 0.03
"""Share of the writing that must be missing before whole lines are taken for gone."""
NEAR = 2.0
"""Heights of a line within which an end of it touches what covers it."""
CREASE_SIDE = 400
"""Pixels of the long side while creases are looked for."""
CREASE = 3.0
"""Grey levels of a crease's own shade, along its whole length."""
CREASE_LENGTH = 0.9
"""Share of the page's width or height along which a crease shows its shade: a ruled
line or a line of print ends at the margins."""
PRINTED = 0.5
"""Share of a line that is ink when it is printed, and no crease."""
SOME_INK = 20
"""Share of a pixel that is ink, out of 255, from which its darkness is the ink's."""
CREASE_SLOPES = np.linspace(-0.05, 0.05, 11)
"""Slopes at which creases run: paper is folded nearly square."""


class Spot(msgspec.Struct, frozen=True):
    """Places of one kind on a page, taken together."""

    share: float
    """Of the page."""
    hidden: float
    """Share of the lines of writing that must be assumed to lie beneath."""
    place: tuple[float, ...]
    """x, y, width and height of the largest, in shares of the page."""


NOTHING = Spot(0.0, 0.0, ())


def fingers_on(writing: Writing) -> Spot:
    """Return where skin lies on the page, in from one of its edges.

    Skin is redder than it is blue under every lamp and on every hand (D. Chai and
    K. N. Ngan, IEEE Trans. CSVT 9(4), 1999); here it must also differ from this
    page's paper, so that brown paper is no hand.
    """
    light, red, blue = cv2.split(cv2.cvtColor(writing.small, cv2.COLOR_BGR2YCrCb))
    skin = cv2.subtract(red, blue) > SKIN_HUE
    skin &= (red > middle_of(red) + OTHER_THAN_PAPER) & (light > DARKEST_SKIN)
    skin = skin.view(np.uint8)
    if cv2.countNonZero(skin) < LEAST_SPOT * skin.size:
        return NOTHING
    solid = cv2.morphologyEx(skin, cv2.MORPH_OPEN, square(9))
    solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, square(15))
    labels, about, large = large_islands(solid)
    fingers = large & _reaching_in(about, solid.shape)
    if not fingers.any():
        return NOTHING
    hidden = _hidden(fingers[labels].view(np.uint8), writing)
    return spot_of(about, fingers, solid.shape, hidden)


def crease_on(writing: Writing) -> float:
    """Return the grey levels of the strongest crease from side to side; 0: none."""
    scale, edge = CREASE_SIDE / max(writing.ink.shape), CREASE_SIDE // 25
    if round(scale * min(writing.ink.shape)) <= 2 * edge:  # a slip is all margins
        return 0.0
    grey = cv2.cvtColor(writing.small, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    shade = small.astype(np.int16) - cv2.medianBlur(small, 21)
    size = small.shape[1], small.shape[0]
    ink = cv2.resize(255 * writing.ink, size, interpolation=cv2.INTER_AREA)
    ruled = cv2.dilate(ink, square(3)) > SOME_INK
    shade, ruled = shade[edge:-edge, edge:-edge], ruled[edge:-edge, edge:-edge]
    return max(_longest_shade(shade, ruled), _longest_shade(shade.T, ruled.T))


def _longest_shade(shade: Array, ruled: Array) -> float:
    """Return how strong the strongest line is that goes from left to right.

    A line that is printed is none.
    """
    columns = np.arange(shade.shape[1])
    # What all but the weakest tenth of a line shows, the whole line has.
    weakest = int((1 - CREASE_LENGTH) * (len(columns) - 1))
    least = CREASE * (len(columns) - 2 * weakest)
    strongest, last = 0.0, shade.shape[0] - 1
    sums = np.cumsum(np.clip(shade, -CREASE, CREASE), axis=1)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    for slope in CREASE_SLOPES:
        shift = np.round(slope * columns).astype(int)
        dark = np.abs(_sums_along(sums, shift)) >= least
        rows = np.clip(np.flatnonzero(dark)[:, None] + shift, 0, last)
        along = shade[rows, columns]
        along.partition((weakest, len(columns) - 1 - weakest), axis=1)
        shades = np.maximum(along[:, weakest], -along[:, -1 - weakest])
        for row in np.flatnonzero(shades > max(strongest, CREASE)):
            if ruled[rows[row], columns].mean() < PRINTED:
                strongest = max(strongest, float(shades[row]))
    return strongest


def _sums_along(sums: Array, shift: Array) -> Array:
    """Return what lines of slope ``shift`` add up to, (rows,), from running sums."""
    begins = np.flatnonzero(np.diff(shift, prepend=shift[0] - 1))
    ends = np.append(begins[1:], len(shift))
    rows = np.arange(len(sums))[:, None] + shift[begins]
    rows = np.clip(rows, 0, len(sums) - 1)
    added: Array = (sums[rows, ends] - sums[rows, begins]).sum(axis=1)
    return added


def middle_of(levels: Array) -> int:
    """Return the median of (h, w) uint8, from every second pixel each way."""
    levels = np.ascontiguousarray(levels[::2, ::2])
    counts = cv2.calcHist([levels], [0], None, [256], [0, 256]).ravel()
    return int(np.searchsorted(np.cumsum(counts), levels.size / 2))


def square(side: int) -> Array:
    """Return what opens and closes by ``side`` pixels."""
    return np.ones((side, side), np.uint8)


def large_islands(mask: Array) -> tuple[Array, Array, Array]:
    """Return the islands of ``mask``, and which of them are large, (n,) bool."""
    labels, about = islands(mask)
    large = about[:, cv2.CC_STAT_AREA] >= LEAST_SPOT * mask.size
    large[0] = False
    return labels, about, large


def _reaching_in(about: Array, shape: tuple[int, ...]) -> Array:
    """Return which islands enter from an edge as a hand does, (n,) bool."""
    height, width = shape
    x, y, wide, high = about[:, :4].T
    left_right = (x <= 2) | (x + wide >= width - 2)
    top_bottom = (y <= 2) | (y + high >= height - 2)
    reach = np.maximum(np.where(left_right, wide, 0), np.where(top_bottom, high, 0))
    alone = (wide < WIDEST_FINGER * width) & (high < WIDEST_FINGER * height)
    found: Array = alone & (reach > LEAST_REACH * max(shape))
    return found


def spot_of(about: Array, kept: Array, shape: tuple[int, ...], hidden: float) -> Spot:
    """Return the islands that are ``kept`` as one; see ``islands``."""
    area = np.where(kept, about[:, cv2.CC_STAT_AREA], 0)
    height, width = shape
    x, y, wide, high = about[int(area.argmax())][:4]
    place = (x / width, y / height, wide / width, high / height)
    share = float(area.sum() / (width * height))
    return Spot(share, hidden, tuple(float(one) for one in place))


def _hidden(mask: Array, writing: Writing) -> float:
    """Return the share of the writing that the mask has taken away.

    Lines that are interrupted tell for sure. Where whole lines may be gone, what
    has writing above and below is taken to have had writing as well.
    """
    near = max(3, int(writing.height)) | 1
    # The rim of what lies on the page is as dark as ink, and no line.
    free = writing.letters & (1 - cv2.dilate(mask, square(near)))
    lines = lines_in(free)
    if not len(lines):
        return 0.0
    interrupted = _interrupted(mask, lines, NEAR * writing.height)
    whole = swallowed(
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square(2 * near + 1)), lines
    )
    return max(interrupted, whole if whole > WHOLE_LINES else 0.0)


def swallowed(mask: Array, lines: Array) -> float:
    """Return the share of the lines that one would expect beneath and does not see.

    Between lines above and below, writing is as dense beneath the mask as beside it.
    Between a line and the edge of the page it is not.
    """
    written = np.zeros(mask.shape, np.uint8)
    for x, y, wide, tall in lines.tolist():
        written[y : y + tall, x : x + wide] = 1
    high = mask.shape[0]
    far = 1 + int(GAP * high)
    column = np.ones((far, 1), np.uint8)
    framed = cv2.copyMakeBorder(written, far, far, 0, 0, cv2.BORDER_CONSTANT)
    between = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, column)
    between = between[far : far + high]
    beneath = int((between & mask).sum())
    beside = int(between.sum()) - beneath
    seen = int((written & mask).sum())
    free = int(written.sum()) - seen
    missing = max(0.0, free / max(1, beside) * beneath - seen)
    return missing / (missing + int(written.sum()))


def _interrupted(mask: Array, lines: Array, near: float) -> float:
    """Return the share of the lines' lengths that is missing at their ends.

    A line is taken for interrupted where one of its ends touches the mask; what
    is missing is as long as the mask is there, as far as other lines reach.
    """
    left, right = int(lines[:, 0].min()), int((lines[:, 0] + lines[:, 2]).max())
    missing, seen = 0.0, float(lines[:, 2].sum())
    done: set[tuple[int, int]] = set()
    for x, y, wide, high in lines.tolist():
        for begin, end in _runs(mask[y + high // 2]):
            touches = -near <= x - end <= near or -near <= begin - (x + wide) <= near
            key = (y // (2 * max(1, high)), begin // 40)
            if touches and key not in done:
                done.add(key)
                missing += max(0, min(end, right) - max(begin, left))
    return missing / (missing + seen)


def _runs(row: Array) -> list[tuple[int, int]]:
    """Return where the row is not 0, from and up to."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]
