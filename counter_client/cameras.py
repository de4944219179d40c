"""What a document camera is, and a simulated one with specimen papers.

The real one is in ``real_camera.py`` and ``v4l2.py``.
"""

import threading
import zlib
from typing import Protocol

from counter_client.specimens import (
    LINES,
    SEAL,
    Specimens,
    desk,
    on_desk,
    photographed,
)
from document_capture.images import Array, Image
from protocol.ids import IDENTITY

FRAME_SIZE = 1920, 1440
"""A 3 MP document camera: A4 upright at about 150 dpi."""
BLANK_DESK = "nothing"
ODD = {IDENTITY, SEAL, *list(LINES)[1::2]}
"""Every second paper of those that we can draw."""


class CameraGone(Exception):
    """The camera was unplugged or is used by another program."""

    code = "camera-gone"


class Camera(Protocol):
    """Something that looks down on the tray."""

    def frame(self) -> Image:
        """Return what lies under the camera now; raises ``CameraGone``.

        May take seconds: call it in a thread.
        """
        ...

    def lay(self, paper: str) -> None:
        """Somebody lays a paper under the camera. Real people do it themselves."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class SimulatedCamera:
    """Shows specimen papers on a desk; each lies a little differently.

    A person lays a paper down in a second or two. Drawing one takes half a second
    of CPU, so all are drawn beforehand, beside everything else.
    """

    def __init__(self, specimens: Specimens) -> None:
        self._specimens = specimens
        self._lock = threading.Lock()
        self._paper = BLANK_DESK
        self._drawn: dict[str, tuple[Image, Array | None]] = {}
        threading.Thread(target=self._draw_all, daemon=True).start()

    @property
    def corners(self) -> Array | None:
        """The exact corners of the paper in the present frame."""
        return self._picture(self._paper)[1]

    def lay(self, paper: str) -> None:
        """Lay another paper."""
        self._paper = paper

    def frame(self) -> Image:
        """Return the present frame."""
        return self._picture(self._paper)[0]

    def close(self) -> None:
        """There is nothing to let go of."""

    def _draw_all(self) -> None:
        for paper in (BLANK_DESK, IDENTITY, *LINES):
            self._picture(paper)

    def _picture(self, paper: str) -> tuple[Image, Array | None]:
        with self._lock:
            if paper not in self._drawn:
                self._drawn[paper] = self._draw(paper)
            return self._drawn[paper]

    def _draw(self, paper: str) -> tuple[Image, Array | None]:
        seed = zlib.crc32(paper.encode())
        if paper == BLANK_DESK:
            return photographed(desk(FRAME_SIZE, seed), seed % 1000), None
        # Two papers one after the other never lie alike, as by a person's hand.
        tilt = -7.0 if paper in ODD else 7.0
        drawn = self._specimens.paper(paper)
        return on_desk(drawn, FRAME_SIZE, tilt, seed % 1000)
