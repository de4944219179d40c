"""Whether a page lies partly outside the picture."""

import cv2
import numpy as np

from document_capture.images import Array, Corners, Image, NoPage, scaled
from document_capture.page import find_page
from document_capture.views import WORK_SIZE

PADDED = 0.08
"""Share of the frame that is imagined around it, to see where a cut-off page ends."""
ACROSS = 4
"""Pixels to either side of a side of the page whose light is compared."""
STEP = 6.0
"""Levels by which light must change there: a lamp's changes slowly."""
PLACES = 40
"""Along a side."""


def is_cut_off(image: Image) -> bool:
    """Return whether a page would be there if the frame were one of its sides.

    Its other sides must be seen: the lit half of an empty desk has none.
    """
    small = scaled(image, WORK_SIZE / max(image.shape[:2]))
    rim = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    # The rim's darkest quarter is rather the desk than the paper that is cut off.
    desk = rim[np.argsort(rim.sum(axis=1, dtype=np.int64))[: len(rim) // 4]]
    colour = [float(level) for level in np.median(desk, axis=0)]
    pad = round(PADDED * WORK_SIZE)
    padded = cv2.copyMakeBorder(
        small, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=colour
    )
    try:
        corners = find_page(padded).corners - pad
    except NoPage:
        return False
    size = np.array(small.shape[1::-1])
    near = PADDED * WORK_SIZE / 4
    low, high = corners < near, corners > size - near
    if not ((low | high).sum(axis=0) >= 2).any():
        return False
    return _sides_are_seen(small, corners, low, high)


def _sides_are_seen(small: Image, corners: Corners, low: Array, high: Array) -> bool:
    """Return whether there are sides within the frame, and light changes at each."""
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    steps = []
    for one in range(4):
        two = (one + 1) % 4
        if (low[one] & low[two]).any() or (high[one] & high[two]).any():
            continue  # it is the frame
        steps.append(_step(grey, corners[one], corners[two]))
    return bool(steps) and min(steps) > STEP


def _step(grey: Array, begin: Array, end: Array) -> float:
    """Return by how many levels light changes across most of a line."""
    along = end - begin
    normal = np.array([-along[1], along[0]]) / (np.linalg.norm(along) + 1e-9)
    on = begin + np.linspace(0.1, 0.9, PLACES)[:, None] * along
    limit = np.array(grey.shape[::-1]) - 1
    inside, outside = (
        np.clip(np.round(on + way * normal), 0, limit).astype(int)
        for way in (ACROSS, -ACROSS)
    )
    change = grey[inside[:, 1], inside[:, 0]] - grey[outside[:, 1], outside[:, 0]]
    return float(np.median(np.abs(change)))
