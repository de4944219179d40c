"""The arrays that every step takes and returns, and what can be wrong with them."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[Any]
"""(h, w, 3) uint8, BGR, 0 to 255; OpenCV's own types promise no more than Any."""
Corners = npt.NDArray[np.float32]
"""(4, 2) x and y in pixels, clockwise from the page's top left. The middle of the first
pixel is at 0, 0; a page that fills the picture begins at -0.5."""
Array = npt.NDArray[Any]
SAME = 0.001
"""Scales that differ by less differ by a row of pixels."""


def scaled(image: Image, scale: float) -> Image:
    """Return ``image`` at ``scale``, each pixel the mean of what it covers.

    It is halved as long as that leaves enough: halving costs a tenth of any other
    scale. A row or column too many for that is left out. What is enlarged is filled
    in linearly.
    """
    while scale <= 0.5 + SAME:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        even = image[: 2 * height, : 2 * width]
        image = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
        scale *= 2
    if abs(scale - 1) > SAME:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=way)
    return image


class Refused(Exception):
    """A picture that cannot become a page; ``code`` is a key of ``texts.json``."""

    code = "page-refused"


class NoPage(Refused):
    """Nothing in the picture is surely a page."""

    code = "page-not-found"


class TooFar(Refused):
    """The page is too small in the picture to be read."""

    code = "page-too-far"


class CutOff(Refused):
    """A corner of the page lies outside the picture."""

    code = "page-cut-off"


class Blurred(Refused):
    """The writing is not sharp enough to be read."""

    code = "page-blurred"


class Unopenable(Refused):
    """A file that is not a picture or PDF we can open safely."""

    code = "file-unreadable"


class TooLarge(Refused):
    """A file with more bytes, pixels or pages than a paper has."""

    code = "file-too-large"


class Locked(Refused):
    """A PDF that needs a password."""

    code = "file-locked"


class NotTaken(Refused):
    """A file of a kind that we do not open: a web page, an archive, a program."""

    code = "file-kind"


class EmptyFile(Refused):
    """A file without a single byte."""

    code = "file-empty"


class TooManyPages(Refused):
    """A PDF of more pages than are looked through at a counter."""

    code = "file-too-many-pages"


class TooSmall(Refused):
    """A picture or page on which nothing can be written."""

    code = "file-too-small"


class Animated(Refused):
    """A picture that moves, of which nobody can say which moment is meant."""

    code = "file-animated"


class TooSlow(Refused):
    """A file that takes longer to draw than a paper does."""

    code = "file-too-slow"


class Busy(Refused):
    """Other files are being opened, and for longer than one waits."""

    code = "file-busy"
