"""How unsharp an edge is, also where it lies exactly along the camera's rows."""

import cv2
import numpy as np
import pytest

from counter_client.calibration import measure
from counter_client.calibration_frame import NoFrame, _rise
from tests.counter_client.test_calibration import photograph, view


@pytest.mark.parametrize("blur", [0.8, 1.0, 1.2])
def test_a_sheet_along_the_rows_has_a_blur_that_can_be_told(blur: float) -> None:
    image = photograph(view((120.0, 120.0), turn=90.0))

    found = measure(cv2.GaussianBlur(image, (0, 0), blur))

    assert 0.4 < found.blur_mm < 0.8


def test_where_there_is_no_edge_nothing_is_made_up() -> None:
    offsets = np.arange(-4.0, 4.0, 0.25)
    flat = np.full((3, len(offsets)), 128.0, np.float32)

    with pytest.raises(NoFrame):
        _rise(flat, offsets, np.zeros(3))
