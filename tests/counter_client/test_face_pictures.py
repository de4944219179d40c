"""Pictures that the page of a window sends: small, of few kinds, and opened apart."""

import asyncio
import base64

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from counter_client.window_face import LARGEST_PICTURE, LONGEST_SIDE, opened
from document_capture.images import NotTaken, Refused, TooLarge
from document_capture.straighten import to_jpeg
from tests.counter_client.faces import GREEN, somebody


def sent(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def test_a_picture_of_a_camera_is_opened() -> None:
    image = await opened(sent(to_jpeg(somebody(GREEN, (1280, 720)), 90)))

    assert image.shape == (720, 1280, 3)
    assert np.allclose(image.mean((0, 1)), GREEN, atol=3)


@given(st.text(max_size=300) | st.binary(max_size=300).map(sent))
def test_what_is_no_jpeg_is_not_even_opened(picture: str) -> None:
    assume(not picture.startswith("/9j/"))  # a JPEG's first bytes
    with pytest.raises(NotTaken):
        asyncio.run(opened(picture))


@settings(max_examples=8, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_that_only_begin_as_a_jpeg_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        asyncio.run(opened(sent(b"\xff\xd8\xff" + data)))


async def test_a_picture_larger_than_the_page_makes_is_refused() -> None:
    with pytest.raises(TooLarge):
        await opened("A" * (LARGEST_PICTURE * 4 // 3 + 1))
    wide = np.zeros((40, LONGEST_SIDE + 1, 3), np.uint8)
    with pytest.raises(TooLarge):
        await opened(sent(to_jpeg(wide, 50)))
