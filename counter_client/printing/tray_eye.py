"""A camera over the printer's tray: it settles what the printer does not know.

Before a licence is sent, the tray is looked at: the licence's code must not lie there
yet. If nobody knows afterwards whether a sheet came, and the code lies there now, then
it came. A code that is not seen says nothing: the sheet may lie face down, or half
inside. No picture is kept, and of the code only its digest.
"""

import asyncio
import hashlib
import logging
from typing import Final, Protocol

import cv2
import numpy as np

from counter_client.cameras import Camera, CameraGone
from document_capture.barcodes import read_barcodes
from document_capture.images import Image
from document_capture.pdf_pages import draw_page

log = logging.getLogger(__name__)

DPI: Final = 200
"""At which the code of our own document is read: a module is several pixels."""


class TrayEye(Protocol):
    """Something that looks into the tray."""

    async def codes(self) -> frozenset[str] | None:
        """Return the SHA-256 of each QR code that lies there; ``None``: it is blind."""
        ...


class CameraEye:
    """A ``TrayEye`` of a camera."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    async def codes(self) -> frozenset[str] | None:
        """Do as ``TrayEye`` says; takes seconds when the camera sleeps."""
        try:
            frame = await asyncio.to_thread(self._camera.frame)
        except CameraGone:
            log.warning("the tray's camera sees nothing")
            return None
        return frozenset(await asyncio.to_thread(codes_in, frame))


class NoEye:
    """A terminal without a camera over its tray."""

    async def codes(self) -> frozenset[str] | None:
        """Return ``None``."""
        return None


async def unseen_yet(eye: TrayEye, pdf: bytes) -> str:
    """Return the digest of a licence's code, if its sheet will be told by it.

    Empty without a camera, for a licence without a code, and while another copy of
    the same sheet lies in the tray.
    """
    before = await eye.codes()
    if before is None:
        return ""
    code = await asyncio.to_thread(code_of, pdf)
    return "" if code in before else code


async def lies_there(eye: TrayEye, code: str, looks: int, pause: float) -> bool:
    """Return whether the sheet with ``code`` is seen in one of ``looks``."""
    for look in range(looks if code else 0):
        if look:
            await asyncio.sleep(pause)
        if code in (await eye.codes() or ()):
            return True
    return False


def codes_in(picture: Image) -> list[str]:
    """Return the SHA-256 of each QR code on ``picture``, the longest code first."""
    texts = [one.text for one in read_barcodes(picture) if one.kind == "qr"]
    longest_first = sorted(texts, key=len, reverse=True)
    return [hashlib.sha256(one.encode()).hexdigest() for one in longest_first]


def code_of(pdf: bytes) -> str:
    """Return the digest of the code on our own sheet: the longest, or empty."""
    png = np.frombuffer(draw_page(pdf, 0, DPI), np.uint8)
    page = cv2.imdecode(png, cv2.IMREAD_COLOR)
    found = codes_in(page) if page is not None else []
    return found[0] if found else ""
