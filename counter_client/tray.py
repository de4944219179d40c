"""What lies under the camera or comes as a file, on its way to being pages."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

import msgspec

from counter_client.cameras import Camera, CameraGone
from counter_client.office import OfficeSaysNo
from counter_client.uploader import Outgoing, Uploader
from document_capture.capture import Page, capture, imported
from document_capture.files import open_pages
from document_capture.images import Image, Refused
from protocol.ids import IDENTITY, CaseId, MaterialId, PageId
from protocol.scan_messages import CaptureFailed

log = logging.getLogger(__name__)

NOT_FOUND = "not-found"
"""A page that the clerk took out while it was being sent."""


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page belongs, and what the clerk has overridden for it."""

    case: CaseId
    material: MaterialId
    replaces: PageId = PageId("")
    overridden: str = ""
    why: str = ""


class Tray:
    """Makes pages and sends them, for as long as their applicant is there."""

    def __init__(
        self,
        camera: Camera,
        uploader: Uploader,
        say: Callable[[CaptureFailed], Awaitable[None]],
    ) -> None:
        self.camera = camera
        self._uploader = uploader
        self._say = say
        self._sending: set[asyncio.Task[None]] = set()

    async def shoot(self, shot: Shot) -> str:
        """Photograph, check and send a paper; return why not, or nothing."""
        try:
            frame = await asyncio.to_thread(self.camera.frame)
            page = await asyncio.to_thread(_page_of, frame, shot)
        except (Refused, CameraGone) as error:
            await self._say_failed(shot, error.code)
            return error.code
        self._begin_to_send(shot, [page])
        return ""

    async def bring_in(self, shot: Shot, data: bytes) -> str:
        """Take a file in the place of a photograph; return why not, or nothing."""
        try:
            pages = await asyncio.to_thread(_pages_of, data)
        except Refused as error:
            await self._say_failed(shot, error.code)
            return error.code
        self._begin_to_send(shot, pages)
        return ""

    def forget(self) -> None:
        """Nothing of this applicant is sent, or lies in the camera, any more."""
        for task in self._sending:
            task.cancel()
        self._sending.clear()
        self.camera.close()

    def _begin_to_send(self, shot: Shot, pages: list[Page]) -> None:
        task = asyncio.create_task(self._send(shot, pages))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a page was not sent", exc_info=task.exception())

    async def _send(self, shot: Shot, pages: list[Page]) -> None:
        replaces = shot.replaces
        for one in pages:
            outgoing = Outgoing(
                material=shot.material,
                id=PageId(secrets.token_hex(16)),
                preview=one.preview,
                page=one.page,
                original=one.original,
                replaces=replaces,
                overridden=shot.overridden,
                why=shot.why,
            )
            replaces = PageId("")
            try:
                await self._uploader.send(shot.case, outgoing)
            except OfficeSaysNo as error:
                log.info("page refused", extra={"code": error.code})
                if error.code != NOT_FOUND:
                    await self._say_failed(shot, error.code)
                    return

    async def _say_failed(self, shot: Shot, code: str) -> None:
        failed = CaptureFailed(case=shot.case, material=shot.material, reason=code)
        await self._say(failed)


def _page_of(frame: Image, shot: Shot) -> Page:
    return capture(frame, keep_colours=shot.material == IDENTITY)


def _pages_of(data: bytes) -> list[Page]:
    return [imported(page) for page in open_pages(data)]
