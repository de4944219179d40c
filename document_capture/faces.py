"""Finds faces in pictures, and cuts the portrait out of an identity document.

The network is of the UltraFace kind (320 x 240 pixels, boxes as shares of the
picture); it says where faces are and nothing about whose they are.
"""

import threading

import cv2
import msgspec
import numpy as np

from document_capture.images import Image, Refused, scaled

INPUT = 320, 240
"""Width and height that the network looks at."""
SURE = 0.65
"""How sure the network is, from 0 to 1, of what counts as a face."""
OVERLAP = 0.4
"""Boxes that share more than this of their area are one face."""
MARGIN = 0.6
"""What is left round the face of a portrait, as a share of its box on each side."""
LEAST_PORTRAIT = 40.0
"""Pixels of the width of a face below which nothing can be compared with it."""
PORTRAIT_SIDE = 480
"""Pixels of the longer side of a portrait that is given away; no more is needed."""


class NoPortrait(Refused):
    """No face on the page that is large enough to be compared."""

    code = "face-no-portrait"


class FaceBox(msgspec.Struct, frozen=True):
    """Where a face is, in pixels: left, top, right, bottom; it may reach outside."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def area(self) -> float:
        """Pixels in it."""
        return self.width * (self.bottom - self.top)


class FaceFinder:
    """Finds faces; may be asked by several threads."""

    def __init__(self, model: bytes) -> None:
        """``model``: ``FINDS`` of ``face_models``."""
        self._net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        self._one_at_a_time = threading.Lock()

    def find(self, image: Image) -> list[FaceBox]:
        """Return the faces in ``image``, largest first."""
        blob = cv2.dnn.blobFromImage(
            image, 1 / 128, INPUT, (127, 127, 127), swapRB=True
        )
        with self._one_at_a_time:
            self._net.setInput(blob)
            scores, boxes = self._net.forward(["scores", "boxes"])
        height, width = image.shape[:2]
        sure = scores[0, :, 1] > SURE
        found = boxes[0][sure] * [width, height, width, height]
        sizes = np.hstack([found[:, :2], found[:, 2:] - found[:, :2]])
        kept = cv2.dnn.NMSBoxes(
            sizes.tolist(), scores[0, sure, 1].astype(float).tolist(), SURE, OVERLAP
        )
        faces = [FaceBox(*map(float, found[one])) for one in np.array(kept).ravel()]
        return sorted(faces, key=lambda one: -one.area)


def cut_portrait(page: Image, finder: FaceFinder) -> Image:
    """Return the largest portrait on an identity page, upright, and little else.

    Passports and permits repeat the portrait, smaller and fainter: the largest is
    meant. A page that lies on its side is turned.

    Raises:
        NoPortrait: no face is found, whichever way the page is held.
    """
    for turns in (0, 1, 3, 2):
        upright = np.ascontiguousarray(np.rot90(page, turns))
        faces = finder.find(upright)
        if faces and faces[0].width >= LEAST_PORTRAIT:
            return _cut(upright, faces[0])
    raise NoPortrait


def _cut(page: Image, face: FaceBox) -> Image:
    height, width = page.shape[:2]
    aside = MARGIN * face.width
    above = MARGIN * (face.bottom - face.top)
    left, top = max(0, int(face.left - aside)), max(0, int(face.top - above))
    right = min(width, int(face.right + aside) + 1)
    bottom = min(height, int(face.bottom + above) + 1)
    portrait = page[top:bottom, left:right]
    return scaled(portrait, min(1.0, PORTRAIT_SIDE / max(portrait.shape[:2])))
