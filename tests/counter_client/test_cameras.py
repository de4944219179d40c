"""A camera that fails, hangs, goes and comes back, and what is set on it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from counter_client.camera_settings import (
    Controls,
    Crop,
    read_crop,
    read_size,
    read_step,
)
from counter_client.cameras import CameraGone
from counter_client.real_camera import MOST_STUCK, MOST_UNASKED, RealCamera, cropped
from counter_client.settings import PREFIX, Settings
from counter_client.v4l2 import device_path, open_v4l2, wishes
from document_capture.images import Image
from protocol.settings import BadSetting, read_settings

SOON = 0.2
"""Seconds that a test lets a hanging camera hang."""


class Device:
    """A camera of a thousand frames a second that does as a test says."""

    def __init__(self) -> None:
        self.does = "frames"
        self.opened = 0
        self.number = 0
        self.released = threading.Semaphore(0)
        self._change = threading.Condition()

    def now(self, does: str) -> None:
        with self._change:
            self.does = does
            self._change.notify_all()

    def open(self) -> "Device":
        if self.does == "gone":
            raise CameraGone
        self.opened += 1
        return self

    def grab(self) -> bool:
        with self._change:
            self._change.wait(0.001)
            self._change.wait_for(lambda: self.does != "hangs")
            self.number += 1
            return self.does != "gone"

    def retrieve(self) -> Image | None:
        if self.does == "broken":
            return None
        return np.full((40, 80, 1), self.number, np.int64)

    def release(self) -> None:
        self.released.release()


@pytest.fixture
def device() -> Iterator[Device]:
    device = Device()
    yield device
    device.now("gone")  # every thread of the test ends


def a_camera(device: Device, patience: float = 5.0) -> RealCamera:
    return RealCamera(device.open, patience=patience, reopen_after=0.0)


def test_the_frame_was_taken_after_it_was_asked_for(device: Device) -> None:
    camera = a_camera(device)

    for _ in range(20):
        taken_before = device.number
        assert camera.frame().max() > taken_before

    assert device.opened == 1


def test_a_camera_that_was_unplugged_comes_back_by_itself(device: Device) -> None:
    camera = a_camera(device)
    camera.frame()

    device.now("gone")
    for _ in range(3):
        with pytest.raises(CameraGone):
            camera.frame()
    device.now("frames")

    assert camera.frame().shape == (40, 80, 1)


def test_a_frame_that_cannot_be_decoded_is_a_camera_that_is_gone(
    device: Device,
) -> None:
    device.now("broken")

    with pytest.raises(CameraGone):
        a_camera(device).frame()

    assert device.released.acquire(timeout=5)


def test_a_read_that_hangs_ends_and_holds_no_more_than_a_few_threads(
    device: Device,
) -> None:
    camera = a_camera(device, SOON)
    device.now("hangs")

    for _ in range(MOST_STUCK + 3):
        with pytest.raises(CameraGone):
            camera.frame()

    assert device.opened == MOST_STUCK


def test_opening_may_hang_too() -> None:
    free = threading.Event()

    def opens_never() -> Device:
        free.wait()
        raise CameraGone

    with pytest.raises(CameraGone):
        RealCamera(opens_never, patience=SOON).frame()
    free.set()


def test_a_camera_that_hung_is_used_again_when_it_answers(device: Device) -> None:
    camera = a_camera(device, SOON)
    device.now("hangs")
    for _ in range(MOST_STUCK):
        with pytest.raises(CameraGone):
            camera.frame()

    device.now("frames")

    assert camera.frame().any()


def test_a_camera_that_is_gone_is_not_asked_again_at_once(device: Device) -> None:
    device.now("gone")
    camera = RealCamera(device.open, reopen_after=1000)
    with pytest.raises(CameraGone):
        camera.frame()

    device.now("frames")
    with pytest.raises(CameraGone):
        camera.frame()

    assert device.opened == 0


def test_closing_lets_go_of_the_device_until_the_next_picture(device: Device) -> None:
    camera = a_camera(device)
    camera.frame()

    camera.close()

    assert device.released.acquire(timeout=5)
    camera.frame()
    assert device.opened == 2


def test_a_camera_that_nobody_looks_at_is_switched_off(device: Device) -> None:
    camera = a_camera(device)
    camera.frame()

    assert device.released.acquire(timeout=20)
    assert device.number >= MOST_UNASKED


def test_several_people_may_look_at_once(device: Device) -> None:
    camera = a_camera(device)
    seen: list[Image] = []
    lookers = [
        threading.Thread(target=lambda: seen.append(camera.frame())) for _ in range(4)
    ]

    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join(5)

    assert len(seen) == 4
    assert device.opened == 1


def test_only_the_tray_is_seen() -> None:
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[20:60, 100:150] = 255

    part = cropped(frame, Crop(0.5, 0.2, 0.25, 0.4))

    assert part.shape == (40, 50, 3)
    assert part.min() == 255


def test_a_device_is_followed_to_where_it_is_now(tmp_path: Path) -> None:
    link = tmp_path / "usb-Maker_Camera-video-index0"
    for number in (0, 2):
        (tmp_path / f"video{number}").touch()
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / f"video{number}")

        assert device_path(str(link)) == str(tmp_path / f"video{number}")


@pytest.mark.parametrize("device", ["/dev/v4l/by-id/no-such-camera", "9999"])
def test_a_device_that_is_not_there_is_gone(device: str) -> None:
    with pytest.raises(CameraGone):
        open_v4l2(device, Controls())


def test_focus_and_exposure_are_locked_before_they_are_set() -> None:
    controls = Controls(size=(640, 480), focus=120, exposure=250)

    wanted = wishes(controls)

    automatic = {cv2.CAP_PROP_AUTOFOCUS: 0.0, cv2.CAP_PROP_AUTO_EXPOSURE: 1.0}
    assert automatic.items() <= dict(wanted).items()
    order = [control for control, _ in wanted]
    assert order.index(cv2.CAP_PROP_AUTOFOCUS) < order.index(cv2.CAP_PROP_FOCUS)
    exposing = order.index(cv2.CAP_PROP_AUTO_EXPOSURE)
    assert exposing < order.index(cv2.CAP_PROP_EXPOSURE)


def test_a_camera_left_to_itself_is_told_no_focus_and_no_exposure() -> None:
    controls = {control for control, _ in wishes(Controls())}

    assert not {cv2.CAP_PROP_FOCUS, cv2.CAP_PROP_EXPOSURE} & controls


def test_an_installer_can_set_everything() -> None:
    env = {
        "TERMINAL_CAMERA": "/dev/v4l/by-id/usb-Maker_Camera-video-index0",
        "TERMINAL_CAMERA_SIZE": "3264X2448",
        "TERMINAL_CAMERA_FOCUS": "120",
        "TERMINAL_CAMERA_EXPOSURE": "250",
        "TERMINAL_CAMERA_CROP": "0.1,0,0.8,1",
    }

    settings = read_settings(Settings, PREFIX, env)
    settings.check()

    assert settings.camera_controls == Controls(
        size=(3264, 2448), focus=120, exposure=250, crop=Crop(0.1, 0, 0.8, 1)
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TERMINAL_CAMERA_SIZE", "large"),
        ("TERMINAL_CAMERA_SIZE", "1920"),
        ("TERMINAL_CAMERA_SIZE", "-1920x1440"),
        ("TERMINAL_CAMERA_SIZE", "100x100"),
        ("TERMINAL_CAMERA_SIZE", "99999x100"),
        ("TERMINAL_CAMERA_FOCUS", "near"),
        ("TERMINAL_CAMERA_FOCUS", "nan"),
        ("TERMINAL_CAMERA_FOCUS", "-1"),
        ("TERMINAL_CAMERA_EXPOSURE", ""),
        ("TERMINAL_CAMERA_EXPOSURE", "inf"),
        ("TERMINAL_CAMERA_CROP", "0,0,1"),
        ("TERMINAL_CAMERA_CROP", "0.5,0,0.6,1"),
        ("TERMINAL_CAMERA_CROP", "-0.1,0,1,1"),
        ("TERMINAL_CAMERA_CROP", "0,0,0,0"),
        ("TERMINAL_CAMERA_CROP", "0,0,nan,1"),
        ("TERMINAL_CAMERA_CROP", "left,0,1,1"),
        ("TERMINAL_SCANNER", "--help"),
    ],
)
def test_a_value_that_cannot_work_stops_the_start_with_its_name(
    name: str, text: str
) -> None:
    with pytest.raises(BadSetting, match=name):
        read_settings(Settings, PREFIX, {name: text}).check()


def test_what_is_not_set_is_left_to_the_camera() -> None:
    assert read_step("TERMINAL_CAMERA_FOCUS", "auto") is None
    assert read_crop("") == Crop(0, 0, 1, 1)
    assert read_size("1920x1440") == (1920, 1440)
