"""Finds pages: many quadrilaterals are proposed, and judged by what a page looks like.

Peers that take the largest contour find 38 to 79 % of real photographs. What makes
the difference: proposals from fields, contours and pairs of straight lines
(``outlines``, ``lines``), each side tried elsewhere as well (``sweeps``), sides fitted
finer than a pixel (``sides``), a judge that looks at all four sides and at what lies
inside and outside them (``score``), and an eye for what lies on top (``layers``).
"""

import msgspec
import numpy as np

from document_capture.blanks import blank
from document_capture.candidates import BAND, OUT, candidates
from document_capture.features import features
from document_capture.images import Array, Corners, Image, NoPage
from document_capture.layers import hidden
from document_capture.page_model import Network, in_use
from document_capture.quads import areas, convex, encloses, lengths, overlap
from document_capture.score import (
    RIVAL,
    confidence,
    powers,
    seconded,
    share,
)
from document_capture.sides import fit
from document_capture.views import WORK_SIZE, View, view

SURE = 0.2
"""Confidence below which there is no page; ``score`` says what it was fitted to."""
AGAIN = 6
"""Pixels of the view within which the sides of the page that was chosen are searched
again: they may also be curves."""
BOWS = (-9, -6, -3, 0, 3, 6, 9)
"""Pixels of the view by which the middle of a side may lie off: 2 % of a large page."""
FINE = 1.6
"""Pixels of the view within which a side is searched at full size."""
ASKED = 12
"""Best quads that a network is asked about, where there is one."""
SAME = 3.0
"""Pixels of the view by which corners of one quad, fitted twice, may differ."""
FRAMING = 0.93
"""A page around the best one is the page if it is this share as likely: pictures,
tables and the photograph on a card have clear sides too."""
LARGER = 1.08
"""Times the area from which a quad is around another, rather than the same."""
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
    quads, power, measured = _contenders(seen)
    pages: list[Found] = []
    while len(pages) < most:
        best = _framing(quads, power)
        chosen = quads[best]
        score = _score(quads, power, best)
        if score < SURE:
            break
        curved = fit(seen.lab, chosen[None], AGAIN, bows=BOWS)
        corners = (curved.quads[0] / seen.scale).astype(np.float32)
        bend = float(np.abs(curved.bend).max())
        alone = _score(quads, measured, best)
        pages.append(refit(image, Found(corners, score, bend, alone)))
        taken = [
            overlap(quad, chosen) > RIVAL or encloses(chosen, quad, BAND)
            for quad in quads
        ]
        power, measured = (np.where(taken, OUT, one) for one in (power, measured))
    if not pages:
        raise NoPage
    return sorted(pages, key=lambda one: -one.score)


def _contenders(seen: View) -> tuple[Array, Array, Array]:
    """Return quads (n, 4, 2), the power (n,) of each, and that without a network.

    Raises:
        NoPage: nothing looks at all like one.
    """
    found = candidates(seen)
    if not len(found.quads):
        raise NoPage
    network = in_use()
    power = found.power
    if network:
        power = asked(network, seen, found.quads, power)
    lost = hidden(seen, found.quads, power)
    power, measured = power - lost, found.power - lost
    empty = blank(seen, found.quads)
    written = np.where(empty, OUT, power)
    # Beside something with writing nothing without it is a page; alone, it may be.
    if _score(found.quads, written, _framing(found.quads, written)) >= SURE:
        power, measured = written, np.where(empty, OUT, measured)
    return found.quads, power, measured


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


def asked(network: Network, seen: View, quads: Array, power: Array) -> Array:
    """Return ``power`` (n,) once ``network`` has looked at the best ``quads``.

    It is asked once about what was fitted twice.
    """
    ask, answer = worth_asking(quads, power)
    heard = answer >= 0
    said = np.full(len(quads), OUT)
    if len(ask):
        opinions = network.opinions(seen, quads[ask])
        said[heard] = seconded(power[heard], opinions[answer[heard]])
    return said


def worth_asking(quads: Array, power: Array) -> tuple[Array, Array]:
    """Return which quads to ask about, (k,), and whose answer each has, (n,).

    That is a place among the k, or -1: not asked about.
    """
    order = np.argsort(-power)
    order = order[power[order] > OUT]
    answer = np.full(len(quads), -1)
    if not len(order):
        return order, answer
    flat = quads[order].reshape(len(order), 8)
    same = np.abs(flat[:, None] - flat[None]).max(axis=2) < SAME
    ask, which = np.unique(same.argmax(axis=1), return_inverse=True)
    answer[order] = np.where(which < ASKED, which, -1)
    return order[ask[:ASKED]], answer


def _score(quads: Array, power: Array, best: int) -> float:
    return float(confidence(power[best], share(quads, power, best)))


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
