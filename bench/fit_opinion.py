"""Fits what a network's opinion counts: ``python -m bench.fit_opinion --model FILE``.

``SECONDED`` of ``document_capture/score.py`` joins what the finder measured with what
``document_capture/page_model.py`` says. It is learned as the weights of
``bench/fit_score.py`` are, on the same development seeds, which the network was not
trained on. What is printed may go into ``score.py``.
"""

import argparse
import concurrent.futures
import functools
import sys
from pathlib import Path

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
from document_capture.candidates import candidates
from document_capture.images import Array, Image
from document_capture.page import worth_asking
from document_capture.page_model import PageModel
from document_capture.quads import overlap
from document_capture.score import share
from document_capture.threads import use_one_thread
from document_capture.views import view


class Example(msgspec.Struct, frozen=True):
    """What the network was asked about on one picture."""

    known: Array
    """(n, 2): power and opinion."""
    quads: Array
    """(n, 4, 2) fitted."""
    overlaps: Array
    """(n,) with the nearest true page."""


def main() -> int:
    """Make examples, fit, tell how good the fit is on pictures it never saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument("--count", type=int, default=400, help="pictures of each sort")
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
    use_one_thread()
    pictures = Pictures(Composer(Path("var/fonts"), desks), folder_of(keep, desks))
    look = functools.partial(example, PageModel(model))
    made = [look(*pictures.of(seed)) for seed in range(first, first + count)]
    return [one for one in made if one is not None]


def example(model: PageModel, image: Image, papers: Array) -> Example | None:
    """Return what is proposed for ``image`` and how right it is; None: nothing is."""
    seen = view(image)
    found = candidates(seen)
    ask, _ = worth_asking(found.quads, found.power)
    if not len(ask):
        return None
    power, quads = found.power[ask], found.quads[ask]
    overlaps = [max((overlap(q, one) for one in papers), default=0.0) for q in quads]
    said = np.column_stack([power, model.opinions(seen, quads)])
    return Example(said, quads, np.array(overlaps))


def _learned(examples: list[Example]) -> Array:
    return ranked([(one.known, one.overlaps > RIGHT) for one in examples])


def _winners(examples: list[Example], weights: Array) -> Array:
    """Return power, logarithm of its share, overlap of each picture's best quad."""
    won = []
    for one in examples:
        power = one.known @ weights[:-1] + weights[-1]
        best = int(power.argmax())
        known = np.log(max(share(one.quads, power, best), 1e-3))
        won.append((power[best], known, one.overlaps[best]))
    return np.array(won)


def _tell(examples: list[Example]) -> None:
    unseen = []
    for fold in range(FOLDS):
        others = [one for k, one in enumerate(examples) if k % FOLDS != fold]
        unseen.append(_winners(examples[fold::FOLDS], _learned(others)))
    known, overlaps = np.split(np.concatenate(unseen), [2], axis=1)
    right = overlaps[:, 0] > RIGHT
    with_papers = [one for one in examples if one.overlaps.max() > 0]
    covered = np.mean([(one.overlaps > RIGHT).any() for one in with_papers])
    weights = ", ".join(f"{one:.2f}" for one in _learned(examples))
    line = ", ".join(f"{one:.2f}" for one in calibrated(known, right))
    print(f"SECONDED = {weights}\nCALIBRATION would be {line}")
    print(f"{len(examples)} pictures, {len(with_papers)} with papers")
    print(f"a right quad is asked about: {covered:.3f}; the surest is right:", end=" ")
    print(f"{right.sum() / len(with_papers):.3f}")


if __name__ == "__main__":
    sys.exit(main())
