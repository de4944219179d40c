"""The document camera of a window belongs to the visit, if somebody sits there."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from tests.counter_client.kiosk import Kiosk, open_kiosk

NUMBER = "20261122000011"


@pytest.fixture
async def kiosk(tmp_path: Path) -> AsyncIterator[Kiosk]:
    async for one in open_kiosk(tmp_path):
        yield one


async def test_nobody_is_photographed_at_a_window_while_another_has_a_visit(
    kiosk: Kiosk,
) -> None:
    kiosk.camera.picture = np.zeros((40, 40, 3), np.uint8)
    kiosk.sit_down()

    said = await kiosk.post("/local/releases/document", {"number": NUMBER})

    assert said == (422, {"code": "not-allowed-now"})
    there = await kiosk.get("/local/release-camera.mjpeg")
    assert there == {"code": "not-allowed-now"}


async def test_a_printer_that_is_away_is_told_before_anything_is_read(
    kiosk: Kiosk,
) -> None:
    kiosk.camera.picture = np.zeros((40, 40, 3), np.uint8)

    said = await kiosk.post("/local/releases/document", {"number": NUMBER})

    assert said == (422, {"code": "printer-unreachable"})


@pytest.mark.parametrize("body", [{}, {"number": 1}, {"number": NUMBER, "x": ""}])
async def test_what_is_no_request_is_refused(
    kiosk: Kiosk, body: dict[str, object]
) -> None:
    said = await kiosk.post("/local/releases/document", body)

    assert said == (400, {"code": "bad-request"})


async def test_a_terminal_without_face_models_says_that_no_machine_looks(
    kiosk: Kiosk,
) -> None:
    assert await kiosk.get("/local/releases/face") == {"machine": False}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": NUMBER, "why": "tired"},
        {"number": NUMBER, "why": "declined", "more": ""},
    ],
)
async def test_why_a_person_is_to_look_is_one_of_few_words(
    kiosk: Kiosk, body: dict[str, object]
) -> None:
    said = await kiosk.post("/local/releases/face/person", body)

    assert said == (400, {"code": "bad-request"})


@pytest.mark.parametrize(
    "body",
    [
        {"number": NUMBER, "language": "en", "pictures": []},
        {"number": NUMBER, "language": "en", "pictures": ["", ""]},
        {"number": NUMBER, "language": "en", "pictures": [""] * 7},
        {"number": NUMBER, "language": "xx", "pictures": [""] * 3},
        {"number": NUMBER, "language": "en", "pictures": [1, 2, 3]},
    ],
)
async def test_too_few_or_too_many_pictures_are_not_looked_at(
    kiosk: Kiosk, body: dict[str, object]
) -> None:
    said = await kiosk.post("/local/releases/face/pictures", body)

    assert said == (400, {"code": "bad-request"})
