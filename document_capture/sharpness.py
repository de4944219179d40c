"""Says whether writing on a straightened page is sharp enough to be read.

What counts is the width of an edge beside the size of the writing: large letters
bear a blur that drowns small ones. Both are measured where there is ink, tile by
tile, so that one sharp half does not speak for the other.
"""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image, scaled

READABLE = 0.45
"""Below this, optical character recognition errs on one character in a hundred."""
BLANK = 12.0
"""Grey levels between light and dark: a page with less has nothing to be sharp."""
TILES = 12
"""Tiles along the long side: each some two lines of six characters on A4."""
STEEP = 0.995
"""Quantile of the gradients in a tile that is its steepest edges'."""
OWN_WIDTH = 1.1
"""Pixels by which pixels, smoothing and Sobel's operator widen the sharpest edge."""
LEAST_EDGE = 0.3
SOFTENED = 0.8
"""Pixels by which grain is smoothed before edges are measured."""
REACH = 5
"""Pixels to which smoothing and Sobel's operator look, and one more."""
KEPT_GRAIN = 0.86
"""Share of white noise that smoothing by ``SOFTENED`` takes away."""


class Tiles(msgspec.Struct, frozen=True):
    """A page's writing, tile by tile; every array is (rows, columns).

    Where a tile has no writing, ``edge`` is 0.
    """

    paper: Array
    """Grey level of the paper, 0 to 255."""
    contrast: Array
    """Grey levels between paper and ink."""
    noise: Array
    """Standard deviation of the grain on the paper, grey levels."""
    edge: Array
    """Width of the steepest edges across which the tile changes least, pixels (standard
    deviation of the blur): a moved hand blurs in one direction."""


def sharpness(page: Image) -> float:
    """Return how steep the edges are for the contrast that the page has.

    About 0.74 for a good camera, 0.45 at the limit of legibility at 200 dpi.
    The steepest half per cent of Sobel gradients, over the page's own range, so
    that pale writing is not taken for blurred writing.
    """
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)
    steep = float(np.percentile(cv2.magnitude(across, down) / 8, 99.5))
    dark, light = np.percentile(grey, [5, 95])
    darkest = float(np.percentile(grey, 0.5))
    contrast = max(float(light - dark), float(light) - darkest, BLANK)
    return steep / contrast * 2


def tiles_of(page: Image, written: Array) -> Tiles:
    """Return paper, contrast, grain and edges of each tile of a straight page.

    Args:
        page: (h, w, 3) BGR.
        written: (h, w) of any size and the same shape, more than 0 where there is
            ink; tiles without any are not looked at.
    """
    side = max(8.0, max(page.shape[:2]) / TILES)
    grid = round(page.shape[0] / side) or 1, round(page.shape[1] / side) or 1
    chosen = _written(written, grid)
    paper, contrast, noise, edge = (
        np.zeros(chosen.shape, np.float32) for _ in range(4)
    )
    if chosen.any():
        grey, fine, across, down = _samples(page, chosen)
        paper[chosen], darkest = _levels(grey, 0.75, 0.004)
        contrast[chosen] = paper[chosen] - darkest
        noise[chosen] = _grain(fine)
        edge[chosen] = _edges(across, down, contrast[chosen])
    return Tiles(paper, contrast, noise, edge)


LEAST_WRITTEN = 0.02
"""Share of a tile that must be ink for the tile to be looked at."""


def _written(written: Array, shape: tuple[int, ...]) -> Array:
    """Return which tiles have writing."""
    rows, columns = shape[0], shape[1]
    rough = scaled(255 * (written > 0).view(np.uint8), 1 / 4).astype(np.float32)
    share = cv2.resize(rough, (columns, rows), interpolation=cv2.INTER_AREA) / 255
    chosen: Array = share > LEAST_WRITTEN
    return chosen


def _edges(across: Array, down: Array, contrast: Array) -> Array:
    """Return how wide the edges of each tile are in its softest direction.

    That is where the gradients are weakest on the whole: the smaller eigenvector of
    their structure tensor (J. Bigun and G. H. Granlund, 1987). Any other direction
    still sees something of the edges along which a hand moved, and these are sharp.
    """
    across, down = across.astype(np.float32), down.astype(np.float32)
    mixed, more = _mean(across, down), _mean(across, across) - _mean(down, down)
    softest = (np.arctan2(2 * mixed, more) + np.pi) / 2
    along = np.cos(softest)[:, None] * across + np.sin(softest)[:, None] * down
    # Whole numbers can be counted.
    (steep,) = _levels(np.abs(along).astype(np.int32), STEEP) / 8
    seen = contrast / (np.maximum(steep, 0.1) * np.sqrt(2 * np.pi))
    edges: Array = np.sqrt(np.maximum(seen**2 - OWN_WIDTH**2, LEAST_EDGE**2))
    return edges


def _mean(one: Array, other: Array) -> Array:
    """Return the mean product of each row, (rows,)."""
    product: Array = np.einsum("ij,ij->i", one, other) / one.shape[1]
    return product


def _samples(page: Image, chosen: Array) -> tuple[Array, ...]:
    """Return grey level, grain, and gradients across and down of the chosen tiles.

    Each is (tiles, pixels), of every second pixel each way: they have the quantiles of
    all in a quarter of the time. One row of tiles is worked on after the other, in
    memory that the processor has at hand. Fewer pixels than there are tiles are left
    over at the right and below.
    """
    tall, wide = (
        side // tiles for side, tiles in zip(page.shape, chosen.shape, strict=False)
    )
    found = []
    for row in np.flatnonzero(chosen.any(axis=1)).tolist():
        begin = row * tall
        above = min(begin, REACH)
        band = page[begin - above : begin + tall + REACH]
        seen = [one[above : above + tall : 2] for one in _looked_at(band)]
        for column in np.flatnonzero(chosen[row]).tolist():
            here = slice(column * wide, (column + 1) * wide, 2)
            found.append([one[:, here].ravel() for one in seen])
    return tuple(np.stack(one) for one in zip(*found, strict=True))


def _looked_at(band: Image) -> tuple[Array, ...]:
    """Return smoothed grey levels, what that took away, and gradients, each (h, w)."""
    raw = cv2.cvtColor(band, cv2.COLOR_BGR2GRAY)
    grey = cv2.GaussianBlur(raw, (0, 0), SOFTENED)
    across = cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=3)
    down = cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=3)
    return grey, cv2.absdiff(raw, grey), across, down


def _levels(values: Array, *shares: float) -> Array:
    """Return quantiles of each row of whole numbers, (shares, rows).

    They are counted, which takes a quarter of the time of looking for their place.
    """
    most = int(values.max()) + 1
    counts = [np.bincount(row, minlength=most) for row in values]
    reached = np.cumsum(counts, axis=1)
    places = [int(share * (values.shape[1] - 1)) for share in shares]
    levels = [(reached <= place).sum(axis=1) for place in places]
    return np.array(levels, np.float32)


def _grain(fine: Array) -> Array:
    """Return the noise from what smoothing took away; half of a tile is paper."""
    noise: Array = fine.mean(axis=1) * np.sqrt(np.pi / 2) / KEPT_GRAIN
    return noise
