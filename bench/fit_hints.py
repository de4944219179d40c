"""Fits what a network's opinion counts: ``python -m bench.fit_hints --model FILE``.

``SECONDED`` of ``document_capture/score.py`` joins what the finder measured with what
``document_capture/page_model.py`` says. Its weights are learned as those of
``bench/fit_score.py`` are, on the same development seeds, which the network was not
trained on. What is printed may go into ``score.py``; run it again then, for which
quads are looked at closely depends on the weights.
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
    folder_of,
)
from bench.ranking import ranked
from document_capture.features import features
from document_capture.images import Array, Image
from document_capture.page import BAND, COARSE, fitted_power
from document_capture.page_model import NAMES, PageModel, opinions
from document_capture.proposals import JUDGED, proposals
from document_capture.quads import convex, overlap
from document_capture.score import promise, seconded_promise, share
from document_capture.sides import Fit, fit
from document_capture.views import view


class Example(msgspec.Struct, frozen=True):
    """What was proposed for one picture."""

    before: Array
    """(n, 1 + f): promise and opinions."""
    after: Array
    """(m, 1 + f): power and opinions of the most promising, their sides fitted."""
    quads: Array
    """(m, 4, 2) fitted."""
    right: Array
    """(n,) whether what becomes of a proposal is right."""
    overlaps: Array
    """(m,) of the fitted quads with the nearest true page."""


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
    pictures = Pictures(Composer(Path("var/fonts"), desks), folder_of(keep, desks))
    look = functools.partial(example, PageModel(model))
    made = [look(*pictures.of(seed)) for seed in range(first, first + count)]
    return [one for one in made if one is not None]


def example(model: PageModel, image: Image, papers: Array) -> Example | None:
    """Return what is proposed for ``image`` and how right it is; None: nothing is."""
    seen = view(image)
    hints = model.hints(seen)
    quads = proposals(seen, hints)
    if not len(quads):
        return None
    flat = np.zeros(quads.shape[:2])
    promised = promise(features(seen, quads, flat, closely=False))
    before = np.column_stack([promised, opinions(hints, quads)])
    # As the finder does it, with the weights as they are now.
    order = np.argsort(-seconded_promise(promised, before[:, 1:]))
    quads, before = quads[order], before[order]
    fitted = fit(seen.lab, quads, BAND, stride=COARSE)
    said = opinions(hints, fitted.quads)
    judged = Fit(fitted.quads[:JUDGED], fitted.bend[:JUDGED])
    power = fitted_power(seen, judged, said[:JUDGED])
    after = np.column_stack([power, said[:JUDGED]])
    whole = convex(fitted.quads)
    overlaps = np.array(
        [
            max((overlap(quad, one) for one in papers), default=0.0) if sound else 0.0
            for quad, sound in zip(fitted.quads, whole, strict=True)
        ]
    )
    kept = np.nonzero(whole[:JUDGED])[0]
    if not len(kept):
        return None
    right, overlaps = overlaps > RIGHT, overlaps[kept]
    return Example(before, after[kept], judged.quads[kept], right, overlaps)


def _learned(examples: list[Example]) -> tuple[Array, Array]:
    before = [(one.before, one.right) for one in examples]
    after = [(one.after, one.overlaps > RIGHT) for one in examples]
    return ranked(before), ranked(after)


def _winners(examples: list[Example], after: Array) -> Array:
    """Return power, logarithm of its share, overlap of each picture's best quad."""
    won = []
    for one in examples:
        power = one.after @ after[:-1] + after[-1]
        best = int(power.argmax())
        known = np.log(max(share(one.quads, power, best), 1e-3))
        won.append((power[best], known, one.overlaps[best]))
    return np.array(won)


def _tell(examples: list[Example]) -> None:
    unseen = []
    for fold in range(FOLDS):
        others = [one for k, one in enumerate(examples) if k % FOLDS != fold]
        unseen.append(_winners(examples[fold::FOLDS], _learned(others)[1]))
    known, overlaps = np.split(np.concatenate(unseen), [2], axis=1)
    right = overlaps[:, 0] > RIGHT
    print("SECONDED = (")
    for name, one, other in zip(
        ("power", *NAMES, "bias"), *_learned(examples), strict=True
    ):
        print(f'    ("{name}", {one:.2f}, {other:.2f}),')
    print(")")
    with_papers = [one for one in examples if one.overlaps.max() > 0]
    covered = np.mean([one.right.any() for one in with_papers])
    line = ", ".join(f"{one:.2f}" for one in calibrated(known, right))
    print(f"{len(examples)} pictures, {len(with_papers)} with papers")
    print(f"a right quad is proposed: {covered:.3f}; the surest is right:", end=" ")
    print(f"{right.sum() / len(with_papers):.3f}; calibration: {line}")


if __name__ == "__main__":
    sys.exit(main())
