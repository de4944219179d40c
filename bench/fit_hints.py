"""Fits what a network's opinion counts: ``python -m bench.fit_hints --model FILE``.

``SECONDED`` of ``document_capture/score.py`` joins what the finder measured with what
``document_capture/page_model.py`` says. Its weights are learned as those of
``bench/fit_score.py`` are, on the same development seeds, which the network was not
trained on. What is printed may go into ``score.py``.
"""

import argparse
import concurrent.futures
import functools
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench.composites import Composer
from bench.fit_score import (
    FIRST_SEED,
    FOLDS,
    RIGHT,
    WITHOUT_DESKS,
    Pictures,
    calibrated,
    ranked,
)
from document_capture.features import features
from document_capture.images import Array, Image
from document_capture.page import BAND, COARSE, fitted_power
from document_capture.page_model import NAMES, PageModel, opinions
from document_capture.proposals import JUDGED, proposals
from document_capture.quads import convex, overlap
from document_capture.score import promise, share
from document_capture.sides import fit
from document_capture.views import view


class Example(msgspec.Struct, frozen=True):
    """What was proposed for one picture."""

    before: Array
    """(n, 1 + f): promise and opinions."""
    after: Array
    """(n, 1 + f): power and opinions, once the sides are fitted."""
    quads: Array
    """(n, 4, 2) fitted."""
    overlaps: Array
    """(n,) with the nearest true page."""


def main() -> int:
    """Make examples, fit, tell how good the fit is on pictures it never saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument("--count", type=int, default=500, help="pictures of each sort")
    parser.add_argument("--keep", type=Path, default=Path("var/composites"))
    asked = parser.parse_args()
    parts = [
        (asked.model, asked.desks, asked.keep, FIRST_SEED, asked.count),
        (asked.model, None, asked.keep, FIRST_SEED + WITHOUT_DESKS, asked.count),
    ]
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        examples = [one for part in pool.map(_made, parts) for one in part]
    _tell(examples)
    return 0


def _made(part: tuple[Path, Path | None, Path, int, int]) -> list[Example]:
    model, desks, keep, first, count = part
    cv2.setNumThreads(1)
    pictures = Pictures(Composer(Path("var/fonts"), desks), keep)
    look = functools.partial(example, PageModel(model))
    made = [look(*pictures.of(seed)) for seed in range(first, first + count)]
    return [one for one in made if len(one.quads)]


def example(model: PageModel, image: Image, papers: Array) -> Example:
    """Return what is proposed for ``image`` and how right that is."""
    seen = view(image)
    hints = model.hints(seen)
    quads = proposals(seen, hints)
    flat = np.zeros(quads.shape[:2])
    promised = promise(features(seen, quads, flat, closely=False))
    before = np.column_stack([promised, opinions(hints, quads)])
    fitted = fit(seen.lab, quads, BAND, stride=COARSE)
    said = opinions(hints, fitted.quads)
    after = np.column_stack([fitted_power(seen, fitted, said), said])
    whole = convex(fitted.quads)
    overlaps = np.array(
        [
            max((overlap(quad, one) for one in papers), default=0.0)
            for quad in fitted.quads[whole]
        ]
    )
    return Example(before[whole], after[whole], fitted.quads[whole], overlaps)


def _learned(examples: list[Example]) -> tuple[Array, Array]:
    before = ranked([(one.before, one.overlaps > RIGHT) for one in examples])
    groups = []
    for one in examples:
        judged = _judged(one, before)
        groups.append((one.after[judged], one.overlaps[judged] > RIGHT))
    return before, ranked(groups)


def _judged(one: Example, before: Array) -> Array:
    return np.argsort(-(one.before @ before[:-1]))[:JUDGED]


def _winners(examples: list[Example], before: Array, after: Array) -> Array:
    """Return power, logarithm of its share, overlap of each picture's best quad."""
    won = []
    for one in examples:
        judged = _judged(one, before)
        power = one.after[judged] @ after[:-1] + after[-1]
        best = int(power.argmax())
        known = np.log(max(share(one.quads[judged], power, best), 1e-3))
        won.append((power[best], known, one.overlaps[judged][best]))
    return np.array(won)


def _tell(examples: list[Example]) -> None:
    unseen = []
    for fold in range(FOLDS):
        others = [one for k, one in enumerate(examples) if k % FOLDS != fold]
        unseen.append(_winners(examples[fold::FOLDS], *_learned(others)))
    known, overlaps = np.split(np.concatenate(unseen), [2], axis=1)
    right = overlaps[:, 0] > RIGHT
    print("SECONDED = (")
    for name, one, other in zip(
        ("power", *NAMES, "bias"), *_learned(examples), strict=True
    ):
        print(f'    ("{name}", {one:.2f}, {other:.2f}),')
    print(")")
    with_papers = [one for one in examples if one.overlaps.max() > 0]
    covered = np.mean([one.overlaps.max() > RIGHT for one in with_papers])
    line = ", ".join(f"{one:.2f}" for one in calibrated(known, right))
    print(f"{len(examples)} pictures, {len(with_papers)} with papers")
    print(f"a right quad is proposed: {covered:.3f}; the surest is right:", end=" ")
    print(f"{right.sum() / len(with_papers):.3f}; calibration: {line}")


if __name__ == "__main__":
    sys.exit(main())
