"""Machine-readable zones: our own specimens, and pictures of papers in a folder.

A file ``truth.json`` in the folder (name to lines, or to null where there is no
zone) lets wrong zones that were taken for right be counted.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench.papers import a_card, a_zone, as_photographed, tilted
from bench.report import Promise, at_least, at_most, beside, missing, quick
from document_capture.images import Image
from document_capture.mrz import Mrz, NotMrz, parse
from document_capture.mrz_formats import FORMATS
from document_capture.mrz_reader import read_mrz
from document_capture.ocr import Ocr

PASSPORTEYE = "PassportEye"
LEAST_READ = round(100 * 38 / 39, 3)
"""Per cent of the zones whose printed check digits hold."""
OWN = 40
"""Cards of our own: eight ways to lie, five formats."""
ON_SPECIMENS = "zones of real specimens, read and verified"


class Specimen(msgspec.Struct, frozen=True):
    """A picture of a paper, and what is known about the zone on it."""

    picture: Image
    lines: tuple[str, ...] | None
    """None at all where there is no zone; ``None`` where nobody told."""

    @property
    def verifiable(self) -> bool:
        """Whether a reader can verify it: some specimens are printed wrong."""
        if self.lines is None:
            return True
        try:
            return parse(self.lines).verified
        except NotMrz:
            return False


class Tried(msgspec.Struct, frozen=True):
    """What came of one specimen."""

    verifiable: bool
    right: bool
    wrongly_sure: bool | None
    """``None`` where nobody told what is printed."""
    seconds: float
    peer: bool | None
    """Whether the peer says that it is valid; ``None`` if it is not installed."""


def promises(ocr: Ocr, folder: Path | None) -> list[Promise]:
    """Measure our own specimens, and those in ``folder``; missing without one."""
    own = told("zones read and verified", _tried(ocr, own_specimens()))
    if folder is None:
        return [*own, missing(ON_SPECIMENS, "%", LEAST_READ, "--mrz DIR")]
    return own + told(ON_SPECIMENS, _tried(ocr, specimens_in(folder)))


def told(name: str, tried: Sequence[Tried]) -> list[Promise]:
    """Return how many of the verifiable ones are right, and what was wrongly sure."""
    wanted = [one for one in tried if one.verifiable]
    share = round(100 * float(np.mean([one.right for one in wanted])), 3)
    theirs = [one.peer for one in wanted if one.peer is not None]
    found = at_least(f"{name}, {len(wanted)}", "%", LEAST_READ, share, PASSPORTEYE)
    known = [one.wrongly_sure for one in tried if one.wrongly_sure is not None]
    name_of_wrong = f"{name}: wrong ones taken for right"
    wrong = missing(name_of_wrong, "zones", 0, "truth.json")
    if known:
        wrong = at_most(name_of_wrong, "zones", 0, sum(known), "none")
    spent = float(np.mean([one.seconds for one in tried]))
    return [
        beside(found, 100 * float(np.mean(theirs)) if theirs else None),
        wrong,
        at_most(f"{name}: CPU per zone", "s", 2, spent, "none"),
    ]


def outcome(specimen: Specimen, zone: Mrz | None) -> tuple[bool, bool | None]:
    """Return whether ``zone`` is right, and whether it is wrong and verified.

    Where nobody told the lines, what is verified counts as right.
    """
    sure = zone is not None and zone.verified
    if specimen.lines is None:
        return sure, None
    right = zone is not None and sure and zone.lines == specimen.lines
    return right, sure and not right


def _tried(ocr: Ocr, specimens: Iterator[Specimen]) -> list[Tried]:
    peer, tried = _passporteye(), []
    for one in specimens:
        began = time.process_time()
        zone = read_mrz(one.picture, ocr)
        seconds = time.process_time() - began
        theirs = None if peer is None else peer(one.picture)
        right, wrongly_sure = outcome(one, zone)
        tried.append(Tried(one.verifiable, right, wrongly_sure, seconds, theirs))
    return tried


def own_specimens() -> Iterator[Specimen]:
    """Yield invented zones: straight, tilted, on their side, blurred, small."""
    names = list(FORMATS)
    for seed in range(5 if quick() else OWN):
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
        yield Specimen(as_photographed(card, seed), lines)


def specimens_in(folder: Path) -> Iterator[Specimen]:
    """Yield the pictures in ``folder``; with their truth, if it is told."""
    known = folder / "truth.json"
    truth = json.loads(known.read_text("utf-8")) if known.exists() else {}
    for path in sorted(folder.iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is not None:
            lines = truth.get(path.name, False)
            yield Specimen(picture, None if lines is False else tuple(lines or ()))


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
