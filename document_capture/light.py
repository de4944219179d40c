"""The light on a page: what its paper would look like without writing.

A shadow is dark paper, and is to become as white as the rest. A band of colour with
a title in white is dark too, and is to stay: its light is that of the paper around
it. What tells them apart is the colour, which a shadow does not change much, and
what is written there: nobody prints in white on paper that lies in a shadow.
"""

import cv2
import numpy as np

from document_capture.images import Array, Image, scaled

SHRINK = 8
"""The light changes slowly: an eighth of the size shows all of it."""
CLOSED = 13
"""Pixels of the small picture: 13 mm of A4, wider than any stroke of writing."""
DARKEST_PAPER = 0.2
"""Of the page's light: what is darker is a picture or black print, not a shadow."""
COLOURED = 1.35
"""Times by which the strongest of red, green and blue, over what they are on paper,
exceeds the weakest. The pale colours of forms (``bench.sheets``) reach 1.26."""
DIM = 0.75
"""Of the light around: less is a shadow or print."""
AROUND = 41
"""Halved pixels of the small picture: 8 cm of A4, more than a band of print is high."""
USUAL = 5
"""Halved pixels whose median is the ground that something is written on."""
LIGHTER = 0.35
"""Of the way from the ground to the paper around it: so light is white print there."""
DARKER = 0.75
"""Of the ground's light: so dark is black print there."""
WRITTEN = 0.004
"""Share of a dark ground that white print covers at least."""
GROWN = 5
"""Halved pixels by which print is taken wider and its gaps are closed: its sides are
neither it nor paper."""
REACHES = 15, 61, 201
"""Halved pixels around print within which the light of the paper is looked for."""
ENOUGH = 0.02
"""Share of them that must be paper."""


def light_on(page: Image, share: float) -> Array:
    """Return the light on ``page``, (h, w, 3) uint8, an eighth as large.

    ``share``: of the size of the whole page, over 1 / ``SHRINK``, for a preview.
    """
    small = scaled(page, 1 / (SHRINK * share))
    kernel = np.ones((CLOSED, CLOSED), np.uint8)
    closed = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), 11)
    size = max(1, small.shape[1] // 2), max(1, small.shape[0] // 2)
    half = cv2.resize(closed, size, interpolation=cv2.INTER_AREA)
    print_on_it = _printed(small, half)
    if print_on_it.any():
        closed = _filled(closed, half, print_on_it)
    darkest = DARKEST_PAPER * float(np.percentile(closed, 90))
    light: Array = np.maximum(closed, max(1, round(darkest)))
    return light


def _printed(small: Image, light: Array) -> Array:
    """Return where ``light`` is that of print and not that of paper, (h, w) bool.

    Args:
        small: the page.
        light: half as large, with the writing closed away.
    """
    size = light.shape[1], light.shape[0]
    usual = cv2.medianBlur(cv2.resize(small, size, interpolation=cv2.INTER_AREA), USUAL)
    ground = usual.max(axis=2)
    bright = light.max(axis=2)
    paper = np.median(light[bright >= np.median(bright)], axis=0) + 1.0
    tint = (usual + np.float32(1)) / paper.astype(np.float32)
    coloured: Array = tint.max(axis=2) > COLOURED * tint.min(axis=2)
    around = cv2.dilate(bright, np.ones((AROUND, AROUND), np.uint8))
    dark = ((ground < DIM * around) & ~coloured).astype(np.uint8)
    if not dark.any():
        return coloured
    return coloured | _written_white(small, ground, around, dark)


def _written_white(small: Image, ground: Array, around: Array, dark: Array) -> Array:
    """Return the islands of ``dark`` on which white stands, and less black."""
    seen = small.max(axis=2)
    three = np.ones((3, 3), np.uint8)
    at = slice(None, 2 * dark.shape[0], 2), slice(None, 2 * dark.shape[1], 2)
    highest, lowest = cv2.dilate(seen, three)[at], cv2.erode(seen, three)[at]
    within = cv2.erode(dark, three) > 0
    count, islands = cv2.connectedComponents(dark)
    own, level = islands[within], ground[within].astype(np.float32)
    sizes = np.bincount(own, minlength=count)
    limit = level + LIGHTER * (around[within] - level)
    white = np.bincount(own[highest[within] > limit], minlength=count)
    # Beside its sides a band looks lighter than it is.
    usual = np.minimum(level, _medians(level, own, count)[own])
    black = np.bincount(own[lowest[within] < DARKER * usual], minlength=count)
    kept = (white > WRITTEN * sizes) & (white > black)
    found: Array = kept[islands] & (islands > 0)
    return found


def _medians(values: Array, groups: Array, count: int) -> Array:
    """Return the median of the values of each group, (count,); 0 of none."""
    if not len(values):
        return np.zeros(count, np.float32)
    order = np.lexsort((values, groups))
    ends = np.cumsum(np.bincount(groups, minlength=count))
    begins = np.concatenate([[0], ends[:-1]])
    middle = np.minimum((begins + ends) // 2, len(values) - 1)
    found: Array = np.where(ends > begins, values[order][middle], 0).astype(np.float32)
    return found


def _filled(light: Array, half: Array, print_on_it: Array) -> Array:
    """Return ``light`` with that of the nearest paper where there is print."""
    kernel = np.ones((GROWN, GROWN), np.uint8)
    closed = cv2.morphologyEx(print_on_it.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    wide = cv2.dilate(closed, kernel)
    paper = (1 - wide).astype(np.float32)
    known, found = np.zeros(paper.shape, bool), half.astype(np.float32)
    seen = found * paper[..., None]
    for reach in REACHES:
        window = reach, reach
        amount = cv2.blur(paper, window, borderType=cv2.BORDER_CONSTANT)
        mean = cv2.blur(seen, window, borderType=cv2.BORDER_CONSTANT)
        news = (wide > 0) & ~known & (amount > ENOUGH)
        found[news] = mean[news] / amount[news][:, None]
        known |= news
    size = light.shape[1], light.shape[0]
    whole = cv2.resize(found, size, interpolation=cv2.INTER_LINEAR)
    where = cv2.resize(wide, size, interpolation=cv2.INTER_NEAREST)[..., None]
    return np.where(where > 0, np.round(whole), light).astype(np.uint8)
