"""A licence released at a window by its holder's document, under the camera.

The picture is made, sent and gone: no file, no page, no case is made of it.
"""

import asyncio
import base64

import msgspec
from aiohttp import web

from counter_client.agent import Agent
from counter_client.cameras import BLANK_DESK, CameraGone
from counter_client.local_answers import show
from counter_client.local_devices import NotNow
from counter_client.print_pages import PrintPages
from counter_client.printing.station import Station
from document_capture.capture import capture
from document_capture.images import Image, scaled
from document_capture.straighten import to_jpeg
from protocol.ids import IDENTITY

LONGEST_SIDE = 2000
"""Pixels of the picture sent: sixteen for a millimetre of a passport's page."""
QUALITY = 88
DOCUMENT = "document"


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


class _Ways(msgspec.Struct, frozen=True):
    ways: list[str]


class WindowDocument:
    """Addresses below ``/local`` of a window whose terminal has a document camera."""

    def __init__(self, agent: Agent, station: Station, prints: PrintPages) -> None:
        self._agent = agent
        self._station = station
        self._prints = prints

    def add_to(self, app: web.Application) -> None:
        """Add the addresses."""
        app.router.add_post("/local/release-ways", self.ways)
        app.router.add_get("/local/release-camera.mjpeg", self.preview)
        app.router.add_post("/local/releases/document", self.release)

    async def ways(self, request: web.Request) -> web.Response:
        """Return what opens a release here; a document only under a camera."""
        asked = msgspec.json.decode(await request.read(), type=_Asked)
        raw = await self._agent.office.ask("POST", "/api/terminal/release-ways", asked)
        found = msgspec.json.decode(raw, type=_Ways).ways
        if DOCUMENT in found and not await self._has_camera():
            found.remove(DOCUMENT)
        return web.json_response({"ways": found})

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """Show what lies under the camera; nothing of it stays when nobody looks."""
        self._require_nobody()
        tray, watcher = self._agent.tray, self._agent.watcher
        tray.camera.lay(IDENTITY)
        try:
            return await show(request, watcher.pictures())
        finally:
            if self._agent.session is None:
                await watcher.ended()
                tray.camera.lay(BLANK_DESK)
                tray.camera.close()

    async def release(self, request: web.Request) -> web.Response:
        """Photograph the document, and begin to print what it releases.

        A printer that cannot print, and a picture that cannot be read, are told
        before anything is tried.
        """
        asked = msgspec.json.decode(await request.read(), type=_Asked)
        self._require_nobody()
        await self._station.require_fit()
        frame = await asyncio.to_thread(self._agent.tray.camera.frame)
        picture = await asyncio.to_thread(picture_of, frame)
        body = {"number": asked.number, "picture": base64.b64encode(picture).decode()}
        address = "/api/terminal/releases/document"
        raw = await self._agent.office.ask("POST", address, body)
        return self._prints.begin(raw)

    async def _has_camera(self) -> bool:
        if self._agent.session is not None:
            return False
        camera = self._agent.tray.camera
        try:
            await asyncio.to_thread(camera.frame)
        except CameraGone:
            return False
        # Most type their code: it looks only where somebody lays a document.
        camera.close()
        return True

    def _require_nobody(self) -> None:
        """The camera belongs to the visit, if there is one at this terminal."""
        if self._agent.session is not None:
            raise NotNow


def picture_of(frame: Image) -> bytes:
    """Return the document in ``frame`` as JPEG, straight, in its own colours.

    Raises:
        Refused: nothing lies there, something else beside it, or what is to be mended
            first.
    """
    page = capture(frame, keep_colours=True).finished()
    return to_jpeg(scaled(page, min(1.0, LONGEST_SIDE / max(page.shape[:2]))), QUALITY)
