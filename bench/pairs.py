"""Several papers on one desk, and papers that were folded: scenes for composites.

Both are drawn from a stream of chance of their own, so that a seed that shows
neither gives the picture that it gave before there were any.
"""

import cv2
import numpy as np

from bench.sheets import Papers
from document_capture.images import Array, Corners, Image

ALIKE = 0.5
"""How often two papers side by side are of one kind, as pages of a file are."""
GAPS = 0.012, 0.14
"""Desk between two papers, as a share of the first one's longer side."""
CREASE = 0.12, 0.5
"""How much darker one half of a folded paper is at most, beside the fold."""
CANVAS = 1600
"""Pixels of the longer side of the first paper."""


def two_papers(
    rng: np.random.Generator, papers: Papers
) -> tuple[Image, tuple[Corners, Corners]]:
    """Return two papers side by side, with nothing between, and their corners.

    Returns:
        (h, w, 4) BGRA, 0 where the desk is to be seen, and corners (4, 2) in it.
    """
    one, other = _two_kinds(rng, papers)
    away = 0 if rng.random() < 0.75 else 1
    gap = round(rng.uniform(*GAPS) * CANVAS)
    shapes = [np.array(picture.shape[1::-1]) for picture in (one, other)]
    shift = np.zeros(2)
    shift[away] = shapes[0][away] + gap
    shift[1 - away] = rng.normal(0, 0.06) * CANVAS
    turns = [np.radians(rng.normal(0, 2.0)) for _ in shapes]
    first = _turned(shapes[0], turns[0], np.zeros(2))
    second = _turned(shapes[1], turns[1], shift)
    # Turned papers must not lie on one another.
    second[:, away] += first[:, away].max() + gap - second[:, away].min()
    both = np.stack([first, second])
    both = (both - both.min(axis=(0, 1))).astype(np.float32)
    size = np.ceil(both.max(axis=(0, 1))).astype(int) + 1
    canvas = np.zeros((size[1], size[0], 4), np.uint8)
    _lay(canvas, one, both[0])
    _lay(canvas, other, both[1])
    return canvas, (both[0], both[1])


def _two_kinds(rng: np.random.Generator, papers: Papers) -> tuple[Image, Image]:
    first = _opaque(papers.draw(rng))
    second = first if rng.random() < ALIKE / 2 else _opaque(papers.draw(rng))
    if rng.random() < ALIKE:
        second = cv2.resize(second, first.shape[1::-1], interpolation=cv2.INTER_AREA)
    one = _sized(first, CANVAS)
    other = _sized(second, round(CANVAS * rng.uniform(0.5, 1.05)))
    return one, _sized(second, CANVAS) if second.shape == first.shape else other


def folded(rng: np.random.Generator, paper: Image) -> Image:
    """Return ``paper`` as it lies after it was folded once or twice in a letter."""
    page = paper.astype(np.float32)
    across = rng.random() < 0.3
    length = page.shape[1] if across else page.shape[0]
    places = np.arange(length) / length
    light = np.ones(length)
    for fold in ((0.5,), (1 / 3, 2 / 3))[int(rng.integers(2))]:
        at = fold + rng.normal(0, 0.01)
        dark = rng.uniform(*CREASE)
        side = places < at if rng.random() < 0.5 else places >= at
        light[side] *= 1 - 0.5 * dark * np.exp(-np.abs(places[side] - at) * 6)
        light *= 1 - dark * np.exp(-(((places - at) * 180) ** 2))
    shade = light[None, :, None] if across else light[:, None, None]
    page[..., :3] *= shade
    seen: Image = page.astype(np.uint8)
    return seen


def _opaque(paper: Image) -> Image:
    if paper.shape[2] == 4:
        return paper
    return np.dstack([paper, np.full(paper.shape[:2], 255, np.uint8)])


def _sized(paper: Image, long: int) -> Image:
    share = long / max(paper.shape[:2])
    sized: Image = cv2.resize(
        paper, None, fx=share, fy=share, interpolation=cv2.INTER_AREA
    )
    return sized


def _turned(shape: Array, turn: float, at: Array) -> Array:
    """Return the corners of a paper of ``shape`` (w, h), turned by radians."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * shape
    sine, cosine = np.sin(turn), np.cos(turn)
    middle = shape / 2
    turned: Array = (square - middle) @ np.array([[cosine, sine], [-sine, cosine]])
    return turned + middle + at


def _lay(canvas: Image, paper: Image, square: Corners) -> None:
    height, width = paper.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, square)
    laid = cv2.warpPerspective(paper, matrix, canvas.shape[1::-1])
    free = canvas[..., 3:] < laid[..., 3:]
    np.copyto(canvas, laid, where=free)
