"""A network's opinion on where papers lie: optional, beside what the finder measures.

``python -m bench.train_pages`` trains it on composites; its weights are in no
repository. A process that is told of one with ``use`` proposes what the network sees
as well, and judges every quad by how far it agrees. Following a page from frame to
frame, and everything else, is the same with and without it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import msgspec
import numpy as np

from document_capture.images import Array
from document_capture.networks import open_network
from document_capture.outlines import quads_around
from document_capture.quads import spread
from document_capture.views import View, sampled

INPUT = 320, 240
"""Width and height of what the network sees; pictures of other shapes are turned,
made smaller and filled up with black on the right and below."""
FLOATS = "tensor(float)"
BLACK = np.array([0, 128, 128], np.float32)
"""In 8-bit Lab."""
SAMPLES = 16
"""Places along a side that are looked at."""
AWAY = 12.0
"""Pixels of the view from a side that are surely inside, or surely outside."""
CORE = 0.5
"""Opinion above which a place is paper, or on a side."""
NAMES = (
    "filled",
    "filledmin",
    "beside",
    "besidemax",
    "sides",
    "sidesmin",
    "corners",
    "cornersmin",
)
"""What ``opinions`` returns, column by column."""


class PageModelUnusable(Exception):
    """The file is no network of this kind."""

    code = "page-model-unusable"


class Hints(msgspec.Struct, frozen=True):
    """What the network says of a view."""

    maps: Array
    """(h, w, 3) float32, 0 to 1: paper; the sides of papers; their corners."""
    scale: float
    """Pixels of the maps per pixel of the view."""

    def at(self, points: Array) -> Array:
        """Return the maps at ``points`` (..., 2), pixels of the view: (..., 3)."""
        return sampled(self.maps, (points + 0.5) * self.scale - 0.5)


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
        wide, tall = INPUT
        half = [1, 3, tall // 2, wide // 2]
        shapes = list(takes.shape), list(gives.shape), takes.type, gives.type
        if shapes != ([1, 3, tall, wide], half, FLOATS, FLOATS):
            raise PageModelUnusable(str(path))
        self._name = takes.name

    def hints(self, seen: View) -> Hints:
        """Return what the network says of ``seen``."""
        turned = seen.size[1] > seen.size[0]
        lab = seen.coarse.transpose(1, 0, 2) if turned else seen.coarse
        share = min(INPUT[0] / lab.shape[1], INPUT[1] / lab.shape[0])
        size = round(lab.shape[1] * share), round(lab.shape[0] * share)
        small = cv2.resize(
            np.ascontiguousarray(lab), size, interpolation=cv2.INTER_AREA
        )
        filled = np.full((*INPUT[::-1], 3), BLACK, np.float32)
        filled[: size[1], : size[0]] = small
        [[said]] = self._session.run(
            None, {self._name: filled.transpose(2, 0, 1)[None] / np.float32(255)}
        )
        maps = said[:, : round(size[1] / 2), : round(size[0] / 2)]
        maps = maps.transpose(2, 1, 0) if turned else maps.transpose(1, 2, 0)
        return Hints(np.ascontiguousarray(maps, np.float32), share / 2)


class Network(Protocol):
    """What may have an opinion."""

    def hints(self, seen: View) -> Hints:
        """Return what it says of ``seen``."""


_in_use: list[Network] = []


def use(network: Network | None) -> None:
    """Let this process ask ``network`` from now on, in every search; None: nobody."""
    _in_use[:] = [network] if network else []


def hints_of(seen: View) -> Hints | None:
    """Return what the network that is in use says; None where there is none."""
    return _in_use[0].hints(seen) if _in_use else None


def quads_of_hints(hints: Hints, least_area: float) -> Array:
    """Return quads (n, 4, 2) around what is paper to the network, in no order.

    Papers that nearly touch are parted by their sides.
    """
    paper, sides = hints.maps[..., 0] > CORE, hints.maps[..., 1] > CORE
    least = least_area * hints.scale**2
    # Half of a side's width lies on the paper.
    fields = [*_parts(paper, least, 0), *_parts(paper & ~sides, least, 1)]
    quads = []
    for field in fields:
        [contour], _ = cv2.findContours(
            field, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
        )
        quads += quads_around(contour, least)
    found = np.array(quads, np.float64).reshape(-1, 4, 2)
    return (found + 0.5) / hints.scale - 0.5


def _parts(mask: Array, least: float, lost: int) -> Iterator[Array]:
    """Yield what hangs together in ``mask``, with ``lost`` pixels more around."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    for part in range(1, count):
        if stats[part, cv2.CC_STAT_AREA] > least / 2:
            field = (labels == part).astype(np.uint8)
            yield cv2.dilate(field, np.ones((3, 3), np.uint8), iterations=lost)


def opinions(hints: Hints, quads: Array) -> Array:
    """Return how far the network agrees with each quad, (n, f), each 0 to 1.

    Args:
        hints: of the view.
        quads: (n, 4, 2) clockwise, pixels of the view.
    """
    along = np.roll(quads, -1, axis=1) - quads
    size = np.hypot(along[..., 0], along[..., 1])[..., None] + 1e-9
    inward = np.stack([-along[..., 1], along[..., 0]], axis=-1) / size
    steps = ((np.arange(SAMPLES) + 0.5) / SAMPLES)[:, None]
    on = quads[:, :, None] + steps * along[:, :, None]
    off = AWAY * inward[:, :, None]
    inside = hints.at(on + off)[..., 0].mean(axis=2)
    outside = hints.at(on - off)[..., 0].mean(axis=2)
    sides = hints.at(on)[..., 1].mean(axis=2)
    corners = hints.at(quads)[..., 2]
    return np.stack(
        [
            hints.at(spread(quads))[..., 0].mean(axis=1),
            inside.min(axis=1),
            outside.mean(axis=1),
            outside.max(axis=1),
            sides.mean(axis=1),
            sides.min(axis=1),
            corners.mean(axis=1),
            corners.min(axis=1),
        ],
        axis=1,
    )
