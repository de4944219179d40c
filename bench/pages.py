"""How well and how fast pages are found, beside the way that peers find them."""

import time
from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench.composites import FIRST_KEPT_BACK, Composer
from bench.report import Promise, at_least, at_most, beside, missing, quick
from document_capture import page_model
from document_capture.images import Corners, Image, NoPage
from document_capture.page import find_page
from document_capture.page_model import PageModel
from document_capture.quads import overlap
from document_capture.tracking import Tracker

PEER = "jscanify's way (Canny, largest contour, farthest points), our port"
COMPOSITES, QUICK_COMPOSITES = 300, 10
ON_COMPOSITES, ON_PHOTOGRAPHS = (0.985, 0.98), (0.97, 0.96)
"""Mean overlap that is promised, and the share of pictures with one over 0.9."""
HINDERED = "composites with hands, second papers and folds"
FRAME = 1920, 1080
"""Frames on which CPU is measured."""
SURELY = 0.8
"""A score that a person would trust; wrong corners must not have it."""
FEW = 5
"""Frames that are tracked over each composite."""


class Labelled(msgspec.Struct, frozen=True):
    """Corners of the paper in a photograph, as ``corners.json`` gives them."""

    corners: list[list[float]]


class Outcome(msgspec.Struct, frozen=True):
    """What came of one picture."""

    overlap: float | None
    """Of found and true corners; ``None``: there is no paper in the picture."""
    peer: float | None
    score: float
    """0: nothing was found."""


def measure(
    photos: Path | None, desks: Path | None, network: Path | None
) -> list[Promise]:
    """Return the promises about finding pages.

    Args:
        photos: a folder with ``corners.json`` (name -> corners) and photographs.
        desks: a folder with photographs of empty desks, for the composites.
        network: what ``bench/train_pages.py`` wrote; then all is measured with it as
            well.
    """
    fonts = Path("var/fonts")
    composers = {
        "composites": Composer(fonts, desks, plain=True),
        HINDERED: Composer(fonts, desks),
    }
    promises = _with(None, composers, photos)
    if network is not None:
        promises += _with(PageModel(network), composers, photos)
    return promises


def _with(
    network: PageModel | None, composers: dict[str, Composer], photos: Path | None
) -> list[Promise]:
    """Return the promises of a finder that asks ``network``."""
    page_model.use(network)
    how = ", with the network" if network else ""
    count = QUICK_COMPOSITES if quick() else COMPOSITES
    promises = []
    for name, composer in composers.items():
        made = map(composer.compose, range(FIRST_KEPT_BACK, FIRST_KEPT_BACK + count))
        outcomes = [_outcome(one.image, one.papers) for one in made]
        promises += _promises(name, outcomes, ON_COMPOSITES)
        promises.append(_wrongly_sure(name, outcomes))
    promises += on_photographs(photos)
    promises += _cpu(composers[HINDERED], 2 if quick() else 12)
    page_model.use(None)
    for one in promises:
        one.name += how
    return promises


def on_photographs(folder: Path | None) -> list[Promise]:
    """Return the promises about real photographs; missing where there are none."""
    if folder is not None:
        return _promises("photographs", _outcomes_in(folder), ON_PHOTOGRAPHS)
    names = (("mean IoU", "IoU"), ("IoU over 0.9", "share"))
    return [
        missing(f"page on photographs, {name}", unit, target, "--photos DIR")
        for (name, unit), target in zip(names, ON_PHOTOGRAPHS, strict=True)
    ]


def largest_contour(image: Image) -> Corners | None:
    """Return the points of the largest edge contour farthest from its middle.

    One point in each quadrant, as jscanify 1.4 takes them (MIT; written anew).
    """
    edges = cv2.GaussianBlur(cv2.Canny(image, 50, 200), (3, 3), 0)
    _, white = cv2.threshold(edges, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(white, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    centre = np.array(cv2.minAreaRect(largest)[0])
    away = largest[:, 0].astype(np.float32) - centre
    corners = []
    for quadrant in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        inside = away[(away * quadrant > 0).all(axis=1)]
        if not len(inside):
            return None
        corners.append(inside[np.hypot(*inside.T).argmax()] + centre)
    return np.array(corners, np.float32)


def _outcome(image: Image, papers: list[Corners]) -> Outcome:
    """Return what is found where there are ``papers``, any of which is right."""
    try:
        found = find_page(image)
    except NoPage:
        found = None
    score = 0.0 if found is None else found.score
    if not papers:
        return Outcome(None, None, score)
    ours = None if found is None else found.corners
    theirs = largest_contour(image)
    return Outcome(_nearest(ours, papers), _nearest(theirs, papers), score)


def _nearest(found: Corners | None, papers: list[Corners]) -> float:
    if found is None:
        return 0.0
    return min(1.0, max(overlap(found, paper) for paper in papers))


def _outcomes_in(folder: Path) -> list[Outcome]:
    labels = (folder / "corners.json").read_bytes()
    known = msgspec.json.decode(labels, type=dict[str, Labelled])
    outcomes = []
    for name, labelled in known.items():
        image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
        if image is not None:
            corners = np.array(labelled.corners, np.float32)
            outcomes.append(_outcome(image, [corners]))
    return outcomes


def _promises(
    name: str, outcomes: list[Outcome], targets: tuple[float, float]
) -> list[Promise]:
    """Return mean overlap, and how often it is over 0.9, beside the peer's."""
    ours = np.array([one.overlap for one in outcomes if one.overlap is not None])
    theirs = np.array([one.peer for one in outcomes if one.peer is not None])
    mean = at_least(
        f"page on {len(ours)} {name}, mean IoU",
        "IoU",
        targets[0],
        float(ours.mean()),
        PEER,
    )
    share = at_least(
        f"page on {name}, IoU over 0.9",
        "share",
        targets[1],
        float((ours > 0.9).mean()),
        PEER,
    )
    return [
        beside(mean, float(theirs.mean())),
        beside(share, float((theirs > 0.9).mean())),
    ]


def _wrongly_sure(of: str, outcomes: list[Outcome]) -> Promise:
    wrong = [
        one.score > SURELY and (one.overlap is None or one.overlap <= 0.9)
        for one in outcomes
    ]
    name = f"wrong corners with a score over {SURELY}, {of}"
    return at_most(name, "share", 0.005, float(np.mean(wrong)), "none")


def _cpu(composer: Composer, count: int) -> list[Promise]:
    """Return CPU per frame, where the page was just before and where it may be."""
    whole, tracked = [], []
    for seed in range(FIRST_KEPT_BACK, FIRST_KEPT_BACK + count):
        frame = composer.compose(seed, FRAME).image
        tracker = Tracker()
        began = time.process_time()
        found = tracker.look(frame)
        whole.append(time.process_time() - began)
        if found is None:
            continue
        began = time.process_time()
        for _ in range(FEW):
            tracker.look(frame)
        tracked.append((time.process_time() - began) / FEW)
    anywhere = 1000 * float(np.median(whole))
    followed = 1000 * float(np.median(tracked)) if tracked else float("nan")
    return [
        at_most("CPU to find a page in a 1080p frame", "ms", 100, anywhere, "none"),
        at_most("CPU to follow it into the next frame", "ms", 30, followed, "none"),
    ]
