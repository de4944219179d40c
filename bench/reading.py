"""Reading print and codes with known truth; zones are in ``bench/zones.py``."""

import os
import resource
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench import zones
from bench.papers import WORDS, a_code, as_photographed, text_page, tilted
from bench.report import Promise, at_least, at_most, beside, quick
from document_capture.barcodes import read_barcodes
from document_capture.images import Image
from document_capture.ocr import Ocr
from document_capture.orientation import upright
from document_capture.threads import use_one_thread

TESSERACT = "tesseract, given the language"
LANGUAGES = {"zh-Hans": "chi_sim+eng", "zh-Hant": "chi_tra+eng", "en": "eng"}
FIELD = (0.1, 0.128, 0.5, 0.02)
"""Where the first line below the title stands, in shares of the page."""
CODES = {
    "QRCode": "https://example.gov/GZ20260318004517",
    "Code128": "GZ20260318004517",
    "PDF417": "P<UTO H10293847 SPECIMEN BETA",
    "DataMatrix": "HK3298471",
}


def distance(one: str, other: str) -> int:
    """Return how many characters differ: Levenshtein, 1966."""
    row = list(range(len(other) + 1))
    for number, left in enumerate(one, 1):
        before, row[0] = row[0], number
        for place, right in enumerate(other, 1):
            same = before + (left != right)
            before = row[place]
            row[place] = min(before + 1, row[place - 1] + 1, same)
    return row[-1]


def bare(text: str) -> str:
    """Return ``text`` in one width (NFKC) and without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def cpu() -> float:
    """Return seconds of CPU, of this process and of the ones it waited for."""
    used = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(one.ru_utime + one.ru_stime for one in used)


class PageRead(msgspec.Struct, frozen=True):
    """What came of one printed page: shares of wrong characters, seconds of CPU."""

    wrong: float
    seconds: float
    per_field: float
    peer: tuple[float, float] | None
    """The same share and seconds of the peer, if it is installed."""


def print_promises(ocr: Ocr) -> list[Promise]:
    """Measure printed pages: wrong characters, time per page and per field."""
    weights = (500,) if quick() else (500, 700)
    seeds = (1,) if quick() else (0, 1, 2)
    promises, every = [], list[PageRead]()
    for script in WORDS:
        read = [
            _page_read(ocr, script, text_page(script, weight), seed)
            for weight in weights
            for seed in seeds
        ]
        wrong = 100 * _mean([one.wrong for one in read])
        theirs = [100 * one.peer[0] for one in read if one.peer]
        name = f"characters read wrongly, {script}"
        promise = at_most(name, "%", 0.1, wrong, TESSERACT)
        promises.append(beside(promise, _mean(theirs) if theirs else None))
        every += read
    spent = [one.peer[1] for one in every if one.peer]
    page, field = (
        _mean([one.seconds for one in every]),
        _mean([one.per_field for one in every]),
    )
    per_page = at_most("CPU per A4 page", "s", 3, page, TESSERACT)
    promises.append(beside(per_page, _mean(spent) if spent else None))
    return [*promises, at_most("CPU per field", "s", 0.2, field, "none")]


def _page_read(ocr: Ocr, script: str, paper: Image, seed: int) -> PageRead:
    truth, page = bare("".join(WORDS[script])), as_photographed(paper, seed)
    began = cpu()
    read = bare("".join(line.text for line in ocr.read_lines(page)))
    whole = cpu()
    ocr.read_field(page, FIELD)
    field = cpu()
    peer = _tesseract(page, LANGUAGES[script])
    theirs = None
    if peer is not None:
        theirs = distance(bare(peer), truth) / len(truth), cpu() - field
    wrong = distance(read, truth) / len(truth)
    return PageRead(wrong, whole - began, field - whole, theirs)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def turned_promises(ocr: Ocr) -> list[Promise]:
    """Measure whether pages that lie on their side or head are set upright."""
    scripts = ("zh-Hant",) if quick() else tuple(WORDS)
    right, seconds = [], []
    for seed in (0,) if quick() else (0, 1, 2):
        for script in scripts:
            page = as_photographed(text_page(script), seed)
            for turns in (3,) if quick() else range(4):
                lying = np.ascontiguousarray(np.rot90(page, turns))
                began = time.process_time()
                right.append((upright(lying, ocr)[1] + turns) % 4 == 0)
                seconds.append(time.process_time() - began)
    spent = float(np.mean(seconds))
    return [
        at_least("pages set upright", "%", 100, 100 * float(np.mean(right)), "none"),
        at_most("CPU to set a page upright", "s", 1, spent, "none"),
    ]


def code_promises() -> list[Promise]:
    """Measure barcodes on straightened pages, in four directions, slightly blurred."""
    rng = np.random.default_rng(0)
    detector = cv2.QRCodeDetector()
    right, qr, theirs = [], [], []
    for kind, text in CODES.items():
        drawn = a_code(kind, text)
        for turns in range(2 if quick() else 4):
            for blur in (0.6, 1.2):
                for _ in range(1 if quick() else 5):
                    lying = tilted(np.rot90(drawn, turns), float(rng.uniform(-3, 3)))
                    soft = cv2.GaussianBlur(lying, (0, 0), blur).astype(np.float32)
                    noisy = np.clip(soft + rng.normal(0, 6, soft.shape), 0, 255)
                    picture = noisy.astype(np.uint8)
                    right.append(any(c.text == text for c in read_barcodes(picture)))
                    if kind == "QRCode":
                        qr.append(right[-1])
                        theirs.append(detector.detectAndDecode(picture)[0] == text)
    all_kinds = 100 * float(np.mean(right))
    name = "OpenCV's QRCodeDetector"
    only_qr = at_least("QR codes read", "%", 99, 100 * float(np.mean(qr)), name)
    return [
        at_least("barcodes read, four kinds", "%", 99, all_kinds, "none"),
        beside(only_qr, 100 * float(np.mean(theirs))),
    ]


def _tesseract(page: Image, language: str) -> str | None:
    if shutil.which("tesseract") is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        cv2.imwrite(file.name, page)
        command = ["tesseract", file.name, "-", "-l", language, "--psm", "6"]
        one_thread = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        done = subprocess.run(
            command, capture_output=True, text=True, env=one_thread, check=False
        )
    return done.stdout if done.returncode == 0 else None


def promises(specimens: Path | None) -> list[Promise]:
    """Measure everything that is read; ``specimens`` is a folder of real ones."""
    use_one_thread()
    ocr = Ocr()
    ocr.read_lines(as_photographed(a_code("QRCode", "warm"), 0))
    return [
        *zones.promises(ocr, specimens),
        *print_promises(ocr),
        *turned_promises(ocr),
        *code_promises(),
    ]
