"""Learns what makes the right one of many win: a conditional logit.

Daniel McFadden, "Conditional logit analysis of qualitative choice behavior", 1973.
"""

import numpy as np

from document_capture.images import Array

RIDGE = 0.001
"""Pull of every weight towards 0, per picture: less learns the pictures by heart."""
ROUNDS, STEPS = 12, 4
"""Of expectation, and Newton's steps in each."""
SETTLED = 1e-5
"""Step below which a fit is done."""


def ranked(groups: list[tuple[Array, Array]]) -> Array:
    """Return weights (f + 1,), the last a shift, under which a right quad wins.

    One of the right ones, whichever, wins against all others of its picture and
    against "no page", whose power is 0 and which is right where no quad is. Which one
    is not known beforehand, so each is wanted as much as the weights so far say (A. P.
    Dempster, N. M. Laird and D. B. Rubin, "Maximum likelihood from incomplete data via
    the EM algorithm", 1977).

    Args:
        groups: for every picture features (n, f) and which quads are right, (n,).
    """
    size = groups[0][0].shape[1] + 1
    known = [_with_none(*group) for group in groups if len(group[1])]
    weights = np.zeros(size)
    for _ in range(ROUNDS):
        weights = _improved([(x, _expected(x @ weights, y)) for x, y in known], weights)
    return weights


def _expected(power: Array, right: Array) -> Array:
    """Return how likely each of the right quads is the one that wins, (n,)."""
    share = np.exp(power - power.max()) * right + 1e-12 * right
    found: Array = share / share.sum()
    return found


def _improved(known: list[tuple[Array, Array]], weights: Array) -> Array:
    """Return weights after a few of Newton's steps, each as long as it helps."""
    likely = _likelihood(known, weights)
    for _ in range(STEPS):
        slope, curve = _newton(known, weights)
        step = np.linalg.solve(curve, slope)
        while (now := _likelihood(known, weights + step)) < likely:
            step = step / 2
            if np.abs(step).max() < SETTLED:
                return weights
        weights, likely = weights + step, now
    return weights


def _with_none(x: Array, right: Array) -> tuple[Array, Array]:
    """Return features with a shift and a row for "no page", and what is right."""
    rows = np.zeros((len(x) + 1, x.shape[1] + 1))
    rows[:-1, :-1], rows[:-1, -1] = x, 1.0
    return rows, np.append(right.astype(np.float64), float(not right.any()))


def _likelihood(known: list[tuple[Array, Array]], weights: Array) -> float:
    total = -RIDGE * len(known) * float(weights @ weights) / 2
    for x, wanted in known:
        power = x @ weights
        total += float(wanted @ power - np.logaddexp.reduce(power))
    return total


def _newton(known: list[tuple[Array, Array]], weights: Array) -> tuple[Array, Array]:
    """Return slope (f,) and negative curvature (f, f) of the likelihood."""
    slope = -RIDGE * len(known) * weights
    curve = RIDGE * len(known) * np.eye(len(weights))
    for x, wanted in known:
        power = x @ weights
        share = np.exp(power - np.logaddexp.reduce(power))
        slope += x.T @ (wanted - share)
        around = x - share @ x
        curve += (around * share[:, None]).T @ around
    return slope, curve
