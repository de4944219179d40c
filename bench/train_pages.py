"""Trains the network of ``document_capture/page_model.py``.

``python -m bench.train_pages``: composites are made from development seeds, half of
them on photographs of empty desks where a folder has some (``--desks``), and a small
U-Net learns where whole papers lie, their sides and their corners. What it learned goes
into one ONNX file, which is in no repository. It needs PyTorch (``pip install -e
.[train]``). Two cores draw 4,200 pictures in a quarter of an hour.
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
from bench.fit_score import Pictures, folder_of
from bench.page_net import PageNet, write_onnx
from document_capture.images import Array, Image
from document_capture.page_model import INPUT
from document_capture.views import SMOOTH

FIRST = 500_000
"""Seed of the first picture; the judge is fitted on others (``bench/fit_score.py``), so
that it learns how far the network is right on what it has never seen."""
BATCH = 16
FASTEST = 2e-3
"""Learning rate after ``WARM`` steps, from where it falls as a cosine."""
WARM = 100
DECAY = 1e-3
STEEPEST = 2.0
"""Largest gradient (L2) that is followed."""
WIDTH = 2
"""Pixels of the maps that a side is wide."""
SPREAD = 1.5
"""Pixels of the maps: the standard deviation of a corner."""
RARE = 5.0, 20.0
"""How much more a place on a side, and one at a corner, counts: there are few."""
SMALL = 20.0
"""Pixels of paper that are added to both sides of the overlap, for empty desks."""


class Labelled(msgspec.Struct, frozen=True):
    """A picture as the network sees it, and what it should say."""

    image: Image
    """(240, 320, 3) BGR, smoothed."""
    maps: Array
    """(3, 120, 160) uint8."""


def main() -> int:
    """Draw, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    parser.add_argument("--count", type=int, default=6000, help="pictures")
    parser.add_argument("--first", type=int, default=FIRST, help="seed")
    parser.add_argument("--minutes", type=float, default=40.0, help="of training")
    parser.add_argument("--keep", type=Path, default=Path("var/composites"))
    parser.add_argument("--out", type=Path, default=Path("var/page-model.onnx"))
    asked = parser.parse_args()
    if asked.first < FIRST or asked.first + asked.count > FIRST_KEPT_BACK:
        parser.error(f"seeds from {FIRST} to {FIRST_KEPT_BACK} only")
    seeds = range(asked.first, asked.first + asked.count)
    # What cannot be written is known before an hour is spent.
    write_onnx(PageNet(), asked.out)
    labelled = drawn(seeds, asked.desks, asked.keep)
    net = trained(labelled, 60 * asked.minutes)
    write_onnx(net, asked.out)
    return 0


def drawn(seeds: range, desks: Path | None, keep: Path) -> list[Labelled]:
    """Return the pictures of ``seeds``, every other on the desks of a folder."""
    parts = [(seeds[::2], None, keep), (seeds[1::2], desks, keep)]
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return [one for part in pool.map(_drawn, parts) for one in part]


def _drawn(part: tuple[range, Path | None, Path]) -> list[Labelled]:
    seeds, desks, keep = part
    cv2.setNumThreads(1)
    pictures = Pictures(Composer(Path("var/fonts"), desks), folder_of(keep, desks))
    return [labelled(*pictures.of(seed)) for seed in seeds]


def labelled(image: Image, papers: Array) -> Labelled:
    """Return what the network is shown of a picture, and what it should say.

    Args:
        image: (h, w, 3) BGR, as large as the finder's view.
        papers: (n, 4, 2) the whole papers in it.
    """
    if image.shape[0] > image.shape[1]:
        image, papers = image.transpose(1, 0, 2), papers[..., ::-1]
    smooth = cv2.GaussianBlur(np.ascontiguousarray(image), (0, 0), SMOOTH)
    share = min(INPUT[0] / image.shape[1], INPUT[1] / image.shape[0])
    size = round(image.shape[1] * share), round(image.shape[0] * share)
    filled = np.zeros((*INPUT[::-1], 3), np.uint8)
    filled[: size[1], : size[0]] = cv2.resize(
        smooth, size, interpolation=cv2.INTER_AREA
    )
    return Labelled(filled, _maps((papers + 0.5) * share / 2 - 0.5))


def _maps(papers: Array) -> Array:
    wide, tall = INPUT[0] // 2, INPUT[1] // 2
    maps = np.zeros((3, tall, wide), np.uint8)
    y, x = np.mgrid[0:tall, 0:wide]
    for paper in papers:
        sixteenths = [np.round(16 * paper).astype(np.int32)]
        cv2.fillPoly(maps[0], sixteenths, 255, cv2.LINE_AA, 4)
        cv2.polylines(maps[1], sixteenths, True, 255, WIDTH, cv2.LINE_AA, 4)
        for corner in paper:
            away = (x - corner[0]) ** 2 + (y - corner[1]) ** 2
            spot = 255 * np.exp(-away / (2 * SPREAD**2))
            maps[2] = np.maximum(maps[2], spot.astype(np.uint8))
    return maps


def trained(examples: list[Labelled], seconds: float) -> PageNet:
    """Return a network that was trained on ``examples`` for so long."""
    torch.manual_seed(1)
    net = PageNet()
    net.to(memory_format=torch.channels_last)
    # A processor that does not know bfloat16 is ten times slower with it.
    short = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    steps = torch.optim.AdamW(net.parameters(), lr=FASTEST, weight_decay=DECAY)
    began, said = time.monotonic(), 0.0
    for number, (seen, wanted) in enumerate(_batches(examples)):
        gone = (time.monotonic() - began) / seconds
        if gone >= 1:
            break
        speed = FASTEST * min(1, (number + 1) / WARM) * (1 + np.cos(np.pi * gone)) / 2
        for group in steps.param_groups:
            group["lr"] = speed
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=short):
            answer = net(seen.to(memory_format=torch.channels_last))
        wrong = _loss(answer.float(), wanted)
        steps.zero_grad()
        wrong.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), STEEPEST)
        steps.step()
        said = wrong.item() if number == 0 else 0.99 * said + 0.01 * wrong.item()
        if number % 200 == 0:
            print(f"  {gone:4.0%}, step {number}, loss {said:.3f}", file=sys.stderr)
    return net


def _batches(examples: list[Labelled]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    rng = np.random.default_rng(1)
    while True:
        order = rng.permutation(len(examples))
        for begin in range(0, len(order) - BATCH + 1, BATCH):
            some = order[begin : begin + BATCH]
            pairs = [_changed(rng, examples[k]) for k in some]
            seen, wanted = (np.stack(part) for part in zip(*pairs, strict=True))
            yield (
                torch.from_numpy(seen).float() / 255,
                torch.from_numpy(wanted).float() / 255,
            )


def _changed(rng: np.random.Generator, one: Labelled) -> tuple[Array, Array]:
    """Return Lab (3, h, w) and maps in other light, mirrored, with other colours."""
    levels = np.arange(256)[:, None] / 255
    light = levels ** rng.uniform(0.75, 1.35) * rng.uniform(0.7, 1.3)
    table = np.clip(255 * light * rng.uniform(0.85, 1.15, 3), 0, 255).astype(np.uint8)
    image = cv2.LUT(one.image, table.reshape(256, 1, 3))
    if rng.random() < 0.3:
        image = image[..., rng.permutation(3)]
    lab = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_BGR2LAB)
    lab, maps = lab.transpose(2, 0, 1), one.maps
    for axis in (1, 2):
        if rng.random() < 0.5:
            lab, maps = np.flip(lab, axis), np.flip(maps, axis)
    return np.ascontiguousarray(lab), np.ascontiguousarray(maps)


def _loss(answer: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    paper, truth = torch.sigmoid(answer[:, 0]), wanted[:, 0]
    both = 2 * (paper * truth).sum((1, 2)) + SMALL
    apart = 1 - both / (paper.sum((1, 2)) + truth.sum((1, 2)) + SMALL)
    total = entropy(answer[:, 0], truth) + 0.5 * apart.mean()
    for map_, rare in enumerate(RARE, start=1):
        weight = torch.tensor(rare)
        total = total + 0.5 * entropy(
            answer[:, map_], wanted[:, map_], pos_weight=weight
        )
    return total


if __name__ == "__main__":
    sys.exit(main())
