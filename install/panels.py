"""Puts pictures side by side, with lines and words on them, for ``pictures.py``."""

import functools
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from document_capture.images import Array, Corners, Image

FONT = Path("var/fonts/kai-500.ttf")
GREEN, RED, INK, PAPER = (60, 160, 40), (40, 40, 215), (40, 35, 30), 255
GAP, LINE, SIZE = 12, 28, 20
"""Pixels between pictures, from line to line, and of a letter."""


def captioned(picture: Image, words: Sequence[str], size: tuple[int, int]) -> Image:
    """Return ``picture`` fitted into ``size`` (width, height), with lines below it.

    A line that is too long goes on in the next one.
    """
    width, height = size
    scale = min(width / picture.shape[1], height / picture.shape[0])
    fitted = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lines = [part for line in words for part in _wrapped(line, width)]
    panel = np.full((height + LINE * len(lines) + GAP, width, 3), PAPER, np.uint8)
    left = (width - fitted.shape[1]) // 2
    panel[: fitted.shape[0], left : left + fitted.shape[1]] = fitted
    drawn = Picture.fromarray(panel)
    draw = ImageDraw.Draw(drawn)
    for number, line in enumerate(lines):
        draw.text((0, height + 4 + LINE * number), line, font=_font(), fill=INK)
    return np.asarray(drawn).copy()


def grid(panels: Sequence[Image], columns: int) -> Image:
    """Return ``panels`` in rows on white, each row as high as its highest."""
    rows = [panels[at : at + columns] for at in range(0, len(panels), columns)]
    width = max(sum(one.shape[1] + GAP for one in row) for row in rows) + GAP
    height = sum(max(one.shape[0] for one in row) + GAP for row in rows) + GAP
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    y = GAP
    for row in rows:
        x = GAP
        for one in row:
            sheet[y : y + one.shape[0], x : x + one.shape[1]] = one
            x += one.shape[1] + GAP
        y += max(one.shape[0] for one in row) + GAP
    return sheet


def outlined(
    image: Image, corners: Corners | Array, colour: tuple[int, int, int] = GREEN
) -> Image:
    """Return a copy of ``image`` with a line round ``corners``, in pixels of it."""
    drawn = image.copy()
    wide = max(2, max(image.shape[:2]) // 250)
    points = [np.round(corners).astype(np.int32)]
    cv2.polylines(drawn, points, isClosed=True, color=colour, thickness=wide)
    return drawn


def boxed(
    image: Image, place: Sequence[float], colour: tuple[int, int, int] = RED
) -> Image:
    """Return ``image`` with a box: left, top, width, height as shares of it."""
    left, top, wide, high = place
    right, bottom = left + wide, top + high
    square = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return outlined(image, square * image.shape[1::-1], colour)


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), SIZE)


def _wrapped(line: str, width: int) -> list[str]:
    """Break ``line`` where it is too long, between words if there are any."""
    lines, rest = [], line
    while rest and _font().getlength(rest) > width:
        fits = next(
            count
            for count in range(len(rest) - 1, 0, -1)
            if _font().getlength(rest[:count]) <= width or count == 1
        )
        at = rest.rfind(" ", 0, fits + 1)
        at = at if at > 0 else fits
        lines.append(rest[:at])
        rest = rest[at:].lstrip()
    return [*lines, rest]
