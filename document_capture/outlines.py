"""Quads from outlines: what is one field, or has one contour, may be a page."""

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

from document_capture.images import Array
from document_capture.views import View, apart

MOST_OUTLINES = 4
"""Largest outlines of each kind that are looked at."""
TOLERANCES = (0.01, 0.02, 0.04, 0.06)
"""Shares of an outline's length by which it may differ from its polygon."""


def quads_of_outlines(view: View, least_area: float) -> list[Array]:
    """Return quads (4, 2) around large fields and contours, in no order."""
    quads: list[Array] = []
    for channel, low in _channels(view):
        for contour in _outlines(channel, low):
            quads += quads_around(contour, least_area)
    return quads


def _channels(view: View) -> Iterator[tuple[Array, int]]:
    """Yield what may tell paper from desk, and the lower edge threshold for it."""
    yield view.closed, 22
    yield view.unlike, 18
    yield apart(view.coarse, np.array([0, 128, 128]), (0, 4, 4)), 22


def _outlines(channel: Array, low: int) -> Iterator[Array]:
    blurred = cv2.GaussianBlur(channel, (5, 5), 0)
    edges = cv2.Canny(blurred, low, low * 3)
    thick = cv2.dilate(edges, np.ones((3, 3), np.uint8))
    _, bright = cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    for mask, mode in (
        (thick, cv2.RETR_LIST),
        (bright, cv2.RETR_EXTERNAL),
        (255 - bright, cv2.RETR_EXTERNAL),
    ):
        contours, _ = cv2.findContours(mask, mode, cv2.CHAIN_APPROX_SIMPLE)
        yield from sorted(contours, key=cv2.contourArea, reverse=True)[:MOST_OUTLINES]


def quads_around(contour: Array, least_area: float) -> list[Array]:
    """Return quads (4, 2) that nearly are ``contour``; none if it is smaller."""
    hull = cv2.convexHull(contour)
    if cv2.contourArea(hull) < least_area:
        return []
    quads = [cv2.boxPoints(cv2.minAreaRect(hull))]
    length = cv2.arcLength(hull, closed=True)
    for tolerance in TOLERANCES:
        points = cv2.approxPolyDP(hull, tolerance * length, closed=True).reshape(-1, 2)
        if len(points) == 4:
            quads.append(points)
        elif 4 < len(points) <= 7:
            quads.append(_largest_four(points))
    return quads


def _largest_four(points: Array) -> Array:
    chosen = np.array(list(itertools.combinations(range(len(points)), 4)))
    fours = points[chosen].astype(np.float64)
    after = np.roll(fours, -1, axis=1)
    cross = fours[..., 0] * after[..., 1] - fours[..., 1] * after[..., 0]
    four: Array = fours[np.abs(cross.sum(axis=1)).argmax()]
    return four
