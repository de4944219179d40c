"""Finds pages: many quadrilaterals are proposed, and judged by what a page looks like.

Peers that take the largest contour find 38 to 79 % of real photographs. What makes
the difference: proposals from fields, contours and pairs of straight lines
(``outlines``, ``lines``), sides fitted finer than a pixel (``sides``), and a judge
that looks at all four sides and at what lies inside and outside them (``score``).
"""

import msgspec
import numpy as np

from document_capture.features import NAMES, features
from document_capture.images import Array, Corners, Image, NoPage
from document_capture.page_model import hints_of, opinions
from document_capture.proposals import promising, proposals
from document_capture.quads import areas, convex, encloses, lengths, overlap
from document_capture.score import (
    CALIBRATION,
    RIVAL,
    SECONDED_CALIBRATION,
    confidence,
    powers,
    seconded,
    share,
)
from document_capture.sides import Fit, fit
from document_capture.slits import slit
from document_capture.views import WORK_SIZE, View, view

SURE = 0.3
"""Confidence below which there is no page; ``score`` says what it was fitted to."""
BAND = 6
"""Pixels of the view within which a side is searched around its proposal."""
COARSE = 2
"""Pixels between the courses that are tried for every proposal."""
AGAIN = 6
"""The same for the page that was chosen, whose sides may also be curves."""
BOWS = (-9, -6, -3, 0, 3, 6, 9)
"""Pixels of the view by which the middle of a side may lie off: 2 % of a large page."""
FINE = 1.6
"""Pixels of the view within which a side is searched at full size."""
CLOSELY = 20
"""Best quads that are looked into for a strip of desk; all others are taken for two
papers, which they could be."""
FRAMING = 0.93
"""A page around the best one is the page if it is this share as likely: pictures,
tables and the photograph on a card have clear sides too."""
LARGER = 1.08
"""Times the area from which a quad is around another, rather than the same."""
OUT = -30.0
"""Power of a quad that is no page, or none any more."""


BESIDE = 0.6
"""Confidence from which something beside a page is another paper, which a person is
asked to take away: a phone or a book on the tray must look much like one."""


class Found(msgspec.Struct, frozen=True):
    """A page and how sure it is."""

    corners: Corners
    score: float
    """Probability, 0 to 1, that the corners overlap the true ones by over 0.9."""
    bend: float = 0.0
    """How far the most bent side bows, as a share of its length: 0 lies flat."""
    measured: float = 0.0
    """The score without a network's opinion (``page_model``): a page that is followed
    from frame to frame is judged so."""


def find_page(image: Image) -> Found:
    """Return the page that stands out most, its corners finer than a pixel.

    Args:
        image: (h, w, 3) BGR, any size; the page may be light or dark, in any
            orientation, but with all four corners in the frame or just outside.

    Raises:
        NoPage: no quadrilateral is surer than ``SURE``.
    """
    return find_pages(image, most=1)[0]


def find_pages(image: Image, most: int = 4, seen: View | None = None) -> list[Found]:
    """Return up to ``most`` pages that do not overlap, the surest first.

    Args:
        image: as in ``find_page``.
        most: papers that may lie side by side.
        seen: the view of ``image``, where there is one already.

    Raises:
        NoPage: no quadrilateral is surer than ``SURE``.
    """
    seen = seen or view(image)
    hints = hints_of(seen)
    quads = promising(seen, proposals(seen, hints), hints)
    if not len(quads):
        raise NoPage
    fitted = fit(seen.lab, quads, BAND, stride=COARSE)
    opinion = opinions(hints, fitted.quads) if hints else None
    measured = fitted_power(seen, fitted, opinion)
    power = _seconded(measured, opinion)
    calibration = SECONDED_CALIBRATION if hints else CALIBRATION
    found: list[Found] = []
    while len(found) < most:
        best = _framing(fitted.quads, power)
        chosen = fitted.quads[best]
        score = _score(fitted.quads, power, best, calibration)
        if score < SURE:
            break
        curved = fit(seen.lab, chosen[None], AGAIN, bows=BOWS)
        corners = (curved.quads[0] / seen.scale).astype(np.float32)
        bend = float(np.abs(curved.bend).max())
        alone = _score(fitted.quads, measured, best) if hints else score
        found.append(refit(image, Found(corners, score, bend, alone)))
        taken = [
            overlap(quad, chosen) > RIVAL or encloses(chosen, quad, BAND)
            for quad in fitted.quads
        ]
        power, measured = (np.where(taken, OUT, one) for one in (power, measured))
    if not found:
        raise NoPage
    return sorted(found, key=lambda one: -one.score)


def papers_beside(pages: list[Found], page: Found) -> list[Found]:
    """Return the ``pages`` that are surely other papers than ``page``."""
    return [
        one
        for one in pages
        if one.score >= BESIDE and overlap(one.corners, page.corners) <= RIVAL
    ]


def refit(image: Image, found: Found) -> Found:
    """Return ``found`` with its sides moved onto the edges at the size of ``image``.

    Args:
        image: (h, w, 3) BGR; where ``found`` comes from a smaller picture of the
            same scene, scale its corners first.
        found: corners within ``FINE`` pixels of the view of the true ones.
    """
    per_view = max(image.shape[:2]) / WORK_SIZE
    band = int(np.clip(np.ceil(FINE * per_view), 2, 10))
    quad = found.corners[None].astype(np.float64)
    # A side that bows is searched as far off its corners' line as it was seen to bow.
    bow = round(found.bend * float(lengths(quad).max()))
    fine = fit(
        image, quad, band, bows=tuple(sorted({-bow, -bow // 2, 0, bow // 2, bow}))
    )
    corners = fine.quads[0].astype(np.float32)
    return msgspec.structs.replace(found, corners=corners)


def judged(
    image: Image, seen: View, quads: Array, bands: tuple[int, ...]
) -> list[Found]:
    """Return each of ``quads`` fitted and judged, however unsure.

    Args:
        image: (h, w, 3) BGR.
        seen: its view.
        quads: (n, 4, 2) clockwise, pixels of the view.
        bands: pixels of the view to search to either side, round by round.
    """
    bend = np.zeros(quads.shape[:2])
    for band in bands:
        fitted = fit(seen.lab, quads, band, bows=BOWS if band == bands[-1] else (0,))
        quads, bend = fitted.quads, fitted.bend
    scores = confidence(powers(features(seen, quads, bend))) * convex(quads)
    rough = [
        Found((quad / seen.scale).astype(np.float32), score, bow, score)
        for quad, score, bow in zip(
            quads, scores.tolist(), np.abs(bend).max(axis=1).tolist(), strict=True
        )
    ]
    return [refit(image, found) for found in rough]


def fitted_power(seen: View, fitted: Fit, opinion: Array | None = None) -> Array:
    """Return the power of each fitted quad, (n,), by what the picture shows.

    ``opinion``: of a network; it says which quads are worth a closer look.
    """
    known = features(seen, fitted.quads, fitted.bend, closely=False)
    best = np.argsort(-_seconded(powers(known), opinion))[:CLOSELY]
    column = NAMES.index("slit")
    known[:, column] = 1.0
    known[best, column] = slit(seen, fitted.quads[best])
    power = powers(known)
    power[~convex(fitted.quads)] = OUT
    return power


def _seconded(power: Array, opinion: Array | None) -> Array:
    """Return ``power`` with what a network says of each quad, where there is one."""
    if opinion is None:
        return power
    return np.where(power > OUT, seconded(power, opinion), OUT)


def _score(
    quads: Array,
    power: Array,
    best: int,
    calibration: tuple[float, float, float] = CALIBRATION,
) -> float:
    return float(confidence(power[best], share(quads, power, best), calibration))


def _framing(quads: Array, power: Array) -> int:
    """Return the best quad, or one around it that is nearly as good."""
    best = int(power.argmax())
    size, chance = areas(quads), 1 / (1 + np.exp(-power))
    around = [
        other
        for other in np.nonzero(chance >= FRAMING * chance[best])[0]
        if size[other] > LARGER * size[best]
        and encloses(quads[other], quads[best], BAND)
    ]
    return int(max(around, key=lambda other: float(power[other]), default=best))
