"""Fits the weights of ``document_capture/score.py``: ``python -m bench.fit_score``.

Composites are made from development seeds, the finder's own proposals are fitted to
each and compared with the truth, and two rankings are learned: of proposals before
their sides are fitted, and after. Each is a conditional logit (McFadden, "Conditional
logit analysis of qualitative choice behavior", 1973): in every picture the right
quads, or "no page" where there are none, are to win against all others. The second
is then made a probability by a logistic regression (Platt, 1999) on the winners of
pictures that were not used to rank them: on their power, and on their share of the
power of all quads that cannot be pages beside them. What is printed may go into
``score.py`` when it is better there: the weights that stand there find as many pages,
and are less often sure of a wrong one.
"""

import argparse
import itertools
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench.composites import FIRST_KEPT_BACK, Composer
from bench.ranking import ranked
from document_capture.candidates import BAND, COARSE
from document_capture.features import NAMES, features
from document_capture.images import Array, Image
from document_capture.proposals import JUDGED, proposals
from document_capture.quads import convex, overlap
from document_capture.score import share
from document_capture.sides import fit
from document_capture.threads import use_one_thread
from document_capture.views import WORK_SIZE, view

FIRST_SEED = 200_000
"""Development seeds begin here; the finder was also looked at on others below."""
RIGHT = 0.9
"""Overlap with the truth above which a quad is right."""
CUT_OFF = 1 / 9
"""Share of the pictures that are cropped so that a side of the page is cut off."""
TURNS = 30
"""Newton's steps of the calibration; 15 are enough."""
FOLDS = 4
"""Parts of the pictures: each is judged by weights that were fitted to the others."""
WITHOUT_DESKS = 10_000
"""Added to a seed for a picture on a generated desk only."""


class Example(msgspec.Struct, frozen=True):
    """What the finder proposed for one picture."""

    before: Array
    """(n, f) features of the proposals."""
    after: Array
    """(n, f) features once their sides are fitted."""
    quads: Array
    """(n, 4, 2) fitted."""
    overlaps: Array
    """(n,) of the fitted quads with the nearest true page; 0 where there is none."""


def main() -> int:
    """Make examples, fit, tell how good the fit is on pictures it never saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument(
        "--count", type=int, default=400, help="composites of each sort"
    )
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="seed")
    parser.add_argument("--keep", type=Path, help="folder for the pictures, made once")
    asked = parser.parse_args()
    if asked.first + asked.count + WITHOUT_DESKS > FIRST_KEPT_BACK:
        parser.error(f"seeds from {FIRST_KEPT_BACK} on are kept back")
    use_one_thread()
    examples = []
    for desks, first in (
        (asked.desks, asked.first),
        (None, asked.first + WITHOUT_DESKS),
    ):
        keep = asked.keep and folder_of(asked.keep, desks)
        pictures = Pictures(Composer(Path("var/fonts"), desks), keep)
        seeds = range(first, first + asked.count)
        examples += [example(*pictures.of(seed)) for seed in seeds]
    _tell([one for one in examples if len(one.overlaps)])
    return 0


class Pictures:
    """Composites at the size of the view; kept in a folder they are made only once."""

    def __init__(self, composer: Composer, folder: Path | None) -> None:
        self._composer = composer
        self._folder = folder

    def of(self, seed: int) -> tuple[Image, Array]:
        """Return the picture of ``seed`` and the papers in it, (n, 4, 2)."""
        if self._folder is None:
            return self._made(seed)
        name = self._folder / f"{seed}.npz"
        if not name.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            image, papers = self._made(seed)
            np.savez(name, image=image, papers=papers)
        with np.load(name) as kept:
            return kept["image"], kept["papers"]

    def _made(self, seed: int) -> tuple[Image, Array]:
        made = self._composer.compose(seed)
        scale = WORK_SIZE / max(made.image.shape[:2])
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(made.image, None, fx=scale, fy=scale, interpolation=way)
        papers = np.array(made.papers).reshape(-1, 4, 2) * scale
        rng = np.random.default_rng(seed)
        if len(papers) == 1 and rng.random() < CUT_OFF:
            return _cut(rng, small, papers[0]), papers[:0]
        return small, papers


def folder_of(keep: Path, desks: Path | None) -> Path:
    """Return where the pictures on such desks are kept: a seed does not tell them."""
    return keep / (desks.name if desks else "generated")


def example(image: Image, papers: Array) -> Example:
    """Return what the finder proposes for ``image`` and how right that is."""
    seen = view(image)
    quads = proposals(seen)
    before = features(seen, quads, np.zeros(quads.shape[:2]), closely=False)
    fitted = fit(seen.lab, quads, BAND, stride=COARSE)
    whole = convex(fitted.quads)
    shared = [
        max((overlap(quad, one) for one in papers if sound), default=0.0)
        for quad, sound in zip(fitted.quads, whole, strict=True)
    ]
    after = features(seen, fitted.quads, fitted.bend)
    right = np.array(shared)[whole]
    return Example(before[whole], after[whole], fitted.quads[whole], right)


def calibrated(known: Array, right: Array) -> Array:
    """Return weights (f + 1,), the last a shift, of a logistic regression.

    Args:
        known: (n, f).
        right: (n,) bool.
    """
    x = np.column_stack([known, np.ones(len(known))])
    line = np.zeros(x.shape[1])
    for _ in range(TURNS):
        chance = _chance(known, line)
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + 1e-6 * np.eye(len(line))
        line = line + np.linalg.solve(curve, x.T @ (right - chance))
    return line


def _chance(known: Array, line: Array) -> Array:
    chance: Array = 1 / (1 + np.exp(-np.clip(known @ line[:-1] + line[-1], -30, 30)))
    return chance


def _judged(one: Example, before: Array) -> Array:
    """Return which proposals are worth fitting."""
    return np.argsort(-(one.before @ before[:-1]))[:JUDGED]


def _winners(examples: list[Example], before: Array, after: Array) -> Array:
    """Return, of each picture, what is known of the best quad, and its overlap.

    Power, logarithm of its share among rivals, overlap with the truth: (n, 3).
    """
    won = []
    for one in examples:
        judged = _judged(one, before)
        power = one.after[judged] @ after[:-1] + after[-1]
        best = int(power.argmax())
        known = np.log(max(share(one.quads[judged], power, best), 1e-3))
        won.append((power[best], known, one.overlaps[judged][best]))
    return np.array(won)


def _learned(examples: list[Example]) -> tuple[Array, Array]:
    """Return the weights before and after the sides are fitted."""
    before = ranked([(one.before, one.overlaps > RIGHT) for one in examples])
    groups = []
    for one in examples:
        judged = _judged(one, before)
        groups.append((one.after[judged], one.overlaps[judged] > RIGHT))
    return before, ranked(groups)


def _tell(examples: list[Example]) -> None:
    """Print the weights, and what they do on pictures they were not fitted on."""
    unseen = []
    for fold in range(FOLDS):
        others = [one for k, one in enumerate(examples) if k % FOLDS != fold]
        unseen.append(_winners(examples[fold::FOLDS], *_learned(others)))
    known, overlaps = np.split(np.concatenate(unseen), [2], axis=1)
    right = overlaps[:, 0] > RIGHT
    line = calibrated(known, right)
    print("WEIGHTS = (")
    for name, one, other in zip((*NAMES, "bias"), *_learned(examples), strict=True):
        print(f'    ("{name}", {one:.2f}, {other:.2f}),')
    print(")")
    print("CALIBRATION =", ", ".join(f"{one:.2f}" for one in line))
    _calibration(_chance(known, line), right)


def _calibration(chance: Array, right: Array) -> None:
    print("surest quads of pictures that were not fitted on, by their probability")
    for low, high in itertools.pairwise((0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.01)):
        here = (chance >= low) & (chance < high)
        if here.any():
            share = float(right[here].mean())
            print(
                f"  {low:.2f} to {min(high, 1):.2f}: {here.sum():5d}, right {share:.3f}"
            )


def _cut(rng: np.random.Generator, image: Image, corners: Array) -> Image:
    """Return ``image`` cropped so that one side of its page lies outside."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    axis, share = int(rng.integers(2)), rng.uniform(0.08, 0.4)
    inward = int(share * (high - low)[axis])
    begin, end = np.array([0, 0]), np.array(image.shape[1::-1])
    if rng.random() < 0.5:
        begin[axis] = int(low[axis]) + inward
    else:
        end[axis] = int(high[axis]) - inward
    cut: Image = image[begin[1] : end[1], begin[0] : end[0]].copy()
    return cut


if __name__ == "__main__":
    sys.exit(main())
