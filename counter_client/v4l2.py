"""The few lines that touch a real video device (V4L2, through OpenCV).

Everything that can be tried without a camera is in ``real_camera.py``.
"""

import functools
import logging
from pathlib import Path

import cv2

from counter_client.camera_settings import Controls
from counter_client.cameras import Camera, CameraGone, SimulatedCamera
from counter_client.real_camera import Capture, RealCamera
from counter_client.specimens import Specimens
from document_capture.images import Image

log = logging.getLogger(__name__)

MANUAL_EXPOSURE, APERTURE_PRIORITY = 1, 3
"""V4L2_EXPOSURE_MANUAL and V4L2_EXPOSURE_APERTURE_PRIORITY (auto, for USB cameras)."""
MJPG = cv2.VideoWriter.fourcc(*"MJPG")
"""Uncompressed, a 3 MP picture takes USB 2 half a second."""


def wishes(controls: Controls) -> list[tuple[int, float]]:
    """Return what is set on the device, in the order in which it must be."""
    width, height = controls.size
    wanted: list[tuple[int, float]] = [
        (cv2.CAP_PROP_FOURCC, MJPG),
        (cv2.CAP_PROP_FRAME_WIDTH, width),
        (cv2.CAP_PROP_FRAME_HEIGHT, height),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
        (cv2.CAP_PROP_AUTOFOCUS, 1 if controls.focus is None else 0),
    ]
    if controls.focus is not None:
        wanted.append((cv2.CAP_PROP_FOCUS, controls.focus))
    if controls.exposure is None:
        wanted.append((cv2.CAP_PROP_AUTO_EXPOSURE, APERTURE_PRIORITY))
    else:
        wanted.append((cv2.CAP_PROP_AUTO_EXPOSURE, MANUAL_EXPOSURE))
        wanted.append((cv2.CAP_PROP_EXPOSURE, controls.exposure))
    return wanted


def device_path(device: str) -> str:
    """Return the device file of a number or path, links followed as they are now.

    A camera that comes back as ``/dev/video2`` is found by its link in
    ``/dev/v4l/by-id``, which follows it.

    Raises:
        CameraGone: there is no such file now.
    """
    named = f"/dev/video{device}" if device.isdigit() else device
    try:
        return str(Path(named).resolve(strict=True))
    except (OSError, RuntimeError) as error:
        raise CameraGone from error


class _Cv2Capture:
    def __init__(self, opened: "cv2.VideoCapture") -> None:
        self._opened = opened

    def grab(self) -> bool:
        try:
            return bool(self._opened.grab())
        except cv2.error:
            return False

    def retrieve(self) -> Image | None:
        try:
            done, frame = self._opened.retrieve()
        except cv2.error:
            return None
        return frame if done else None

    def release(self) -> None:
        self._opened.release()


def open_v4l2(device: str, controls: Controls) -> Capture:
    """Open the device and ask it for what is set; raises ``CameraGone``."""
    opened = cv2.VideoCapture(device_path(device), cv2.CAP_V4L2)
    if not opened.isOpened():
        raise CameraGone
    for control, value in wishes(controls):
        if not opened.set(control, value):
            log.info("the camera has no such control", extra={"control": control})
    width = int(opened.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(opened.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if (width, height) != controls.size:
        log.warning("the camera gives %d x %d pixels", width, height)
    return _Cv2Capture(opened)


def open_camera(device: str, controls: Controls, specimens: Specimens) -> Camera:
    """Return the camera that the setting names."""
    if device == "simulated":
        return SimulatedCamera(specimens)
    return RealCamera(functools.partial(open_v4l2, device, controls), controls.crop)
