"""Says how surely a quad is a page, from what its sides and its field look like."""

import numpy as np

from document_capture.images import Array
from document_capture.quads import overlap

WEIGHTS = (
    ("ridge", -0.70, -2.67),
    ("ridgemin", -0.32, 1.94),
    ("cover", 0.61, 3.62),
    ("covermin", -0.09, -0.77),
    ("cover2", 1.08, 1.55),
    ("contrast", -0.11, -2.14),
    ("contrastmin", 0.47, 0.61),
    ("steady", 0.12, -2.78),
    ("steadymin", 0.34, -0.07),
    ("overrun", -3.68, -8.35),
    ("share", 2.41, 5.98),
    ("whole", -0.23, -0.31),
    ("askew", -1.26, -3.38),
    ("lighter", 1.35, 2.22),
    ("alike", -0.21, -0.37),
    ("unseen", -0.16, -2.36),
    ("bend", 0.00, -0.75),
    ("opposite", -0.83, 1.76),
    ("plain", -0.00, 0.86),
    ("unlike", 1.73, 2.07),
    ("desk", 0.00, 2.24),
    ("deskmax", -1.83, -2.35),
    ("ends", 1.46, 5.31),
    ("endsmin", 0.63, 1.06),
    ("mixed", -0.64, -4.20),
    ("mixedmax", 0.28, 1.65),
    ("gap", -0.24, -0.26),
    ("open", -0.61, -0.64),
    ("hollow", -0.65, -0.17),
    ("slit", 0.00, -7.00),
    ("bias", -2.87, -7.79),
)
"""What each feature of ``features`` counts: before and after the sides are fitted."""


SECONDED = 0.65, 1.07, -1.17
"""What power counts, what a network's opinion does (``page_model``), and a shift."""


CALIBRATION = 1.0, 1.0, 0.5
"""What a quad's power counts for its confidence, what its share among rivals (as a
logarithm) does, and a shift. Fitted, it would be 1.1, 0.9, 1.8: a score that says less
than it could is seldom high where it is wrong. The same holds once a network has given
its opinion: fitted, 1.3, 4.2, 1.0."""
EQUAL = 0.9
"""Overlap above which two quads are one page, fitted twice."""
RIVAL = 0.1
"""Overlap above which two quads cannot both be pages."""
WEAKEST = 4.0
"""Power by which a quad may be behind another and still be its rival: e^-4 is 2 %."""
MOST_RIVALS = 24


def promise(known: Array) -> Array:
    """Return how worthwhile proposals with these features are to be fitted, (n,)."""
    return _weighed(known, np.array([before for _, before, _ in WEIGHTS]))


def powers(known: Array) -> Array:
    """Return how well fitted quads with these features do against others, (n,).

    The logarithm of their odds. The weights are a logistic regression on 450 of the
    benchmark's composites (development seeds), where the four likeliest wrong quads of
    each picture count as much as all others. The weight of "slit" was chosen on 900
    others, of which one in six shows two papers side by side: there more makes no pair
    clearer, and less is not enough for papers that nearly touch.
    """
    return _weighed(known, np.array([after for _, _, after in WEIGHTS]))


def seconded(power: Array, opinion: Array) -> Array:
    """Return ``power`` (n,) once a network has given its ``opinion`` (n,)."""
    before, said, shift = SECONDED
    return before * power + said * opinion + shift


def share(quads: Array, power: Array, best: int) -> float:
    """Return which share of the power around ``best`` is for it, 0 to 1.

    1: every other quad there is the same page. Papers beside it are no rivals. 0: it is
    no page at all, but a line.

    Args:
        quads: (n, 4, 2).
        power: (n,) of the quads.
        best: the quad that won.
    """
    near = np.argsort(-power)[:MOST_RIVALS]
    near = near[power[near] > power[best] - WEAKEST]
    # A network may prefer what is not among the best by what was measured.
    near = np.union1d(near, [best])
    shared = np.array([overlap(quads[one], quads[best]) for one in near])
    weight = np.exp(power[near] - power[best])
    own = weight[shared > EQUAL].sum()
    against = weight[(shared > RIVAL) & (shared <= EQUAL)].sum()
    return float(own / (own + against)) if own else 0.0


def confidence(
    power: Array,
    share: float | Array = 1.0,
) -> Array:
    """Return the probability that quads of this power are right, (n,).

    Right means: intersection over union with the true corners above 0.9. Of 637
    composites with papers (seeds for development), 83 % were right with a score over
    0.8 and 0.6 % wrong; over 0.2, 97 % were right and 2.0 % wrong.

    Args:
        power: of ``powers``.
        share: of ``share``; 1 where a quad has no rivals, as when it is followed.
    """
    slope, rivalry, shift = CALIBRATION
    chance = slope * power + rivalry * np.log(np.maximum(share, 1e-3)) + shift
    found: Array = 1 / (1 + np.exp(-np.clip(chance, -30, 30)))
    return found


def _weighed(known: Array, weights: Array) -> Array:
    found: Array = known @ weights[:-1] + weights[-1]
    return found
