"""Says whether writing on a straightened page is sharp enough to be read."""

import cv2
import numpy as np

from document_capture.images import Image

READABLE = 0.45
"""Below this, optical character recognition errs on one character in a hundred."""
BLANK = 12.0
"""Grey levels between light and dark: a page with less has nothing to be sharp."""


def sharpness(page: Image) -> float:
    """Return how steep the edges are for the contrast that the page has.

    About 0.74 for a good camera, 0.45 at the limit of legibility at 200 dpi.
    The steepest half per cent of Sobel gradients, over the page's own range, so
    that pale writing is not taken for blurred writing.
    """
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)
    steep = float(np.percentile(cv2.magnitude(across, down) / 8, 99.5))
    dark, light = np.percentile(grey, [5, 95])
    darkest = float(np.percentile(grey, 0.5))
    contrast = max(float(light - dark), float(light) - darkest, BLANK)
    return steep / contrast * 2
