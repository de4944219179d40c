"""A network's opinion on what is a page: optional, beside what the finder measures.

``python -m bench.train_pages`` trains it on composites; its weights are in no
repository. A process that is told of one with ``use`` has it look at the best quads,
each straightened with what is around it, and weighs what it says with what was
measured. Proposing quads, fitting their sides, following a page from frame to frame,
and everything else, is the same with and without it.
"""

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from document_capture.images import Array, Image
from document_capture.networks import open_network
from document_capture.views import View

SIDE = 72
"""Pixels of the square that a quad is straightened into, with what is around it."""
MARGIN = 0.3
"""What is seen around a quad, as a share of its side: its corners are well inside."""
FINEST = 40
"""Pixels below which a picture is not halved again."""
FLOATS = "tensor(float)"
BLACK = (0, 128, 128)
"""In 8-bit Lab: what lies outside the picture."""
MIDDLE, REACH = 128.0, 64.0
"""Levels that are 0 and 1 to the network."""
_SQUARE = (np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) + MARGIN) / (1 + 2 * MARGIN)
PLACE = (SIDE * _SQUARE - 0.5).astype(np.float32)
"""Where the corners of a quad come to lie, (4, 2) pixels of the square."""


class PageModelUnusable(Exception):
    """The file is no network of this kind."""

    code = "page-model-unusable"


class PageModel:
    """The network. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Load it.

        Raises:
            PageModelUnusable: no such file, or not what ``bench.train_pages`` writes.
        """
        try:
            self._session = open_network(path)
            [takes], [gives] = self._session.get_inputs(), self._session.get_outputs()
        except Exception as error:  # what ONNX Runtime raises has nothing in common
            raise PageModelUnusable(str(path)) from error
        shapes = takes.shape[1:], gives.shape[1:], takes.type, gives.type
        if shapes != ([3, SIDE, SIDE], [1], FLOATS, FLOATS):
            raise PageModelUnusable(str(path))
        self._name = takes.name

    def opinions(self, seen: View, quads: Array) -> Array:
        """Return the logarithm of the odds that each of ``quads`` is a page, (n,).

        It looks twice, the second time upside down: one look errs more often.

        Args:
            seen: the picture.
            quads: (n, 4, 2) clockwise, pixels of the view, their sides fitted; n > 0.
        """
        upright = squares(seen.coarse, quads)
        looks = np.concatenate([upright, upright[:, ::-1, ::-1]])
        [said] = self._session.run(None, {self._name: as_input(looks)})
        found: Array = said.reshape(2, len(quads)).astype(np.float64).mean(axis=0)
        return found


class Network(Protocol):
    """What may have an opinion."""

    def opinions(self, seen: View, quads: Array) -> Array:
        """Return the logarithm of the odds that each of ``quads`` is a page, (n,)."""


_in_use: list[Network] = []


def use(network: Network | None) -> None:
    """Let this process ask ``network`` from now on, in every search; None: nobody."""
    _in_use[:] = [network] if network else []


def in_use() -> Network | None:
    """Return the network to ask, if there is one."""
    return _in_use[0] if _in_use else None


def squares(coarse: Array, quads: Array) -> Array:
    """Return each quad straightened, with what is around it, (n, SIDE, SIDE, 3) uint8.

    Args:
        coarse: (h, w, 3) of a ``View``.
        quads: (n, 4, 2) clockwise, pixels of it.
    """
    levels = [coarse]
    while min(levels[-1].shape[:2]) >= 2 * FINEST:
        half = cv2.resize(
            levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
        )
        levels.append(half)
    return np.stack([_square(levels, quad) for quad in quads])


def as_input(seen: Array) -> Array:
    """Return squares as the network takes them, (n, 3, SIDE, SIDE) float32."""
    centred = (seen.astype(np.float32) - MIDDLE) / REACH
    return np.ascontiguousarray(centred.transpose(0, 3, 1, 2))


def _square(levels: list[Array], quad: Array) -> Image:
    side = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1).mean()
    # Of a picture about as fine as the square: what is skipped would be noise.
    finer = side * (1 + 2 * MARGIN) / SIDE
    level = levels[min(int(np.log2(max(finer, 1.0))), len(levels) - 1)]
    share = np.array(level.shape[1::-1]) / np.array(levels[0].shape[1::-1])
    corners = ((quad + 0.5) * share - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, PLACE)
    straight: Image = cv2.warpPerspective(
        level, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderValue=BLACK
    )
    return straight
