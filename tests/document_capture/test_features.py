"""What is measured on the sides of a page."""

import cv2
import numpy as np

from document_capture.features import NAMES, features
from document_capture.images import Array, Image
from document_capture.views import view
from tests.document_capture.test_page import PAGE, SIZE, a_desk, with_paper


def a_checked_cloth() -> Image:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] // 45
    dark = ((x % 2 + y % 2) / 2)[..., None]
    cloth = a_desk((200, 190, 230)) * (1 - dark) + np.array((90, 80, 130)) * dark
    return np.asarray(cloth.astype(np.uint8))


def overrun(frame: Image, quad: Array) -> float:
    seen = view(cv2.GaussianBlur(frame, (0, 0), 1))
    known = features(seen, quad[None] * seen.scale, np.zeros((1, 4)))
    return float(known[0, NAMES.index("overrun")])


def test_the_edges_of_a_cloth_do_not_go_on_from_those_of_a_page() -> None:
    frame = with_paper(a_checked_cloth(), PAGE, (180, 170, 205))
    page = np.array(PAGE, np.float64)
    upper_half = np.stack([page[0], page[1], page[1:3].mean(0), page[::3].mean(0)])

    assert overrun(frame, page) < 0.25
    assert overrun(frame, upper_half) > 0.4
