"""Cuts the applicant's portrait out of the accepted identity document, for a window.

It is made for one look, in memory, and goes to the window that asked; nothing but
the portrait leaves: neither name nor number of the document.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from casework.errors import CaseworkError
from document_capture.face_models import FINDS, NoModels, read_model
from document_capture.faces import FaceFinder, NoPortrait, cut_portrait
from document_capture.files import open_pages
from document_capture.images import Refused
from document_capture.straighten import to_jpeg

log = logging.getLogger(__name__)

QUALITY = 92


class PortraitMissing(CaseworkError):
    """No portrait was found on the identity document, or nothing to find it with."""

    code = "face-no-portrait"


class Portraits:
    """Finds portraits with the network in one folder, if it is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def cut(self, pages: Sequence[tuple[bytes, int]]) -> bytes:
        """Return the portrait as JPEG.

        ``pages``: pictures of the document (JPEG) in order, and the quarters by which
        each is turned clockwise.

        Raises:
            PortraitMissing: on none of them, or the network is not there.
        """
        return await asyncio.to_thread(self._cut, pages)

    def _cut(self, pages: Sequence[tuple[bytes, int]]) -> bytes:
        try:
            finder = self.finder()
        except NoModels as error:
            log.warning("no portrait: %s", error.code)
            raise PortraitMissing(error.code) from error
        for jpeg, turns in pages:
            try:
                page = np.rot90(open_pages(jpeg)[0], -turns)
                portrait = cut_portrait(np.ascontiguousarray(page), finder)
            except NoPortrait:
                continue
            except Refused as error:
                raise PortraitMissing(error.code) from error
            return to_jpeg(portrait, QUALITY)
        raise PortraitMissing("none found")

    def finder(self) -> FaceFinder:
        """Return what finds faces, opened anew: looks are rare. Raises ``NoModels``."""
        return FaceFinder(read_model(self._folder, FINDS))
