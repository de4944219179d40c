"""A picture is taken once, however many ask for it."""

import asyncio
from pathlib import Path

from counter_client.device import open_device
from counter_client.outbox import Outbox
from counter_client.tray import Shot, Tray
from counter_client.uploader import Uploader
from document_capture.images import Image
from protocol.ids import CaseId, MaterialId
from protocol.scan_messages import CaptureFailed
from tests.counter_client.kiosk import SmallOffice, StillCamera
from tests.document_capture.test_guidance import FRAME

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
