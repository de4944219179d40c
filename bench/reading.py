"""Reading print, zones and codes with known truth: ``make bench NAME=reading``.

``--mrz DIR`` reads a folder of pictures instead of our own specimens. A file
``truth.json`` in it (name to lines, or to null where there is no zone) lets
accepted but wrong zones be counted.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from bench.papers import (
    WORDS,
    a_card,
    a_code,
    a_zone,
    as_photographed,
    text_page,
    tilted,
)
from bench.report import Promise, at_least, at_most, beside, quick, tell
from document_capture.barcodes import read_barcodes
from document_capture.images import Image
from document_capture.mrz_formats import FORMATS
from document_capture.mrz_reader import read_mrz
from document_capture.ocr import Ocr
from document_capture.orientation import upright

TESSERACT = "tesseract, given the language"
LANGUAGES = {"zh-Hans": "chi_sim+eng", "zh-Hant": "chi_tra+eng", "en": "eng"}
PASSPORTEYE = "PassportEye"
CODES = {
    "QRCode": "https://example.gov/GZ20260318004517",
    "Code128": "GZ20260318004517",
    "PDF417": "P<UTO H10293847 SPECIMEN BETA",
    "DataMatrix": "HK3298471",
}
Specimen = tuple[Image, tuple[str, ...] | None]
"""A picture, and the lines on it if they are known."""


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


def print_promises(ocr: Ocr) -> list[Promise]:
    """Measure printed pages: wrong characters, time per page and per field."""
    weights = (500,) if quick() else (500, 700)
    seeds = (1,) if quick() else (0, 1, 2)
    promises, seconds, fields = [], [], []
    for script, words in WORDS.items():
        truth, wrong, theirs = bare("".join(words)), [], []
        for weight in weights:
            for seed in seeds:
                page = as_photographed(text_page(script, weight), seed)
                began = time.process_time()
                lines = ocr.read_lines(page)
                seconds.append(time.process_time() - began)
                read = bare("".join(line.text for line in lines))
                wrong.append(distance(read, truth) / len(truth))
                peer = _tesseract(page, LANGUAGES[script])
                if peer is not None:
                    theirs.append(distance(bare(peer), truth) / len(truth))
                began = time.process_time()
                ocr.read_field(page, (0.1, 0.128, 0.5, 0.02))
                fields.append(time.process_time() - began)
        name = f"characters read wrongly, {script}"
        promise = at_most(name, "%", 0.1, 100 * float(np.mean(wrong)), TESSERACT)
        peers = 100 * float(np.mean(theirs)) if theirs else None
        promises.append(beside(promise, peers))
    none = "none"
    promises.append(at_most("CPU per A4 page", "s", 3, float(np.mean(seconds)), none))
    promises.append(at_most("CPU per field", "s", 0.2, float(np.mean(fields)), none))
    return promises


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


def zone_promises(ocr: Ocr, specimens: Sequence[Specimen]) -> list[Promise]:
    """Measure machine-readable zones: right ones, and wrong ones taken for right."""
    right, accepted_wrong, seconds = [], 0, []
    theirs: list[bool] = []
    peer = _passporteye()
    for picture, truth in specimens:
        began = time.process_time()
        zone = read_mrz(picture, ocr)
        seconds.append(time.process_time() - began)
        verified = zone is not None and zone.verified
        same = zone is not None and zone.lines == truth
        right.append(verified and (truth is None or same))
        accepted_wrong += verified and truth is not None and not same
        if peer is not None:
            theirs.append(peer(picture))
    share = 100 * float(np.mean(right))
    peers = 100 * float(np.mean(theirs)) if theirs else None
    found = at_least("zones read and verified", "%", 97, share, PASSPORTEYE)
    spent = float(np.mean(seconds))
    return [
        beside(found, peers),
        at_most("wrong zones taken for right", "zones", 0, accepted_wrong, "none"),
        at_most("CPU per zone", "s", 2, spent, "none"),
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


def own_specimens() -> Iterator[Specimen]:
    """Yield invented zones: straight, tilted, on their side, blurred, small."""
    names = list(FORMATS)
    for seed in range(5 if quick() else 40):
        lines = a_zone(names[seed % 5], seed)
        card = a_card(lines, seed)
        how = seed // 5 % 8
        if how in {1, 2, 3}:
            card = tilted(card, (5.0, -9.0, 17.0)[how - 1])
        elif how in {4, 5}:
            card = np.ascontiguousarray(np.rot90(card, how - 3))
        elif how == 6:
            card = cv2.resize(card, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        elif how == 7:
            card = cv2.GaussianBlur(card, (0, 0), 1.2)
        yield as_photographed(card, seed), lines


def specimens_in(folder: Path) -> Iterator[Specimen]:
    """Yield the pictures in ``folder``; with their truth, if it is told."""
    told = folder / "truth.json"
    truth = json.loads(told.read_text("utf-8")) if told.exists() else {}
    for path in sorted(folder.iterdir()):
        picture = cv2.imread(str(path))
        if picture is not None:
            lines = truth.get(path.name)
            yield picture, tuple(lines) if lines else None


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


def _passporteye() -> Callable[[Image], bool] | None:
    try:
        from passporteye import (  # type: ignore[import-not-found] # noqa: PLC0415
            read_mrz as read,
        )
    except ImportError:
        return None

    def right(picture: Image) -> bool:
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            cv2.imwrite(file.name, picture)
            zone = read(file.name)
        return bool(zone is not None and zone.valid)

    return right


def main(argv: Sequence[str] | None = None) -> int:
    """Measure on drawn papers, or zones on the pictures of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mrz", type=Path, help="folder of pictures with zones")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)
    ocr = Ocr()
    ocr.read_lines(as_photographed(a_code("QRCode", "warm"), 0))
    own = arguments.mrz is None
    specimens = own_specimens() if own else specimens_in(arguments.mrz)
    promises = zone_promises(ocr, list(specimens))
    if own:
        promises += print_promises(ocr) + turned_promises(ocr) + code_promises()
    return tell("reading", promises)


if __name__ == "__main__":
    sys.exit(main())
