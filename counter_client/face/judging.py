"""Compares the pictures of a window with a portrait, behind a gate for each.

Without the gate faces that the frame cuts off are the worst mistakes: equal errors
rose from 0.04 to 4.8 percent when they were let in.
"""

import statistics
from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from counter_client.face.engine import RULE, FaceEngine, Sighted, band_of
from counter_client.face.opencv_onnx import CHIP, upright_chip
from document_capture.faces import NoPortrait
from document_capture.images import Image, Refused
from protocol.faces import Compared

LEAST_EYES, LEAST_PORTRAIT_EYES = 60.0, 24.0
"""Pixels between the eyes: of somebody before the camera, and on a document."""
MOST_TURNED = 0.175
"""How far the nose may lie from the middle of the eyes, in distances between them:
about 15 degrees."""
LEAST_INSIDE = 0.995
"""The share of the face's middle that must lie in the picture."""
CORE = slice(8, 104), slice(14, 98)
"""Rows and columns of the upright square that are the middle of the face."""
ANOTHER = 0.25
"""A second face of this share of the first one's area stands before the window too."""
DARK, BRIGHT = 40, 225
"""Mean grey, 0 to 255, of a face that is too dark or too bright to be compared."""
LEAST_GOOD = 3
"""Pictures that must pass the gate; the band is that of their median."""


class NoFace(Refused):
    """Nobody in the picture."""

    code = "face-none"


class SeveralFaces(Refused):
    """More than one person before the window."""

    code = "face-several"


class FaceFar(Refused):
    """The face is too small in the picture."""

    code = "face-far"


class FaceCut(Refused):
    """The frame cuts the face off."""

    code = "face-cut"


class FaceTurned(Refused):
    """They do not look into the camera."""

    code = "face-turned"


class FaceLight(Refused):
    """The face is too dark or too bright."""

    code = "face-light"


def judge(engine: FaceEngine, portrait: Image, pictures: Sequence[Image]) -> Compared:
    """Return what comparing ``pictures`` with ``portrait`` advises.

    Raises:
        NoPortrait: the portrait cannot be compared with anything.
        Refused: fewer than ``LEAST_GOOD`` pictures are good enough; it is what is
            wrong with most of the others.
    """
    held = engine.embed(portrait, _on_document(engine, portrait))
    similar, wrong = [], []
    for picture in pictures:
        try:
            face = gated(engine, picture)
        except Refused as error:
            wrong.append(error)
        else:
            similar.append(engine.compare(held, engine.embed(picture, face)))
    if len(similar) < LEAST_GOOD:
        raise _most(wrong)
    return Compared(
        band=band_of(statistics.median(similar)),
        engine=engine.name,
        models=engine.models,
        rule=RULE,
        pictures=len(similar),
    )


def gated(engine: FaceEngine, picture: Image) -> Sighted:
    """Return the one face before the window.

    Raises:
        NoFace, SeveralFaces, FaceFar, FaceCut, FaceTurned, FaceLight
    """
    faces = engine.detect(picture)
    if not faces:
        raise NoFace
    face = faces[0]
    if len(faces) > 1 and faces[1].box.area > ANOTHER * face.box.area:
        raise SeveralFaces
    if between_eyes(face) < LEAST_EYES:
        raise FaceFar
    if share_inside(picture, face) < LEAST_INSIDE:
        raise FaceCut
    if abs(turned(face)) > MOST_TURNED:
        raise FaceTurned
    grey = cv2.cvtColor(upright_chip(picture, face.points), cv2.COLOR_BGR2GRAY)
    if not DARK <= float(grey[CORE].mean()) <= BRIGHT:
        raise FaceLight
    return face


def _on_document(engine: FaceEngine, portrait: Image) -> Sighted:
    faces = engine.detect(portrait)
    if not faces or between_eyes(faces[0]) < LEAST_PORTRAIT_EYES:
        raise NoPortrait
    if share_inside(portrait, faces[0]) < LEAST_INSIDE:
        raise NoPortrait
    return faces[0]


def _most(wrong: Sequence[Refused]) -> Refused:
    """Return what was wrong most often; the first of those, if several."""
    if not wrong:
        return NoFace()
    counted = Counter(type(one) for one in wrong)
    return max(wrong, key=lambda one: counted[type(one)])


def between_eyes(face: Sighted) -> float:
    """Return the distance between the eyes, in pixels."""
    return float(np.linalg.norm(face.points[1] - face.points[0]))


def turned(face: Sighted) -> float:
    """Return how far the nose lies aside, in distances of the eyes; 0: straight."""
    along = face.points[1] - face.points[0]
    far = float(np.linalg.norm(along)) or 1.0
    aside = (face.points[2] - face.points[:2].mean(0)) @ along
    return float(aside / far**2)


def share_inside(picture: Image, face: Sighted) -> float:
    """Return the share of the middle of a face that lies in the picture, 0 to 1."""
    everything = np.full(picture.shape[:2], 255, np.uint8)
    inside = upright_chip(everything, face.points)
    assert inside.shape[:2] == (CHIP, CHIP), "as it is made"
    return float((inside[CORE] > 0).mean())
