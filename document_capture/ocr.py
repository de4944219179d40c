"""Reads printed writing: Traditional and Simplified Chinese, English, digits.

The two networks (PP-OCRv6 small, Apache-2.0) are files inside the ``rapidocr``
wheel. They are run directly: that package's own programs download a file that
they miss, and its angle classifier turns correct lines upside down.
"""

import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Corners, Image
from document_capture.networks import NetworkMissing, open_network
from document_capture.text_boxes import (
    LONGEST,
    boxes_from,
    cut_out,
    detector_input,
    in_reading_order,
)

FINDER, READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
LINE_HEIGHT = 48
"""Pixels: the height of every line that the reader was trained on."""
LEAST_WIDTH = 320
"""Pixels: shorter lines are filled up, as in training."""
WIDEST = 3200
"""Pixels: longer lines are pressed together, so that no picture is unbounded work."""
LEGIBLE = 0.5
"""Mean confidence below which a line is noise: a stamp, a signature, a pattern."""
LEAST_BAND = 640
"""Pixels: a narrow strip is not cut into more parts than a page of this width."""
BAND = 1.6
"""A page longer than this many widths is read in bands: several papers in one."""
Box = tuple[float, float, float, float]
"""Left, top, width and height as shares, 0 to 1, of the page's."""


class OcrMissing(Exception):
    """The recognition networks are not installed on this machine."""

    code = "ocr-missing"


class Line(msgspec.Struct, frozen=True):
    """One printed line."""

    text: str
    confidence: float
    """0 to 1: the mean over the characters."""
    corners: list[list[float]]
    """Four x and y as shares of the page's width and height, clockwise."""


class Letters(msgspec.Struct, frozen=True):
    """One line, letter by letter."""

    text: str
    confidence: float
    """0 to 1."""
    places: tuple[float, ...]
    """Where each letter begins, as a share of the width of the picture."""


class Ocr:
    """The networks, loaded when the first page comes; safe to share by threads.

    Args:
        models: the folder with both networks; by default that of ``rapidocr``.
        threads: per call; one is the best use of a machine that serves many.
    """

    def __init__(self, models: Path | None = None, threads: int = 1) -> None:
        self._models = models
        self._threads = threads
        self._lock = threading.Lock()
        self._sessions: dict[str, Any] = {}
        self._letters: Array = np.empty(0, object)

    def find_boxes(self, page: Image, longest: int = LONGEST) -> list[Corners]:
        """Return the boxes of all lines in pixels of ``page``, in reading order.

        Args:
            page: BGR. Small ones are not enlarged: the lines of a card of 280
                pixels are found, and doubling it finds no more.
            longest: pixels of the long side while looking.
        """
        session = self._session(FINDER)
        found: list[Corners] = []
        for top, bottom in bands(page):
            band = page[top:bottom]
            (likely,) = session.run(None, {"x": detector_input(band, longest)})
            boxes = boxes_from(likely[0, 0], (band.shape[1], band.shape[0]))
            below = np.array([0, top], np.float32)
            found += [box + below for box in in_reading_order(boxes)]
        return found

    def read_cuts(
        self, cuts: Sequence[Image], alphabet: str = ""
    ) -> list[tuple[str, float]]:
        """Return text and confidence of pictures of one line each.

        Args:
            cuts: BGR, upright.
            alphabet: the only characters that can stand there; empty for all.
        """
        return [(one.text, one.confidence) for one in self.read_letters(cuts, alphabet)]

    def read_letters(self, cuts: Sequence[Image], alphabet: str = "") -> list[Letters]:
        """Return what ``read_cuts`` does, and where in its picture each letter is."""
        session = self._session(READER)
        allowed = self._allowed(alphabet)
        read = []
        for cut in cuts:
            given = _reader_input(cut)
            (chances,) = session.run(None, {"x": given})
            wide = given.shape[3] / _reader_width(cut)
            read.append(self._decoded(chances[0], allowed, wide))
        return read

    def read_lines(self, page: Image) -> list[Line]:
        """Return every legible line of ``page`` in reading order.

        Args:
            page: (h, w, 3) BGR, upright and straight, 100 dpi or more.

        Raises:
            OcrMissing: the networks are not installed.
        """
        boxes = self.find_boxes(page)
        texts = self.read_cuts([cut_out(page, box) for box in boxes])
        return [
            Line(text, confidence, as_shares(box, page))
            for box, (text, confidence) in zip(boxes, texts, strict=True)
            if text.strip() and confidence >= LEGIBLE
        ]

    def read_field(self, page: Image, box: Box, alphabet: str = "") -> Line:
        """Return the one line in ``box``; nothing is looked for, so it is quick.

        Raises:
            OcrMissing: the networks are not installed.
        """
        corners = from_shares(box, page)
        ((text, confidence),) = self.read_cuts([cut_out(page, corners)], alphabet)
        return Line(text, confidence, as_shares(corners, page))

    def _session(self, name: str) -> Any:
        with self._lock:
            if name not in self._sessions:
                session = _opened(self._folder() / name, self._threads)
                if name == READER:
                    known = session.get_modelmeta().custom_metadata_map["character"]
                    letters = ["", *known.splitlines(), " "]
                    self._letters = np.array(letters, object)
                self._sessions[name] = session
            return self._sessions[name]

    def _folder(self) -> Path:
        if self._models is not None:
            return self._models
        package = importlib.util.find_spec("rapidocr")
        if package is None or package.origin is None:
            raise OcrMissing("rapidocr is not installed")
        return Path(package.origin).parent / "models"

    def _allowed(self, alphabet: str) -> Array | None:
        if not alphabet:
            return None
        wanted = np.isin(self._letters, list(alphabet))
        wanted[0] = True
        return np.flatnonzero(wanted)

    def _decoded(self, chances: Array, allowed: Array | None, wide: float) -> Letters:
        """Follow the best path (Graves and others, ICML 2006): repeats are one."""
        if allowed is None:
            best = chances.argmax(axis=1)
        else:
            best = allowed[chances[:, allowed].argmax(axis=1)]
        begins = np.append(True, best[1:] != best[:-1]) & (best != 0)
        if not begins.any():
            return Letters("", 0.0, ())
        confidence = float(chances[begins, best[begins]].mean())
        places = (np.flatnonzero(begins) + 0.5) / len(best) * wide
        text = "".join(self._letters[best[begins]])
        return Letters(text, min(1.0, confidence), tuple(places.tolist()))


def bands(page: Image) -> list[tuple[int, int]]:
    """Return top and bottom of the parts in which ``page`` is searched.

    A long page is cut where the least ink is, so that no line is cut through.
    """
    height, width = page.shape[0], max(page.shape[1], LEAST_BAND)
    if height <= BAND * width:
        return [(0, height)]
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    ink = cv2.absdiff(grey[:, 1:], grey[:, :-1]).sum(axis=1)
    ink = cv2.blur(ink.astype(np.float32).reshape(-1, 1), (1, 9)).ravel()
    cuts = [0]
    while height - cuts[-1] > BAND * width:
        low, high = (cuts[-1] + round(share * width) for share in (1.1, 1.5))
        cuts.append(low + int(ink[low:high].argmin()))
    return list(zip(cuts, [*cuts[1:], height], strict=True))


def as_shares(box: Corners, page: Image) -> list[list[float]]:
    """Return corners in pixels as shares of the page, 0 to 1."""
    size = np.array([page.shape[1], page.shape[0]])
    shares: list[list[float]] = np.clip(box / size, 0, 1).round(5).tolist()
    return shares


def from_shares(box: Box, page: Image) -> Corners:
    """Return the corners of ``box`` in pixels of ``page``."""
    height, width = page.shape[:2]
    left, top = box[0] * width, box[1] * height
    right, bottom = left + box[2] * width, top + box[3] * height
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return np.array(corners, np.float32)


def _reader_input(cut: Image) -> Array:
    wanted = _reader_width(cut)
    line = cv2.resize(cut, (wanted, LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
    planes = np.zeros((1, 3, LINE_HEIGHT, max(wanted, LEAST_WIDTH)), np.float32)
    planes[0, :, :, :wanted] = line.transpose(2, 0, 1) / np.float32(127.5) - 1.0
    return planes


def _reader_width(cut: Image) -> int:
    """Return how many pixels of what the network sees show ``cut``."""
    height, width = cut.shape[:2]
    return int(min(WIDEST, max(1, -(-LINE_HEIGHT * width // height))))


def _opened(network: Path, threads: int) -> Any:
    try:
        return open_network(network, threads)
    except NetworkMissing as error:
        raise OcrMissing(*error.args) from error
