"""Does the gate refuse what cannot be read, and nothing else? With OCR as the judge.

Pages of known text are photographed badly in nine ways. What a reader makes of them
tells how bad they are; the gate must know it without reading.
"""

import io
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image as Picture
from rapidocr import RapidOCR
from rapidocr.utils.output import RapidOCROutput

from bench.gate_pages import LINES, WAYS, Shot, shot
from bench.report import Promise, at_least, at_most, quick
from document_capture.clean import black_and_white, clean
from document_capture.gate import judge
from document_capture.images import Array, Image
from document_capture.measured import measured
from document_capture.straighten import preview, straighten, to_jpeg
from document_capture.threads import use_one_thread

FONTS = Path("var/fonts")
FIRST_SEED = 7000
PAGES = 162
FEW = 0, 3
"""Of the pages: one as it should be, and one that is not."""
UNREADABLE, READABLE = 0.02, 0.005
"""Shares of characters that are read wrongly."""
NO_PEER = "no peer says why it refuses a page"
READER = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": 960,
}


class Tried(msgspec.Struct, frozen=True):
    """One page: what was wrong with it, how it was read, what the gate said."""

    way: str
    wrong: float
    refused: bool
    seconds: float


def promises() -> list[Promise]:
    """Measure on pages with a fixed seed."""
    use_one_thread()
    reader = RapidOCR(params=READER)
    pages = FEW if quick() else range(PAGES)
    tried = [_tried(reader, FIRST_SEED + page) for page in pages]
    bad = [one for one in tried if one.wrong > UNREADABLE]
    good = [one for one in tried if one.wrong < READABLE]
    told = []
    if bad:
        share = float(np.mean([one.refused for one in bad]))
        name = f"of {len(bad)} pages with errors over 2 %, refused"
        told.append(at_least(name, "share", 1.0, share, NO_PEER))
    if good:
        share = float(np.mean([not one.refused for one in good]))
        name = f"of {len(good)} pages with errors under 0.5 %, passed"
        told.append(at_least(name, "share", 0.97, share, NO_PEER))
    spent = 1000 * float(np.median([one.seconds for one in tried]))
    told.append(at_most("gate, CPU per page at 200 dpi", "ms", 200, spent, NO_PEER))
    return told + _cleaning()


def a_shot(seed: int) -> Shot:
    """Return a page; three neighbouring seeds differ in language, then the way."""
    number = seed - FIRST_SEED
    strength = float(np.random.default_rng(seed + 50_000).uniform(0, 1))
    language = list(LINES)[number % 3]
    way = WAYS[number // 3 % len(WAYS)]
    return shot(FONTS, language, way, strength, seed)


def _tried(reader: RapidOCR, seed: int) -> Tried:
    taken = a_shot(seed)
    page = straighten(taken.frame, taken.corners)
    began = time.process_time()
    found = judge(taken.frame, taken.corners, measured(page))
    refused = any(one.refuses for one in found)
    seconds = time.process_time() - began
    return Tried(taken.way, errors(reader, clean(page), taken.text), refused, seconds)


def errors(reader: RapidOCR, page: Image, text: str) -> float:
    """Return the share of the characters of ``text`` that are read wrongly."""
    found = reader(page)
    assert isinstance(found, RapidOCROutput)
    wanted = _plain(text)
    if found.boxes is None or found.txts is None:
        return 1.0
    return _distance(_plain(_in_order(found.boxes, found.txts)), wanted) / len(wanted)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _in_order(boxes: Array, texts: tuple[str, ...]) -> str:
    """Return what was read from top to bottom, each line from left to right."""
    parts = sorted(
        (
            float(box[:, 1].mean()),
            float(np.ptp(box[:, 1])),
            float(box[:, 0].min()),
            text,
        )
        for box, text in zip(np.asarray(boxes), texts, strict=True)
    )
    lines: list[list[tuple[float, str]]] = []
    last = -np.inf
    for middle, height, start, text in parts:
        if middle - last > height / 2:
            lines.append([])
            last = middle
        lines[-1].append((start, text))
    return "".join(text for line in lines for _, text in sorted(line))


def _distance(one: str, other: str) -> int:
    """Return V. I. Levenshtein's distance."""
    before = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            change = before[j - 1] + (letter != wanted)
            row.append(min(before[j] + 1, row[-1] + 1, change))
        before = row
    return before[-1]


def _cleaning() -> list[Promise]:
    """Measure time and sizes on a page that was photographed well."""
    taken = shot(FONTS, "zh-Hant", "well", 0.0, FIRST_SEED)
    page = straighten(taken.frame, taken.corners)
    finished = clean(page)

    def all_steps() -> None:
        clean(straighten(taken.frame, taken.corners))

    drawn = io.BytesIO()
    picture = Picture.fromarray(black_and_white(page)).convert("1")
    picture.save(drawn, "TIFF", compression="group4")
    sizes = (
        ("colour page at 200 dpi", 219, len(to_jpeg(finished, 85))),
        ("black-and-white page at 200 dpi", 40, len(drawn.getvalue())),
        ("preview of a cleaned page", 70, len(to_jpeg(preview(finished), 70))),
    )
    raw = len(to_jpeg(page, 85)) / 1024
    told = [
        at_most(name, "KiB", most, size / 1024, "not cleaned, colour")
        for name, most, size in sizes
    ]
    told[0].peer_measured = round(raw, 1)
    spent = _milliseconds(all_steps)
    return [at_most("straighten and clean A4, CPU", "ms", 100, spent, NO_PEER), *told]


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    spent = []
    for _ in range(2 if quick() else 5):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return 1000 * float(np.median(spent))
