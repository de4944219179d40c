"""The journey of a picture: find, straighten, judge, clean, encode."""

from collections.abc import Sequence

import msgspec

from document_capture.findings import Finding, SeveralPapers, raise_first
from document_capture.fingerprint import Fingerprint, fingerprint
from document_capture.finishing import Finish, finished, finished_preview, needed
from document_capture.gate import judge, reasons
from document_capture.images import Image, scaled
from document_capture.measured import Measured, measured
from document_capture.page import (
    Found,
    find_page,
    find_pages,
    papers_beside,
)
from document_capture.papers import Paper, sides
from document_capture.straighten import preview, straighten, to_jpeg
from document_capture.tracking import Followed, find_followed
from document_capture.writing import writing_on

PREVIEW_QUALITIES = 70, 55, 40
PREVIEW_BYTES = 70 * 1024
"""What a clerk waits for on a thin line; a busy page is shown less well instead."""
PAGE_QUALITY = 85
ORIGINAL_QUALITY = 92
SCANNED_DPI = 200.0
"""At which 11-point Chinese is read without error: finer only takes longer to send."""


class Page(msgspec.Struct, frozen=True):
    """A page. All pictures are JPEG."""

    preview: bytes
    page: bytes
    original: bytes
    """The untouched photograph: the evidence beside what was made of it."""
    corners: list[list[float]]
    score: float
    mark: Fingerprint
    """By which the same page is known when it comes again."""


class Draft(msgspec.Struct, frozen=True):
    """A page of which the preview is there: what a clerk waits for."""

    preview: bytes
    straight: Measured
    finish: Finish
    frame: Image
    dpi: float
    """Of ``straight``; 0: not known."""
    corners: list[list[float]]
    score: float

    def mark(self) -> Fingerprint:
        """Return by what the same page is known when it comes again."""
        return fingerprint(self.straight.writing)

    def finished(self) -> Image:
        """Return the page flat, level and clean, (h, w, 3) BGR."""
        return finished(self.straight.page, self.finish)

    def whole(self) -> Page:
        """Return all of it; that takes a third of the time of the shot."""
        return Page(
            preview=self.preview,
            page=to_jpeg(self.finished(), PAGE_QUALITY, self.dpi),
            original=to_jpeg(self.frame, ORIGINAL_QUALITY),
            corners=self.corners,
            score=self.score,
            mark=self.mark(),
        )


class Judged(msgspec.Struct, frozen=True):
    """A page, whatever it is like, and all that is wrong with it."""

    draft: Draft
    findings: list[Finding]


def capture(
    frame: Image,
    *,
    keep_colours: bool = False,
    earlier: Sequence[Fingerprint] = (),
    expected: Paper | None = None,
    dpi: float = 0.0,
    followed: Followed | None = None,
) -> Draft:
    """Return the page that lies under the camera, if it is good enough.

    Args:
        frame: (h, w, 3) BGR.
        keep_colours: leaves light and colour as they are: evening out the light
            makes writing clear and a portrait unrecognisable.
        earlier: the pages that the same person has given before.
        expected: what kind of paper it should be, if that is known.
        dpi: pixels in an inch of the tray, of a calibrated camera: then resolution
            and size of the page are measured; 0: they follow from its shape.
        followed: the page as the same camera saw it a moment ago. Where it still lies
            so, alone, the rest of the frame is not searched.

    Raises:
        NoPage: nothing is surely a page.
        SeveralPapers: other papers lie beside it.
        Refused: one of ``findings.REFUSALS``, what to mend first.
    """
    pages = _pages(frame, followed)
    if papers_beside(pages, pages[0]):
        raise SeveralPapers
    found, straight = pages[0], _from_above(frame, pages[0])
    raise_first(reasons(frame, found.corners, straight, earlier, expected, dpi))
    return _drafted(frame, found, straight, dpi, keep_colours=keep_colours)


def look(
    frame: Image,
    *,
    keep_colours: bool = False,
    earlier: Sequence[Fingerprint] = (),
    expected: Paper | None = None,
    dpi: float = 0.0,
    followed: Followed | None = None,
) -> Judged:
    """Return the page as ``capture`` does, with what is wrong instead of an error.

    For a clerk, who may take a page that a rule would refuse.

    Raises:
        NoPage: nothing is surely a page.
    """
    pages = _pages(frame, followed)
    found, straight = pages[0], _from_above(frame, pages[0])
    findings = judge(frame, found.corners, straight, earlier, expected, dpi)
    beside = len(papers_beside(pages, pages[0]))
    if beside:
        findings.insert(0, Finding(SeveralPapers.code, 1.0 + beside, 1.0))
    return Judged(
        _drafted(frame, found, straight, dpi, keep_colours=keep_colours), findings
    )


def straightened(frame: Image) -> tuple[Found, Measured]:
    """Return where the page lies, fitted at full size, and the page from above.

    Raises:
        NoPage: nothing is surely a page.
    """
    found = find_page(frame)
    return found, _from_above(frame, found)


def _pages(frame: Image, followed: Followed | None) -> list[Found]:
    """Return all pages, the surest first; a page that lies alone as it did is all."""
    page = find_followed(frame, followed) if followed else None
    return [page] if page else find_pages(frame)


def _from_above(frame: Image, page: Found) -> Measured:
    return measured(straighten(frame, page.corners))


def _drafted(
    frame: Image, found: Found, straight: Measured, dpi: float, *, keep_colours: bool
) -> Draft:
    finish = needed(straight, keep_colours=keep_colours)
    shrunk = max(straight.page.shape[:2]) / max(
        float(pair.max()) for pair in sides(found.corners)
    )
    return Draft(
        preview=_encoded(finished_preview(straight, finish)),
        straight=straight,
        finish=finish,
        frame=frame,
        dpi=dpi * shrunk,
        corners=found.corners.tolist(),
        score=found.score,
    )


def _encoded(small: Image) -> bytes:
    """Return a preview at the best quality of which it is small enough."""
    data = b""
    for quality in PREVIEW_QUALITIES:
        data = to_jpeg(small, quality)
        if len(data) <= PREVIEW_BYTES:
            break
    return data


def imported(page: Image, dpi: float = 0.0) -> Page:
    """Return a page of a file as it is: there is nothing to find or straighten.

    Args:
        page: (h, w, 3) BGR.
        dpi: pixels in an inch of the paper, where a scanner says so; then the page is
            made as coarse as one under the camera, and only the original is finer.
    """
    height, width = page.shape[:2]
    shrink = min(1.0, SCANNED_DPI / dpi) if dpi else 1.0
    seen = scaled(page, shrink)
    return Page(
        preview=_encoded(preview(seen)),
        page=to_jpeg(seen, PAGE_QUALITY, dpi * shrink),
        original=to_jpeg(page, ORIGINAL_QUALITY, dpi),
        corners=[[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]],
        score=1.0,
        mark=fingerprint(writing_on(seen)),
    )
