"""What is promised about licences: ``make bench NAME=licence``.

CPU time of this process, not of the wall. The peers run in the same process, in
turns with ours, so that a busy machine is equally bad for both.
"""

import asyncio
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import cv2
import numpy as np

from bench import evidence, licence_whole, printing, signing
from bench.licence_peer import NAME, peer_licence
from bench.licence_sheets import COPY, Office, an_office
from bench.report import (
    Promise,
    at_least,
    at_most,
    at_most_of_peer,
    missing,
    quick,
    tell,
)
from casework.licence_code import code_signer, make_code, published_keys, read_code
from casework.papers.archival import to_archival
from casework.papers.fonts import load_fonts
from casework.papers.licence import about, draw_licence
from document_capture.barcodes import read_barcodes
from document_capture.pdf_pages import draw_page

T = TypeVar("T")
LIMIT: Final = "our own limit"
TIMES, QUICK_TIMES = 60, 12
ROW, QUICK_ROW = 1000, 40
"""Licences issued one after the other."""
BEGINNING: Final = 0.2
"""Share of the row after which memory is compared with its end."""
DPI: Final = 200
SCANS, QUICK_SCANS = 60, 8


def main() -> int:
    """Measure part after part; each returns its promises."""
    licence_whole.hush()
    load_fonts(Path("var/fonts"))
    office = an_office()
    for number in range(3):
        office.issued(number)  # caches of fonts and of ornaments
    sheets = [*steps(office), *codes(office), *row(office), *scans(office)]
    whole = asyncio.run(licence_whole.issued_in_a_row())
    log = asyncio.run(evidence.measured())
    proof = [*signing.promises(), *printing.promises(), *log]
    return tell("licence", [*sheets, *whole, *proof])


def steps(office: Office) -> list[Promise]:
    """Return what each step of issuing costs, and the whole beside the peer."""
    times = QUICK_TIMES if quick() else TIMES
    draw, archive, seal, whole, peer = [], [], [], [], []
    for number in range(times):
        drawn = office.drawn(number)
        plain, took = timed(draw_licence, drawn)
        draw.append(took)
        pdf, took = timed(to_archival, plain, about(drawn))
        archive.append(took)
        seal.append(timed(office.sealed, pdf)[1])
        whole.append(timed(office.issued, number)[1])
        peer.append(timed(peer_licence, drawn.record, office.authority)[1])
    ours, theirs = middle(whole), middle(peer)
    name = "a licence issued: code, sheet, archive, seal"
    return [
        at_most("sheet drawn", "CPU ms", 100, middle(draw), LIMIT),
        at_most("PDF/A-3b with its record", "CPU ms", 50, middle(archive), LIMIT),
        at_most("seal (PAdES as issued today)", "CPU ms", 350, middle(seal), LIMIT),
        at_most_of_peer(name, "CPU ms", 2.5, ours, (NAME, theirs)),
        missing(f"{name}, by DocuSeal", "CPU ms", 2.5, "DocuSeal (a Rails service)"),
    ]


def codes(office: Office) -> list[Promise]:
    """Return what signing and checking a code costs."""
    times = 200 if quick() else 1000
    record, signer = office.drawn(1).record, code_signer(office.authority)
    keys = published_keys(office.authority, "")
    code = make_code(record, COPY, signer)
    sign = [timed(make_code, record, COPY, signer)[1] for _ in range(times)]
    check = [timed(read_code, code, keys)[1] for _ in range(times)]
    return [
        at_most("code signed", "CPU ms", 1, middle(sign), LIMIT),
        at_most("code checked", "CPU ms", 1, middle(check), LIMIT),
    ]


def row(office: Office) -> list[Promise]:
    """Return throughput and growth of memory of many licences in a row."""
    count = QUICK_ROW if quick() else ROW
    early, began = 0.0, time.process_time()
    for number in range(count):
        office.issued(number)
        if number == int(count * BEGINNING):
            early = peak_megabytes()
    took = time.process_time() - began
    grown = peak_megabytes() - early
    return [
        at_least(f"{count} licences in a row", "per core s", 3, count / took, LIMIT),
        at_most("memory grown in the last four fifths", "MB", 8, grown, LIMIT),
    ]


def scans(office: Office) -> list[Promise]:
    """Return how many codes are read from bad scans at 200 dpi."""
    count, read = QUICK_SCANS if quick() else SCANS, 0
    dice = np.random.default_rng(7)
    for number in range(count):
        drawn = office.drawn(number)
        sheet = scanned(draw_page(draw_licence(drawn), 0, DPI), dice)
        read += drawn.code in [one.text for one in read_barcodes(sheet)]
    name = f"codes read from {count} bad scans at {DPI} dpi"
    return [at_least(name, "%", 100, 100 * read / count, LIMIT)]


def scanned(png: bytes, dice: np.random.Generator) -> "cv2.typing.MatLike":
    """Return a sheet as a poor scanner gives it: askew, soft, grainy, grey."""
    sheet = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    sheet = np.rot90(sheet, int(dice.integers(4))).copy()
    sheet = cv2.GaussianBlur(sheet, (0, 0), float(dice.uniform(0.6, 1.3)))
    high, wide = sheet.shape[:2]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), float(dice.uniform(-4, 4)), 1)
    sheet = cv2.warpAffine(sheet, turn, (wide, high), borderValue=(255, 255, 255))
    grain = dice.normal(0, dice.uniform(2, 12), sheet.shape)
    faded = sheet * dice.uniform(0.75, 1.0) + dice.uniform(0, 50)
    return np.clip(faded + grain, 0, 255).astype(np.uint8)


def timed(work: Callable[..., T], *words: object) -> tuple[T, float]:
    """Return what ``work`` gives, and its CPU time in milliseconds."""
    began = time.process_time()
    done = work(*words)
    return done, (time.process_time() - began) * 1000


def middle(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def peak_megabytes() -> float:
    """Return the most memory that this process has held so far."""
    gc.collect()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
