"""Finding pages on composites of known corners: ``make bench NAME=documents``."""

import sys
import time
from pathlib import Path

import cv2
import numpy as np

from bench.report import Promise, at_least, at_most, quick, tell
from counter_client.specimens import Specimens, on_desk
from document_capture.images import Array, Corners, NoPage
from document_capture.page import find_page

SIZE = 1920, 1080
PEER = "largest contour after Canny (jscanify's way), our port"


def overlap(one: Array, other: Array) -> float:
    """Return intersection over union of two quadrilaterals in the frame."""
    masks = []
    for corners in (one, other):
        mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
        cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
        masks.append(mask)
    both, either = masks[0] & masks[1], masks[0] | masks[1]
    return float(both.sum() / max(1, either.sum()))


def largest_contour(frame: Array) -> Corners | None:
    """Return the smallest box around the largest edge contour."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    edges = cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 0), 50, 200)
    contours, _ = cv2.findContours(edges, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    box: Corners = cv2.boxPoints(cv2.minAreaRect(max(contours, key=cv2.contourArea)))
    return box


def main() -> int:
    """Measure on a fixed set of composites."""
    cv2.setNumThreads(1)
    specimens = Specimens(Path("var/fonts"))
    count = 20 if quick() else 90
    ours, theirs, cpu = [], [], []
    for seed in range(count):
        name = ("identity", "articles", "premises")[seed % 3]
        tilt = float(np.random.default_rng(seed).uniform(-12, 12))
        frame, truth = on_desk(specimens.paper(name), SIZE, tilt, seed)
        began = time.process_time()
        try:
            ours.append(overlap(find_page(frame).corners, truth))
        except NoPage:
            ours.append(0.0)
        cpu.append(time.process_time() - began)
        peer = largest_contour(frame)
        theirs.append(0.0 if peer is None else overlap(peer, truth))
    found = at_least("page found, mean IoU", "IoU", 0.97, float(np.mean(ours)), PEER)
    found.peer_measured = round(float(np.mean(theirs)), 3)
    promises: list[Promise] = [
        found,
        at_most("CPU per 1080p frame", "ms", 100, 1000 * float(np.median(cpu)), "none"),
    ]
    return tell("documents", promises)


if __name__ == "__main__":
    sys.exit(main())
