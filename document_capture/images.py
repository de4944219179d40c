"""The arrays that every step takes and returns, and what can be wrong with them."""

from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[Any]
"""(h, w, 3) uint8, BGR, 0 to 255; OpenCV's own types promise no more than Any."""
Corners = npt.NDArray[np.float32]
"""(4, 2) x and y in pixels, clockwise from the page's top left."""
Array = npt.NDArray[Any]


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
