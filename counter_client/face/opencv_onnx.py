"""Compares faces with three ONNX networks, by OpenCV's own runtime, on the CPU."""

import functools
from pathlib import Path

import cv2
import numpy as np

from counter_client.face.engine import FaceEngine, Numbers, Points, Sighted
from counter_client.face.none import NoEngine
from document_capture.face_models import (
    DESCRIBES,
    FINDS,
    PINNED,
    PLACES,
    NoModels,
    digest_of,
    read_model,
)
from document_capture.faces import FaceBox, FaceFinder
from document_capture.images import Array, Image

CHIP = 112
"""Pixels of the side of the upright square that is described."""
TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
"""Where the five points lie in that square (ArcFace, CVPR 2019, as its code has it)."""
LANDMARK_SIDE = 64
LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
NOSE, MOUTH_LEFT, MOUTH_RIGHT = 30, 48, 54
"""Of the 68 points of iBUG 300-W, from 0."""


class OpencvOnnx:
    """The networks of ``face_models``; they are opened when they are first needed."""

    name = "opencv-onnx"
    models = digest_of(PINNED)
    ready = True

    def __init__(self, folder: Path) -> None:
        """Raise ``NoModels`` unless every network is in ``folder``."""
        self._folder = folder
        for name in PINNED:
            read_model(folder, name)

    def detect(self, picture: Image) -> list[Sighted]:
        """Return the faces in ``picture``, largest first, with their points."""
        return [
            Sighted(box, self._points(picture, box))
            for box in self._finder.find(picture)
        ]

    def embed(self, picture: Image, face: Sighted) -> Numbers:
        """Return 512 numbers; blue goes in first, which does better than red."""
        chip = upright_chip(picture, face.points)
        blob = cv2.dnn.blobFromImage(chip, 1 / 128, (CHIP, CHIP), (127, 127, 127))
        net = self._net(DESCRIBES)
        net.setInput(blob)
        numbers = net.forward()[0]
        found: Numbers = (numbers / np.linalg.norm(numbers)).astype(np.float32)
        return found

    def compare(self, one: Numbers, other: Numbers) -> float:
        """Return the cosine."""
        return float(np.clip(one @ other, -1.0, 1.0))

    def _points(self, picture: Image, box: FaceBox) -> Points:
        left, top, right, bottom = _inside(picture, box)
        face = cv2.resize(picture[top:bottom, left:right], (LANDMARK_SIDE,) * 2)
        grey = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY).astype(np.float32) / 256
        net = self._net(PLACES)
        net.setInput(grey[None, None])
        shares = net.forward().reshape(68, 2)
        all_points = shares * [right - left, bottom - top] + [left, top]
        return np.array(
            [
                all_points[LEFT_EYE].mean(0),
                all_points[RIGHT_EYE].mean(0),
                all_points[NOSE],
                all_points[MOUTH_LEFT],
                all_points[MOUTH_RIGHT],
            ],
            np.float32,
        )

    @functools.cached_property
    def _finder(self) -> FaceFinder:
        return FaceFinder(read_model(self._folder, FINDS))

    @functools.cache  # noqa: B019  # one engine lives as long as its process
    def _net(self, name: str) -> cv2.dnn.Net:
        model = read_model(self._folder, name)
        return cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))


def open_engine(folder: Path) -> FaceEngine:
    """Return the engine whose networks are in ``folder``, or the one without."""
    try:
        return OpencvOnnx(folder)
    except NoModels:
        return NoEngine()


def upright_chip(picture: Array, points: Points) -> Array:
    """Return the square of a face, turned and scaled so that ``TEMPLATE`` fits.

    What lies outside of the picture is black.
    """
    turned, _ = cv2.estimateAffinePartial2D(points, TEMPLATE, method=cv2.LMEDS)
    if turned is None:  # five points in one place
        return np.zeros((CHIP, CHIP, *picture.shape[2:]), np.uint8)
    chip: Array = cv2.warpAffine(picture, turned, (CHIP, CHIP))
    return chip


def _inside(picture: Image, box: FaceBox) -> tuple[int, int, int, int]:
    """Return the part of ``box`` that lies in the picture: at least a pixel of it."""
    height, width = picture.shape[:2]
    left = int(np.clip(box.left, 0, width - 1))
    top = int(np.clip(box.top, 0, height - 1))
    right = int(np.clip(box.right, left + 1, width))
    bottom = int(np.clip(box.bottom, top + 1, height))
    return left, top, right, bottom
