"""Follows a page from frame to frame: looks where it was before looking everywhere."""

import cv2
import msgspec
import numpy as np

from document_capture.images import Array, Image, NoPage
from document_capture.page import SURE, Found, find_pages, judged, papers_beside
from document_capture.views import View, view

REACH = 16, 6
"""Pixels of the view (640 long) that a side may have moved since the last frame, and
the second, narrow round: a hand pushes a paper by about this much in a tenth second."""
FORGET = 40
"""Frames after which everything is looked at again, should a better page be there."""
DOUBT = 0.85
"""Of the surest it has been: a page that is less sure is looked for everywhere."""
OTHER = 4
"""Levels, of L, a and b together, by which a place has changed; a paper on a desk of
nearly its own colour differs by more."""
MOST_OTHER = 0.01
"""Share of the frame that may have changed round a page until a paper may have come
to lie beside it: a quarter of the smallest that is looked for."""


class Followed(msgspec.Struct, frozen=True):
    """Where a page lay a moment ago, alone, and what was round it."""

    corners: Array
    """(4, 2) clockwise, as shares 0 to 1 of the frame."""
    least: float
    """Score below which it is not surely the same page any more."""
    around: Array
    """(h, w, 3) uint8: the view's ``coarse`` when everything was looked at last, and
    no other paper lay there."""


class Tracker:
    """Remembers where the page was; one per camera."""

    def __init__(self) -> None:
        self._last: Found | None = None
        self._surest = 0.0
        self._frames = 0
        self._around: Array | None = None
        self._view: View | None = None
        """Of the last frame."""
        self.beside: list[Found] = []
        """Other papers, as they lay when everything was looked at last."""

    def look(self, image: Image) -> Found | None:
        """Return the page in the next frame of a camera, or ``None``.

        Args:
            image: (h, w, 3) BGR, always of one size.
        """
        self._frames += 1
        seen = self._view = view(image)
        found = self._followed(image, seen)
        if found is None:
            found = self._anywhere(image, seen)
            self._frames, self._surest = 0, 0.0
        if found is not None:
            self._surest = max(self._surest, found.measured)
        self._last = found
        return found

    def look_beside(self, image: Image) -> list[Found]:
        """Return the papers beside the page of ``image``, the frame that was seen last.

        Takes as long as a search.
        """
        if self._last is not None and self._view is not None:
            pages = _all_pages(image, self._view)
            self.beside = papers_beside(pages, self._last)
            self._around = self._view.coarse
        return self.beside

    def followed(self, image: Image) -> Followed | None:
        """Return what helps to find the page of ``image``, seen last, in another frame.

        ``None`` where there is no page, or other papers lie beside it.
        """
        if self._last is None or self._around is None or self.beside:
            return None
        corners = self._last.corners.astype(np.float64) / image.shape[1::-1]
        return Followed(corners, self._least, self._around)

    def forget(self) -> None:
        """Look everywhere in the next frame, and keep nothing of those before."""
        self._last = self._around = self._view = None

    @property
    def _least(self) -> float:
        return max(SURE, DOUBT * self._surest)

    def _anywhere(self, image: Image, seen: View) -> Found | None:
        pages = _all_pages(image, seen)
        self.beside = papers_beside(pages, pages[0]) if pages else []
        self._around = seen.coarse
        return pages[0] if pages else None

    def _followed(self, image: Image, seen: View) -> Found | None:
        if self._last is None or self._frames >= FORGET:
            return None
        quad = self._last.corners.astype(np.float64) * seen.scale
        return _lying(image, seen, quad, self._least)


def find_followed(image: Image, followed: Followed) -> Found | None:
    """Return the page that was followed if it lies in ``image`` still, and still alone.

    ``None`` tells that everything has to be looked at: the page was moved or is less
    sure than it was, or something else in the picture has changed.

    Args:
        image: (h, w, 3) BGR of the camera that followed the page, of any size.
        followed: of ``Tracker.followed``, a moment ago.
    """
    seen = view(image)
    if seen.coarse.shape != followed.around.shape:
        return None
    quad = followed.corners * np.array(seen.size)
    found = _lying(image, seen, quad, followed.least)
    if found is None or _changed_around(seen, found, followed.around) > MOST_OTHER:
        return None
    return found


def _lying(image: Image, seen: View, quad: Array, least: float) -> Found | None:
    """Return the page near ``quad``, in pixels of the view, if it is sure enough."""
    [found] = judged(image, seen, quad[None], REACH)
    return found if found.score >= least else None


def _changed_around(seen: View, found: Found, around: Array) -> float:
    """Return the share of the frame that is not ``found`` and not as it was."""
    change = cv2.transform(cv2.absdiff(seen.coarse, around), np.ones((1, 3)))
    page = np.round(found.corners * seen.scale).astype(np.int32)
    cv2.fillConvexPoly(change, page, 0)
    # The page's own edge is soft, and may have moved by a pixel.
    cv2.polylines(change, [page], True, 0, thickness=5)
    return float((change > OTHER).mean())


def _all_pages(image: Image, seen: View) -> list[Found]:
    try:
        return find_pages(image, seen=seen)
    except NoPage:
        return []
