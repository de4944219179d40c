"""Follows a page from frame to frame: looks where it was before looking everywhere."""

import numpy as np

from document_capture.images import Image, NoPage
from document_capture.page import SURE, Found, find_pages, judged, papers_beside
from document_capture.views import view

REACH = 16, 6
"""Pixels of the view (640 long) that a side may have moved since the last frame, and
the second, narrow round: a hand pushes a paper by about this much in a tenth second."""
FORGET = 40
"""Frames after which everything is looked at again, should a better page be there."""
DOUBT = 0.85
"""Of the surest it has been: a page that is less sure is looked for everywhere."""


class Tracker:
    """Remembers where the page was; one per camera."""

    def __init__(self) -> None:
        self._last: Found | None = None
        self._surest = 0.0
        self._frames = 0
        self.beside: list[Found] = []
        """Other papers, as they lay when everything was looked at last."""

    def look(self, image: Image) -> Found | None:
        """Return the page in the next frame of a camera, or ``None``.

        Args:
            image: (h, w, 3) BGR, always of one size.
        """
        self._frames += 1
        found = self._followed(image)
        if found is None:
            found = self._anywhere(image)
            self._frames, self._surest = 0, 0.0
        if found is not None:
            self._surest = max(self._surest, found.score)
        self._last = found
        return found

    def look_beside(self, image: Image) -> list[Found]:
        """Return the papers that lie beside the page now; takes as long as a search."""
        if self._last is not None:
            self.beside = papers_beside(_all_pages(image), self._last)
        return self.beside

    def forget(self) -> None:
        """Look everywhere in the next frame."""
        self._last = None

    def _anywhere(self, image: Image) -> Found | None:
        pages = _all_pages(image)
        self.beside = papers_beside(pages, pages[0]) if pages else []
        return pages[0] if pages else None

    def _followed(self, image: Image) -> Found | None:
        if self._last is None or self._frames >= FORGET:
            return None
        seen = view(image)
        quads = (self._last.corners.astype(np.float64) * seen.scale)[None]
        for found in judged(image, seen, quads, REACH):
            if found.score >= max(SURE, DOUBT * self._surest):
                return found
        return None


def _all_pages(image: Image) -> list[Found]:
    try:
        return find_pages(image)
    except NoPage:
        return []
