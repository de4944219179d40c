"""What an installer sets on the document camera, read from text."""

import msgspec

from protocol.settings import BadSetting

SMALLEST, LARGEST = 320, 8192
"""Pixels of a side: less shows no writing, more has no camera on a stand."""
LEAST_CROP = 0.1
"""A tray that fills less than this share of the picture's side is a typing error."""
AUTO = "auto"
MOST_STEPS = 10_000
"""Largest focus or exposure: the controls of USB cameras end far below it."""


class Crop(msgspec.Struct, frozen=True):
    """The tray's part of the picture: left, top, width, height, shares from 0 to 1."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the device; ``None`` leaves it to the camera itself."""

    size: tuple[int, int] = (1920, 1440)
    focus: float | None = None
    """Steps of the lens motor; near is large. The number is the camera's own."""
    exposure: float | None = None
    """Units of 100 microseconds (V4L2_CID_EXPOSURE_ABSOLUTE)."""
    crop: Crop = Crop()


def read_size(text: str) -> tuple[int, int]:
    """Return width and height of ``1920x1440``; raises ``BadSetting``."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise BadSetting("TERMINAL_CAMERA_SIZE: width x height, as in 1920x1440")
    size = int(width), int(height)
    if not SMALLEST <= min(size) <= max(size) <= LARGEST:
        raise BadSetting(f"TERMINAL_CAMERA_SIZE: sides from {SMALLEST} to {LARGEST}")
    return size


def read_step(name: str, text: str) -> float | None:
    """Return a number, or ``None`` for ``auto``; raises ``BadSetting``."""
    if text == AUTO:
        return None
    try:
        value = float(text)
    except ValueError:
        raise BadSetting(f"{name}: auto or a number") from None
    if not 0 <= value <= MOST_STEPS:  # also says no to "nan"
        raise BadSetting(f"{name}: auto or a number from 0 to {MOST_STEPS}")
    return value


def read_crop(text: str) -> Crop:
    """Return the part that ``x,y,w,h`` names, all of it for no text.

    Raises:
        BadSetting: not four shares, or a part that leaves the picture.
    """
    if not text:
        return Crop()
    wrong = "TERMINAL_CAMERA_CROP: x,y,w,h as shares of the picture, as in 0.1,0,0.8,1"
    try:
        x, y, width, height = (float(one) for one in text.split(","))
    except ValueError:
        raise BadSetting(wrong) from None
    across = x >= 0 and width >= LEAST_CROP and x + width <= 1 + 1e-9
    down = y >= 0 and height >= LEAST_CROP and y + height <= 1 + 1e-9
    if not (across and down):
        raise BadSetting(wrong)
    return Crop(x, y, width, height)
