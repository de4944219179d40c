"""Tells a person what to do with the paper, and when to take the picture by itself."""

from collections import deque
from enum import Enum, StrEnum, auto

import cv2
import msgspec
import numpy as np

from document_capture.cut_off import is_cut_off
from document_capture.images import Array, Image
from document_capture.page import Found
from document_capture.sharpness import READABLE, sharpness
from document_capture.straighten import straighten
from document_capture.tracking import Followed, Tracker

STILL = 0.003
"""Share of the frame's diagonal by which the corners may drift: 7 px at 1080p."""
STILL_FOR = 0.4
"""Seconds without drift: shorter is a hand on its way, longer feels slow."""
MOVED = 0.04
"""Share of the diagonal from which a paper has been moved: a new one may lie there."""
GONE_FOR = 0.3
"""Seconds without a page after which the paper has been taken away."""
LEFT_FOR = 1.0
"""The same for a paper that somebody left behind: a hand may lie on it for a moment."""
AGAIN = 0.008
"""Share of the diagonal from which a paper that was refused lies otherwise now."""
TOO_SMALL = 0.10
"""Share of the frame: a smaller page has too few pixels to be read."""
EDGE = 0.025
"""A corner this near to the frame, as a share of it, may be outside: a line of writing
near the frame looks like the side that is cut off."""
DARK = 70.0
"""Level, 0 to 255, of the paper's light parts below which noise eats the writing."""
UNLIT = 16
"""Level under which a picture shows neither paper nor desk: a camera that wakes up."""
BURNT = 252
"""Level at which the camera sees white and nothing else."""
GLARE = 0.012
"""Share of the page that one burnt spot may cover: a spot of 3 cm on A4."""
GLARE_ABOVE = 14.0
"""Levels by which a spot must outshine the paper around it to be a reflection."""
BENT = 0.012
"""Bow of a side, as a share of its length, that hides or squeezes writing."""
EVERY = 3
"""Frames between looks for a page that is cut off, and for papers beside the page: each
costs a search."""
LOOKED_AT = 320
"""Pixels of the long side of the page on which light is judged."""


class Hint(StrEnum):
    """What to do next; ``hint-...`` in ``texts.json`` says it in four languages."""

    NO_PAGE = "no-page"
    MOVE_CLOSER = "move-closer"
    CUT_OFF = "cut-off"
    SEVERAL_PAPERS = "several-papers"
    TOO_DARK = "too-dark"
    GLARE = "glare"
    HOLD_STILL = "hold-still"
    FLATTEN = "flatten"
    BLURRED = "blurred"
    READY = "ready"
    """The picture is taken now."""
    TAKEN = "taken"
    LAY_AGAIN = "lay-again"
    """It was refused, or somebody left it behind."""
    TOUCH_BUTTON = "touch-button"
    """All is well, and no picture is to take itself."""


class Sight(msgspec.Struct, frozen=True):
    """What is under the camera at one moment."""

    corners: list[list[float]]
    """Four [x, y] clockwise, as shares 0 to 1 of the frame; empty without a page."""
    hint: Hint
    steady: bool
    shoot: bool
    """Take the picture now; said once per paper."""
    others: list[list[list[float]]] = msgspec.field(default_factory=list)
    """The corners of other papers beside it, each as ``corners``."""


class _Here(Enum):
    """What is known of the paper that lies here."""

    NEW = auto()
    TAKEN = auto()
    REFUSED = auto()
    LEFT = auto()


class Guide:
    """Watches one camera and remembers what became of the paper that lies there."""

    def __init__(self) -> None:
        self._tracker = Tracker()
        self._path: deque[tuple[float, Array]] = deque()
        self._here = _Here.NEW
        self._place: Array | None = None
        """Where it lay when that became known."""
        self._gone_since: float | None = None
        self._missed = 0
        self._looks = 0
        self._cut = False
        self._last: Array | None = None
        self.followed: Followed | None = None
        """What helps to find the page of the last frame in another, if it is alone."""

    def look(self, image: Image, now: float, *, may_shoot: bool = True) -> Sight:
        """Return what to tell the person.

        Args:
            image: (h, w, 3) BGR, the camera's next frame, always of one size.
            now: seconds of a clock that never goes back.
            may_shoot: whether a picture is wanted that takes itself.
        """
        found = self._tracker.look(image)
        if found is None:
            self.followed = None
            return self._without_page(image, now)
        self._gone_since, self._missed, self._last = None, 0, found.corners
        share = found.corners.astype(np.float64) / image.shape[1::-1]
        steady = self._steady(found, image, now)
        hint = _hint(image, found, share, steady)
        self._recognise(found, image)
        shoot = may_shoot and hint is Hint.READY and self._here is _Here.NEW
        beside = self._beside(image, now=shoot)
        self.followed = self._tracker.followed(image)
        if beside:
            hint, shoot = Hint.SEVERAL_PAPERS, False
        if shoot:
            self.taken()
        elif hint is Hint.READY:
            hint = _LYING_WELL[self._here]
        others = [one.corners.astype(np.float64) / image.shape[1::-1] for one in beside]
        return Sight(
            share.tolist(),
            hint,
            steady=steady,
            shoot=shoot,
            others=[one.tolist() for one in others],
        )

    def taken(self) -> None:
        """The picture of this paper is taken: it is not shot once more by itself."""
        if self._last is not None:
            self._here, self._place = _Here.TAKEN, self._last

    def refused(self) -> None:
        """The picture was no good: once the paper lies otherwise, it is shot again."""
        if self._here is _Here.TAKEN:
            self._here = _Here.REFUSED

    def another(self) -> None:
        """Of the paper that lies here nothing is known: it may be shot."""
        self._here, self._place = _Here.NEW, None

    def left_behind(self) -> None:
        """Whatever lies here now was left behind, and is nobody's picture."""
        self._here, self._place = _Here.LEFT, None

    @property
    def knows(self) -> bool:
        """Whether it is known where a paper was left behind, or that none was."""
        return self._here is not _Here.LEFT or self._place is not None

    def rest(self) -> None:
        """Keep no picture while nobody looks; the paper stays known as photographed."""
        self._tracker.forget()
        self._path.clear()
        self.followed = self._gone_since = None

    def _recognise(self, found: Found, image: Image) -> None:
        """Forget the paper that was known once another one lies there."""
        if self._place is None:
            self._place = found.corners if self._here is _Here.LEFT else None
            return
        far = AGAIN if self._here is _Here.REFUSED else MOVED
        if _drift(self._place, found, image) > far:
            self.another()

    def _beside(self, image: Image, *, now: bool) -> list[Found]:
        """Return other papers; looks again ``now``, or now and then while there are."""
        self._looks += 1
        if now or (self._tracker.beside and self._looks % EVERY == 0):
            return self._tracker.look_beside(image)
        return self._tracker.beside

    def _without_page(self, image: Image, now: float) -> Sight:
        self._path.clear()
        if self._gone_since is None or _shows_nothing(image):
            self._gone_since = now
        if now - self._gone_since > (
            LEFT_FOR if self._here is _Here.LEFT else GONE_FOR
        ):
            self.another()
        if self._missed % EVERY == 0:
            self._cut = is_cut_off(image)
        self._missed += 1
        hint = Hint.CUT_OFF if self._cut else Hint.NO_PAGE
        return Sight([], hint, steady=False, shoot=False)

    def _steady(self, found: Found, image: Image, now: float) -> bool:
        """Whether no corner has drifted for ``STILL_FOR`` seconds."""
        self._path.append((now, found.corners))
        while len(self._path) > 1 and self._path[1][0] <= now - STILL_FOR:
            self._path.popleft()
        if any(_drift(before, found, image) > STILL for _, before in self._path):
            return False
        return self._path[0][0] <= now - STILL_FOR


_LYING_WELL = {
    _Here.NEW: Hint.TOUCH_BUTTON,
    _Here.TAKEN: Hint.TAKEN,
    _Here.REFUSED: Hint.LAY_AGAIN,
    _Here.LEFT: Hint.LAY_AGAIN,
}
"""What to say where all is well and no picture is taken."""


def _shows_nothing(image: Image) -> bool:
    return bool(np.percentile(image[::16, ::16], 95) < UNLIT)


def _drift(before: Array, found: Found, image: Image) -> float:
    moved = np.linalg.norm(found.corners - before, axis=1).max()
    return float(moved / np.hypot(*image.shape[:2]))


def _hint(image: Image, found: Found, share: Array, steady: bool) -> Hint:
    """Return what is wrong first; what costs time is looked at only when steady."""
    if share.min() < EDGE or share.max() > 1 - EDGE:
        return Hint.CUT_OFF
    if cv2.contourArea(share.astype(np.float32)) < TOO_SMALL:
        return Hint.MOVE_CLOSER
    light = _light(image, found)
    if light is not None:
        return light
    if found.bend > BENT:
        return Hint.FLATTEN
    if not steady:
        return Hint.HOLD_STILL
    if sharpness(straighten(image, found.corners)) < READABLE:
        return Hint.BLURRED
    return Hint.READY


def _light(image: Image, found: Found) -> Hint | None:
    """Return what is wrong with the light on the page, if anything is."""
    shrink = LOOKED_AT / max(np.ptp(found.corners, axis=0))
    width, height = np.maximum(np.ptp(found.corners, axis=0) * shrink, 16).astype(int)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(found.corners, target)
    page = cv2.warpPerspective(image, matrix, (int(width), int(height)))
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    paper = float(np.percentile(grey, 75))
    if paper < DARK:
        return Hint.TOO_DARK
    if paper > BURNT - GLARE_ABOVE:
        return None
    burnt = (page.min(axis=2) >= BURNT).astype(np.uint8)
    _, _, spots, _ = cv2.connectedComponentsWithStats(burnt)
    largest = spots[1:, cv2.CC_STAT_AREA].max(initial=0)
    return Hint.GLARE if largest > GLARE * grey.size else None
