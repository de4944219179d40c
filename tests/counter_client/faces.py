"""People of one colour each, and an engine that tells them apart by it."""

import numpy as np

from counter_client.face.engine import Numbers, Sighted
from counter_client.face.opencv_onnx import CHIP, TEMPLATE
from document_capture.faces import FaceBox
from document_capture.images import Image
from tests.builders import ROOT

MODELS = ROOT / "var/face"
"""Where the real networks lie, if somebody has put them there."""
WITHOUT_MODELS = "no face models in var/face: see docs/operations.md, Faces"
GREEN, RED, GREY = (60, 200, 60), (60, 60, 220), (120, 160, 140)
"""Two people, BGR, and one who is a little like the first."""
NOBODY = (4, 4, 4)
SIZE = 640, 480


def somebody(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Image:
    """Return a picture (width, height) of whoever has that colour."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


class ColourEngine:
    """Whoever has the same colour is the same; the dark is nobody."""

    name = "colour"
    models = "c" * 64
    ready = True

    def detect(self, picture: Image) -> list[Sighted]:
        height, width = picture.shape[:2]
        if picture.mean() < 30:
            return []
        side = min(height, width)
        aside = np.array([(width - side) / 2, (height - side) / 2], np.float32)
        points = TEMPLATE * (side / CHIP) + aside
        return [Sighted(FaceBox(0, 0, width, height), points)]

    def embed(self, picture: Image, face: Sighted) -> Numbers:
        away = picture.mean((0, 1)) - picture.mean()
        found: Numbers = (away / (np.linalg.norm(away) or 1.0)).astype(np.float32)
        return found

    def compare(self, one: Numbers, other: Numbers) -> float:
        return float(np.clip(one @ other, -1.0, 1.0))


class ToldEngine(ColourEngine):
    """Finds as similar as it is told, one after the other."""

    def __init__(self, similar: list[float]) -> None:
        self._similar = list(similar)

    def compare(self, one: Numbers, other: Numbers) -> float:
        return self._similar.pop(0)
