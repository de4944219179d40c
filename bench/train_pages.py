"""Trains the network of ``document_capture/page_model.py``.

``python -m bench.train_pages``: composites are made from development seeds, half of
them on photographs of empty desks where a folder has some (``--desks``); the finder
proposes quads on each, and a small network learns which of them are pages. What it
learned goes into one ONNX file, which is in no repository. It needs PyTorch (``pip
install -e .[train]``). Two cores draw 3,200 pictures in a quarter of an hour.
"""

import argparse
import concurrent.futures
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
import torch

from bench.composites import FIRST_KEPT_BACK, Composer
from bench.fit_score import RIGHT, Pictures, folder_of
from bench.page_net import PageNet, write_onnx
from document_capture.candidates import candidates
from document_capture.images import Array, Image
from document_capture.page_model import MIDDLE, as_input, squares
from document_capture.quads import overlap
from document_capture.threads import use_one_thread
from document_capture.views import view

FIRST = 500_000
"""Seed of the first picture; the judge is fitted on others (``bench/fit_score.py``), so
that it learns how far the network is right on what it has never seen."""
BATCH = 16
"""Pictures of which some squares each are learned at a time."""
FASTEST = 2e-3
"""Learning rate after ``WARM`` steps, from where it falls as a cosine."""
WARM = 100
DECAY = 1e-2
SURE = 0.01, 0.99
"""What is wanted for wrong and right: nobody is ever quite sure."""
RIGHT_ONES, NEARLY, LIKELY, OTHERS = 3, 2, 3, 1
"""Squares of a picture: right, nearly, wrong but likely to the finder, and far off."""
LIKELIEST = 6
"""Wrong quads that are likely to the finder."""
APART = 0.5
"""Overlap with the truth up to which a quad is far off."""
INVERTED = 0.15
"""How often dark is made light: papers darker than their desk are seldom drawn."""
SLIPPED = 0.006
"""Share of a paper's side by which a fitted corner is off."""


class Known(msgspec.Struct, frozen=True):
    """What is known of one picture."""

    coarse: Image
    """Of its view."""
    papers: Array
    """(n, 4, 2) the whole papers in it."""
    quads: Array
    """(m, 4, 2) what the finder proposes, fitted."""
    power: Array
    """(m,) by what was measured."""
    overlaps: Array
    """(m,) with the nearest true page."""


def main() -> int:
    """Draw, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument("--count", type=int, default=4000, help="pictures")
    parser.add_argument("--first", type=int, default=FIRST, help="seed")
    parser.add_argument("--minutes", type=float, default=30.0, help="of training")
    parser.add_argument("--keep", type=Path, default=Path("var/composites"))
    parser.add_argument("--out", type=Path, default=Path("var/page-model.onnx"))
    asked = parser.parse_args()
    if asked.first < FIRST or asked.first + asked.count > FIRST_KEPT_BACK:
        parser.error(f"seeds from {FIRST} to {FIRST_KEPT_BACK} only")
    seeds = range(asked.first, asked.first + asked.count)
    # What cannot be written is known before half an hour is spent.
    write_onnx(PageNet(), asked.out)
    net = trained(drawn(seeds, asked.desks, asked.keep), 60 * asked.minutes)
    write_onnx(net, asked.out)
    return 0


def drawn(seeds: range, desks: Path | None, keep: Path) -> list[Known]:
    """Return the pictures of ``seeds``, every other on the desks of a folder."""
    parts = [(seeds[::2], None, keep), (seeds[1::2], desks, keep)]
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return [one for part in pool.map(_drawn, parts) for one in part]


def _drawn(part: tuple[range, Path | None, Path]) -> list[Known]:
    seeds, desks, keep = part
    use_one_thread()
    pictures = Pictures(Composer(Path("var/fonts"), desks), folder_of(keep, desks))
    made = [known(*pictures.of(seed)) for seed in seeds]
    return [one for one in made if one is not None]


def known(image: Image, papers: Array) -> Known | None:
    """Return what is known of a picture; None: nothing is proposed on it.

    Args:
        image: (h, w, 3) BGR, as large as the finder's view.
        papers: (n, 4, 2) the whole papers in it.
    """
    seen = view(image)
    found = candidates(seen)
    if not len(found.quads):
        return None
    overlaps = [
        max((overlap(quad, one) for one in papers), default=0.0) for quad in found.quads
    ]
    return Known(seen.coarse, papers, found.quads, found.power, np.array(overlaps))


def trained(examples: list[Known], seconds: float) -> PageNet:
    """Return a network that was trained on ``examples`` for so long."""
    torch.manual_seed(1)
    net = PageNet()
    steps = torch.optim.AdamW(net.parameters(), lr=FASTEST, weight_decay=DECAY)
    began, said = time.monotonic(), 0.0
    for number, (seen, wanted) in enumerate(_batches(examples)):
        gone = (time.monotonic() - began) / seconds
        if gone >= 1:
            break
        speed = FASTEST * min(1, (number + 1) / WARM) * (1 + np.cos(np.pi * gone)) / 2
        for group in steps.param_groups:
            group["lr"] = speed
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(net(seen), wanted)
        steps.zero_grad()
        wrong.backward()
        steps.step()
        said = wrong.item() if number == 0 else 0.99 * said + 0.01 * wrong.item()
        if number % 200 == 0:
            print(f"  {gone:4.0%}, step {number}, loss {said:.3f}", file=sys.stderr)
    return net


def _batches(examples: list[Known]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    rng = np.random.default_rng(1)
    while True:
        order = rng.permutation(len(examples))
        for begin in range(0, len(order) - BATCH + 1, BATCH):
            some = [_some(rng, examples[k]) for k in order[begin : begin + BATCH]]
            seen, wanted = (np.concatenate(part) for part in zip(*some, strict=True))
            yield torch.from_numpy(seen), torch.from_numpy(wanted[:, None])


def _some(rng: np.random.Generator, one: Known) -> tuple[Array, Array]:
    """Return squares of a picture as the network takes them, and what it should say."""
    chosen = _chosen(rng, one)
    side = np.sqrt([cv2.contourArea(p.astype(np.float32)) for p in one.papers])
    slipped = (
        one.papers + rng.normal(0, SLIPPED, one.papers.shape) * side[:, None, None]
    )
    right = np.concatenate([one.overlaps[chosen] > RIGHT, np.ones(len(slipped), bool)])
    seen = squares(one.coarse, np.concatenate([one.quads[chosen], slipped]))
    wanted = np.where(right, SURE[1], SURE[0]).astype(np.float32)
    return as_input(_changed(rng, seen)), wanted


def _chosen(rng: np.random.Generator, one: Known) -> Array:
    """Return which of the quads of a picture are learned now."""
    wrong = np.flatnonzero(one.overlaps <= RIGHT)
    sorts = (
        (np.flatnonzero(one.overlaps > RIGHT), RIGHT_ONES),
        (wrong[one.overlaps[wrong] > APART], NEARLY),
        (wrong[np.argsort(-one.power[wrong])[:LIKELIEST]], LIKELY),
        (wrong[one.overlaps[wrong] <= APART], OTHERS),
    )
    some = [rng.choice(sort, min(most, len(sort)), False) for sort, most in sorts]
    return np.unique(np.concatenate(some).astype(np.int64))


def _changed(rng: np.random.Generator, seen: Array) -> Array:
    """Return squares in other light, with other colours, turned and mirrored."""
    if rng.random() < INVERTED:
        seen = seen ^ np.array([255, 0, 0], np.uint8)
    if rng.random() < 0.7:
        levels = np.arange(256) / 255
        light = 255 * levels ** rng.uniform(0.8, 1.25) * rng.uniform(0.7, 1.3)
        hue = seen[..., 1:].astype(np.float32) - MIDDLE
        turn = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else 0.0
        sine, cosine = np.sin(turn), np.cos(turn)
        hue = hue @ (
            rng.uniform(0.5, 1.4) * np.array([[cosine, sine], [-sine, cosine]])
        )
        hue = hue + MIDDLE + rng.normal(0, 4, 2)
        changed = np.concatenate([light[seen[..., :1]], hue], axis=-1)
        seen = np.clip(changed, 0, 255)
    seen = np.rot90(seen, int(rng.integers(4)), (1, 2))
    return seen[:, :, ::-1] if rng.random() < 0.5 else seen


if __name__ == "__main__":
    sys.exit(main())
