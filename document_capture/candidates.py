"""Quads that may be a page, their sides fitted, and how well each does.

What lines and outlines propose is fitted and judged; of what does best, each side is
tried elsewhere (``sweeps``), and judged with the rest.
"""

import msgspec
import numpy as np

from document_capture.features import NAMES, features
from document_capture.images import Array
from document_capture.proposals import promising, proposals, sound
from document_capture.quads import convex, overlap
from document_capture.score import EQUAL, powers
from document_capture.sides import fit
from document_capture.slits import slit
from document_capture.sweeps import swept
from document_capture.views import View

BAND = 6
"""Pixels of the view within which a side is searched around its proposal."""
COARSE = 2
"""Pixels between the courses that are tried for every proposal."""
SWEPT = 4
"""Best different quads of which each side is tried elsewhere."""
JUDGED_AGAIN = 16
"""Quads with one side elsewhere that are fitted and judged."""
CLOSELY = 20
"""Best quads that are looked into for a strip of desk; all others are taken for two
papers, which they could be."""
OUT = -30.0
"""Power of a quad that is no page, or none any more."""


class Candidates(msgspec.Struct, frozen=True):
    """What may be a page; mostly a few right quads several times, and much else."""

    quads: Array
    """(n, 4, 2) clockwise, pixels of the view."""
    power: Array
    """(n,) by what was measured; see ``score.powers``."""


def candidates(seen: View) -> Candidates:
    """Return what may be a page in a picture, in no order; perhaps nothing."""
    quads, known = _fitted(seen, promising(seen, proposals(seen)))
    best = _different(quads, _power(quads, known))
    if best:
        more = sound(seen, swept(seen, quads[best]))
        again, judged = _fitted(seen, promising(seen, more, JUDGED_AGAIN))
        quads = np.concatenate([quads, again])
        known = np.concatenate([known, judged])
    if not len(quads):
        return Candidates(quads, np.zeros(0))
    closely = np.argsort(-_power(quads, known))[:CLOSELY]
    column = NAMES.index("slit")
    known[:, column] = 1.0
    known[closely, column] = slit(seen, quads[closely])
    return Candidates(quads, _power(quads, known))


def _fitted(seen: View, quads: Array) -> tuple[Array, Array]:
    """Return ``quads`` with their sides fitted, and what is known of each."""
    if not len(quads):
        return quads, np.zeros((0, len(NAMES)))
    fitted = fit(seen.lab, quads, BAND, stride=COARSE)
    return fitted.quads, features(seen, fitted.quads, fitted.bend, closely=False)


def _power(quads: Array, known: Array) -> Array:
    return np.where(convex(quads), powers(known), OUT)


def _different(quads: Array, power: Array) -> list[int]:
    """Return the best quads that are not one page fitted twice."""
    chosen: list[int] = []
    for one in np.argsort(-power):
        if power[one] <= OUT or len(chosen) == SWEPT:
            break
        if all(overlap(quads[one], quads[two]) <= EQUAL for two in chosen):
            chosen.append(int(one))
    return chosen
