"""Document cameras: a real one by V4L2, and a simulated one with specimen papers."""

import threading
import time
import zlib
from typing import Protocol

import cv2

from counter_client.specimens import LINES, Specimens, desk, on_desk, photographed
from document_capture.images import Array, Image
from protocol.ids import IDENTITY

FRAME_SIZE = 1920, 1440
"""A 3 MP document camera: A4 upright at about 150 dpi."""
BLANK_DESK = "nothing"
REOPEN_AFTER = 1.0


class CameraGone(Exception):
    """The camera was unplugged or is used by another program."""

    code = "camera-gone"


class Camera(Protocol):
    """Something that looks down on the tray."""

    def frame(self) -> Image:
        """Return what lies under the camera now; raises ``CameraGone``."""
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
        tilt = (-4.0, 3.0, -2.0, 5.0)[seed % 4]
        drawn = self._specimens.paper(paper)
        return on_desk(drawn, FRAME_SIZE, tilt, seed % 1000)


class V4l2Camera:
    """A camera of this machine; plugged out and in again without a restart."""

    def __init__(self, device: str) -> None:
        self._device: int | str = int(device) if device.isdigit() else device
        self._lock = threading.Lock()
        self._opened: cv2.VideoCapture | None = None
        self._tried = 0.0

    def lay(self, paper: str) -> None:
        """A person does this."""

    def frame(self) -> Image:
        """Return the newest frame; raises ``CameraGone``."""
        with self._lock:
            camera = self._opened or self._open()
            done, frame = camera.read()
            if not done:
                camera.release()
                self._opened = None
                raise CameraGone
            newest: Image = frame
            return newest

    def close(self) -> None:
        """Let go of the device."""
        with self._lock:
            if self._opened is not None:
                self._opened.release()
                self._opened = None

    def _open(self) -> "cv2.VideoCapture":
        if time.monotonic() - self._tried < REOPEN_AFTER:
            raise CameraGone
        self._tried = time.monotonic()
        camera = cv2.VideoCapture(self._device, cv2.CAP_V4L2)
        if not camera.isOpened():
            raise CameraGone
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, FRAME_SIZE[0])
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, FRAME_SIZE[1])
        camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._opened = camera
        return camera


def open_camera(device: str, specimens: Specimens) -> Camera:
    """Return the camera that the setting names."""
    return SimulatedCamera(specimens) if device == "simulated" else V4l2Camera(device)
