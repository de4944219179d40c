"""A picture is taken once, however many ask for it."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from counter_client.calibration import Calibration
from counter_client.device import open_device
from counter_client.outbox import Outbox
from counter_client.tray import Shot, Tray
from counter_client.uploader import Uploader
from document_capture.images import Image
from protocol.ids import CaseId, MaterialId
from protocol.scan_messages import CaptureFailed
from tests.counter_client.kiosk import SmallOffice, StillCamera
from tests.document_capture.test_guidance import FRAME
from tests.document_capture.test_page import SIZE

SHOT = Shot(case=CaseId("c" * 32), material=MaterialId("articles"))


class CountingCamera(StillCamera):
    """Shows one picture, and knows how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = FRAME
        self.asked = 0

    def frame(self) -> Image:
        self.asked += 1
        return super().frame()


async def test_a_hand_that_presses_while_the_picture_takes_itself_gets_that_picture(
    tmp_path: Path,
) -> None:
    told: list[str] = []

    async def say(failed: CaptureFailed) -> None:
        told.append(failed.reason)

    camera = CountingCamera()
    outbox = Outbox(tmp_path / "outbox", open_device(tmp_path))
    tray = Tray(camera, Uploader(SmallOffice(), outbox), say)

    first, second = await asyncio.gather(tray.shoot(SHOT), tray.shoot(SHOT))

    assert (camera.asked, first, told) == (1, second, [first])
    await tray.shoot(SHOT)
    assert camera.asked == 2


@pytest.mark.parametrize(
    ("wide", "why"), [(SIZE[0], "page-too-far"), (SIZE[0] + 1, "")]
)
async def test_a_calibration_of_this_picture_size_says_how_many_dots_a_paper_has(
    tmp_path: Path, wide: int, why: str
) -> None:
    async def say(_: CaptureFailed) -> None:
        pass

    outbox = Outbox(tmp_path / "outbox", open_device(tmp_path))
    tray = Tray(CountingCamera(), Uploader(SmallOffice(), outbox), say)
    before = await tray.shoot(SHOT)
    tray.calibration = Calibration(
        width=wide,
        height=SIZE[1],
        dpi_x=60,
        dpi_y=60,
        tilt=0,
        blur_mm=0,
        evenness=1,
        brightness=230,
    )

    again = await tray.shoot(msgspec.structs.replace(SHOT, same_again=True))

    assert again == (why or before)
