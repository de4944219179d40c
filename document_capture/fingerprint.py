"""Tells whether a page was photographed before; two filled-in forms are two pages.

A perceptual hash of the whole page takes two copies of a form for one, because
what differs, the handwriting, is a small part of it. Here a page is a map of its
ink. Two maps are laid upon one another, and the place where they differ most
decides, not the average.
"""

import contextlib

import cv2
import msgspec
import numpy as np

from document_capture.images import Array
from document_capture.writing import Writing

LONG_SIDE = 224
"""Cells along the page's long side: 1.3 mm of A4."""
SOFT = 1.2
"""Cells by which two photographs of one page may lie apart after alignment."""
SEARCH = 12
"""Cells by which a page may be shifted, 16 mm of A4."""
ALIKE = 0.75
"""Correlation of two maps of the same page, photographed twice, is above this."""
BLOCK = 7
"""Cells across the place that decides: 9 mm, two or three written characters."""
SHAPE = 0.06
"""Share by which the sides of two pictures of one page may differ."""
OTHER_INK = 0.18
"""Share of the ink of such a place that may differ between photographs of a page.
Two photographs of a page differ by 0.12, two names by 0.26 and more (drawn pages)."""
LITTLE = 0.10
"""Ink of a place, beside what is usual in writing, that is too little to tell."""


class Fingerprint(msgspec.Struct, frozen=True):
    """A page's ink in cells; as large as a small picture, and as private."""

    rows: int
    columns: int
    cells: bytes
    """Share of ink of each cell, 0 to 255, row by row."""


def fingerprint(writing: Writing) -> Fingerprint:
    """Return the map of the ink on a straight page."""
    ink = writing.ink.astype(np.float32)
    scale = LONG_SIDE / max(ink.shape)
    cells = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cells = np.clip(np.round(cells * 255), 0, 255).astype(np.uint8)
    return Fingerprint(cells.shape[0], cells.shape[1], cells.tobytes())


def same_page(one: Fingerprint, other: Fingerprint) -> float:
    """Return how sure it is that both are one page: 0 to 1, above 0.5 it is.

    Either may lie turned by quarter turns. 1 minus half of the share of ink that
    differs at the worst place, over what may differ; 0 for empty pages, and for strips
    too narrow to be laid upon one another.
    """
    first, second = _map(one), _map(other)
    if min(*first.shape, *second.shape) <= 2 * SEARCH:
        return 0.0
    best = 0.0
    for turn in range(4):
        turned = np.ascontiguousarray(np.rot90(second, turn))
        shape = np.array(turned.shape) / first.shape
        if np.abs(shape - 1).max() < SHAPE:
            size = first.shape[1], first.shape[0]
            best = max(best, _alike(first, cv2.resize(turned, size)))
    return best


def _map(print_: Fingerprint) -> Array:
    cells = np.frombuffer(print_.cells, np.uint8).reshape(print_.rows, print_.columns)
    soft: Array = cv2.GaussianBlur(cells.astype(np.float32) / 255, (0, 0), SOFT)
    return soft


def _alike(first: Array, second: Array) -> float:
    inner = second[SEARCH:-SEARCH, SEARCH:-SEARCH]
    if min(first.std(), inner.std()) < 1e-3:
        return 0.0
    found = cv2.matchTemplate(first, inner, cv2.TM_CCOEFF_NORMED)
    _, alike, _, at = cv2.minMaxLoc(found)
    if alike < 0.5:
        return 0.0
    laid = _laid(first, second, (at[0] - SEARCH, at[1] - SEARCH))
    inside = (slice(SEARCH, -SEARCH), slice(SEARCH, -SEARCH))
    one, other = first[inside], laid[inside]
    if float(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < ALIKE:
        return 0.0
    return max(0.0, 1 - 0.5 * _worst(one, other) / OTHER_INK)


def _laid(first: Array, second: Array, shift: tuple[int, int]) -> Array:
    """Return ``second`` moved, stretched and sheared to lie upon ``first``."""
    warp = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]], np.float32)
    done = cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4
    # Where it does not converge, the shift that was found is as good as it gets.
    with contextlib.suppress(cv2.error):
        _, warp = cv2.findTransformECC(
            first, second, warp, cv2.MOTION_AFFINE, done, None, 5
        )
    size = first.shape[1], first.shape[0]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid: Array = cv2.warpAffine(second, warp, size, flags=flags)
    return laid


def _worst(one: Array, other: Array) -> float:
    """Return the share of ink that differs where it differs most."""
    block = BLOCK, BLOCK
    # A pale photograph has less ink everywhere; that is no difference.
    other = other * (one.sum() / max(float(other.sum()), 1e-6))
    missing = cv2.boxFilter(np.abs(one - other), -1, block)
    ink = cv2.boxFilter(np.maximum(one, other), -1, block)
    usual = float(np.percentile(ink[ink > ink.max() * 0.2], 50))
    written = ink > LITTLE * usual
    return float((missing / np.maximum(ink, usual * 0.5))[written].max())
