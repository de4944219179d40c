"""Measures what tells a page from anything else with four sides."""

import numpy as np

from document_capture.images import Array
from document_capture.quads import areas, askew, lengths, spread
from document_capture.slits import slit
from document_capture.views import View, contrast, sampled

NAMES = (
    "ridge",
    "ridgemin",
    "cover",
    "covermin",
    "cover2",
    "contrast",
    "contrastmin",
    "steady",
    "steadymin",
    "overrun",
    "share",
    "whole",
    "askew",
    "lighter",
    "alike",
    "unseen",
    "bend",
    "opposite",
    "plain",
    "unlike",
    "desk",
    "deskmax",
    "ends",
    "endsmin",
    "mixed",
    "mixedmax",
    "gap",
    "open",
    "hollow",
    "slit",
)
"""What ``features`` returns, column by column."""
SAMPLES = 32
"""Places along a side that are looked at."""
NEAR, FAR = 3.0, 8.0
"""Pixels from a side: just off the edge, and well inside the paper or on the desk."""
END = 0.22
"""Share of a side next to a corner, which a page always shows."""
ALIKE = 4.0
"""Difference of colour by which a place must be nearer to the desk than to the paper
to count as desk."""
FAINT = 5.0
"""Difference of colour (L2 in Lab) of a paper and a desk of nearly its colour."""
CLEAR = 40.0
"""Difference of colour at which a page could not stand out more."""
UNLIKE = 60.0
"""Distance from the desk's colours (see ``View.unlike``) that is surely not desk."""
NEXT = 0.31
"""Share of a side next to a corner whose change of colour may go on beyond it."""
SEEN = 0.6
"""Share of a side that must be in the frame for the side to be judged."""


def features(
    view: View,
    quads: Array,
    bend: Array,
    *,
    closely: bool = True,
    samples: int = SAMPLES,
) -> Array:
    """Return what is known of each quad, (n, f) float64, each about 0 to 1.

    Not ``closely``: without what takes long to see. With fewer ``samples`` along a
    side: sooner, and nearly the same.
    """
    # What is seen of a picture needs no more than 32 bits, and takes half the time.
    quads, bend = quads.astype(np.float32), bend.astype(np.float32)
    edge = _Edges(view, quads, bend, samples)
    sides = lengths(quads)
    opposite = np.sort(np.stack([sides, np.roll(sides, 2, axis=1)]), axis=0)
    share = areas(quads) / (view.size[0] * view.size[1])
    columns = [
        edge.ridge.mean(axis=1),
        edge.ridge.min(axis=1),
        edge.cover.mean(axis=1),
        edge.cover.min(axis=1),
        np.sort(edge.cover, axis=1)[:, 1],
        edge.contrast.mean(axis=1),
        edge.contrast.min(axis=1),
        edge.steady.mean(axis=1),
        edge.steady.min(axis=1),
        edge.overrun,
        np.minimum(share, 0.5),
        (share > 0.93).astype(np.float64),
        np.maximum(askew(quads) - 12, 0) / 30,
        edge.lighter,
        _spread(edge.inner),
        edge.unseen,
        np.minimum(np.abs(bend).max(axis=1) / 0.02, 2.0),
        1 - (opposite[0] / (opposite[1] + 1e-9)).min(axis=1),
        edge.plain,
        _unlike(view, quads),
        edge.desk.mean(axis=1),
        edge.desk.max(axis=1),
        edge.ends.mean(axis=(1, 2)),
        edge.ends.min(axis=(1, 2)),
        edge.mixed.mean(axis=1),
        edge.mixed.max(axis=1),
        edge.gap,
        edge.open.max(axis=1),
        _hollow(view, quads, edge),
        slit(view, quads) if closely else np.zeros(len(quads)),
    ]
    return np.stack(columns, axis=1).astype(np.float64)


class _Edges:
    """What the sides of quads look like; each (n, 4) or (n,)."""

    def __init__(self, view: View, quads: Array, bend: Array, samples: int) -> None:
        along = np.roll(quads, -1, axis=1) - quads
        size = np.hypot(along[..., 0], along[..., 1])[..., None] + 1e-9
        inward = np.stack([-along[..., 1], along[..., 0]], axis=-1) / size
        steps = np.linspace(0.03, 0.97, samples, dtype=np.float32)[:, None]
        on = quads[:, :, None] + steps * along[:, :, None]
        bow = (bend[..., None] * size)[..., None] * inward[:, :, None]
        on = on + 4 * steps * (1 - steps) * bow
        offsets = np.array([[-FAR], [-NEAR], [NEAR], [FAR]], np.float32)
        points = on[:, :, :, None] + offsets * inward[:, :, None, None]
        lab = sampled(view.lab, points)
        inside = ((on >= 0) & (on <= np.array(view.size) - 1)).all(axis=-1)
        seen = inside.mean(axis=2) >= SEEN
        self.unseen = (~seen).mean(axis=1)
        change = lab[:, :, :, 2] - lab[:, :, :, 1]
        step = contrast(change) * inside
        within = contrast(lab[:, :, :, 3] - lab[:, :, :, 2])
        without = contrast(lab[:, :, :, 1] - lab[:, :, :, 0])
        count = np.maximum(inside.sum(axis=2), 1)
        mean = (change * inside[..., None]).sum(axis=2) / count[..., None]
        self.ridge = (step / (step + within + without + 3)).sum(axis=2) / count * seen
        self.cover = (step > FAINT).sum(axis=2) / count * seen
        self.contrast = np.minimum(step / CLEAR, 1).sum(axis=2) / count * seen
        self.steady = contrast(mean) / (step.sum(axis=2) / count + 2) * seen
        self.lighter = ((change[..., 0] > 3) & inside).sum(axis=(1, 2)) / count.sum(1)
        self.plain = np.minimum(np.median(within, axis=2) / 12, 1).mean(axis=1)
        clear = (step > FAINT) & (step > within + without)
        end = round(END * samples)
        first, last = clear[:, :, :end].mean(axis=2), clear[:, :, -end:].mean(axis=2)
        self.ends = np.stack([first, last], axis=2) * seen[..., None]
        inner = lab[:, :, :, 3]
        middle = np.median(inner, axis=2, keepdims=True)
        self.inner, self.outer = middle[:, :, 0], np.median(lab[:, :, :, 0], axis=2)
        own = contrast(inner - middle)
        self.mixed = np.minimum(np.percentile(own, 80, axis=2) / 40, 1)
        desk = contrast(inner - self.outer[:, :, None])
        self.open = ((desk + ALIKE < own) & inside).sum(axis=2) / count
        self.gap = _longest(~clear & inside).max(axis=1) / samples
        rim = sampled(view.unlike, points[:, :, :, 0])[..., 0] / UNLIKE
        self.desk = np.minimum(rim, 1).mean(axis=2)
        self.overrun = _overrun(view, quads, inward, change, step.sum(axis=2) / count)


def _unlike(view: View, quads: Array) -> Array:
    """Return how unlike the desk the field of each quad is, (n,)."""
    inside = sampled(view.unlike, spread(quads))[..., 0] / UNLIKE
    found: Array = np.minimum(inside, 1).mean(axis=1)
    return found


def _hollow(view: View, quads: Array, edge: _Edges) -> Array:
    """Return the share of each quad that looks like what is outside it, (n,).

    A quad around two papers has desk between them; a page has none.
    """
    lab = sampled(view.lab, spread(quads))[:, :, None]
    desk = contrast(lab - edge.outer[:, None]).min(axis=2)
    own = contrast(lab - edge.inner[:, None]).min(axis=2)
    found: Array = (desk + ALIKE < own).mean(axis=1)
    return found


def _longest(missing: Array) -> Array:
    """Return the length of the longest run of True along the last axis."""
    run = np.zeros(missing.shape[:-1])
    longest = run.copy()
    for step in range(missing.shape[-1]):
        run = (run + 1) * missing[..., step]
        longest = np.maximum(longest, run)
    return longest


def _spread(inner: Array) -> Array:
    """Return how much the colour inside differs from side to side, (n,)."""
    hues = inner[..., 1:].std(axis=1).sum(axis=1) / 20
    light = inner[..., 0].std(axis=1) / 60
    found: Array = np.minimum(hues + light, 1.0)
    return found


def _overrun(
    view: View, quads: Array, inward: Array, change: Array, usual: Array
) -> Array:
    """Return how much of an edge goes on beyond the corners, where a page ends.

    Only what changes as the side does goes on: a cloth has edges everywhere.

    Args:
        view: the picture.
        quads: (n, 4, 2).
        inward: (n, 4, 2), of length 1.
        change: (n, 4, samples, 3) of colour, to the inside, along the sides.
        usual: (n, 4) size of that change.
    """
    along = np.roll(quads, -1, axis=1) - quads
    unit = along / (np.hypot(along[..., 0], along[..., 1])[..., None] + 1e-9)
    distance = np.linspace(5, 16, 6, dtype=np.float32)[:, None]
    ends = np.stack(
        [
            quads[:, :, None] - distance * unit[:, :, None],
            (quads + along)[:, :, None] + distance * unit[:, :, None],
        ],
        axis=2,
    )
    offset = NEAR * inward[:, :, None, None]
    lab = sampled(view.lab, np.stack([ends + offset, ends - offset]))
    near = round(NEXT * change.shape[2])
    sides = change[:, :, :near].mean(axis=2), change[:, :, -near:].mean(axis=2)
    way = np.stack(sides, axis=2)
    same = ((lab[0] - lab[1]).mean(axis=3) * way).sum(axis=-1)
    same /= contrast(way) + 1e-6
    beyond = np.maximum(same, 0).mean(axis=2)
    found: Array = np.minimum(beyond / (usual + 3), 1.5).mean(axis=1)
    return found
