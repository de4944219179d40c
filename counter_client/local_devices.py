"""Local addresses of what is plugged into a terminal: stick, scanner, calibration."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiohttp import web

from counter_client import calibration
from counter_client.agent import Agent
from counter_client.calibration import Calibration
from counter_client.calibration_target import draw_target
from counter_client.cameras import CameraGone
from counter_client.scanner import Scanner
from counter_client.scanning import ScannerSaysNo
from counter_client.settings import Settings
from counter_client.sticks import FileGone, Listing, Sticks
from counter_client.tray import Shot
from document_capture.capture import Page
from document_capture.images import Refused, TooLarge
from protocol.ids import CaseId, MaterialId

REFUSALS = (Refused, ScannerSaysNo, FileGone, CameraGone)
"""Errors whose ``code`` a person may read."""


class NotNow(Refused):
    """Nobody sits here, or somebody does and the installer must wait."""

    code = "not-allowed-now"


class _Chosen(msgspec.Struct, frozen=True):
    file: str


class _Measured(msgspec.Struct, frozen=True):
    """A calibration with what the page says about it."""

    found: Calibration | None
    advice: list[str]
    other_size: bool = False
    """It was measured on pictures of another size, and is not used any more."""


class LocalDevices:
    """Serves the devices of one terminal to its own page."""

    def __init__(self, settings: Settings, agent: Agent, sticks: Sticks) -> None:
        self._settings = settings
        self._agent = agent
        self._sticks = sticks
        self._scanner = Scanner(settings.scanner)
        self._measured: Calibration | None = None
        # Whose stick is here when the terminal starts is not known.
        self._visited = True
        self._forgetting: asyncio.Future[None] | None = None
        agent.tray.calibration = calibration.load(settings.data)
        agent.listen(self._heard)

    def add_to(self, app: web.Application) -> None:
        """Add the addresses."""
        router = app.router
        router.add_get("/local/stick", self.stick)
        router.add_post("/local/stick/{case}/{material}", self.from_stick)
        router.add_get("/local/scanner", self.scanner)
        router.add_post("/local/scanner/{case}/{material}", self.scan)
        router.add_get("/local/calibration", self.calibrated)
        router.add_get("/local/calibration/target.pdf", self.target)
        router.add_post("/local/calibration/measure", self.measure)
        router.add_post("/local/calibration", self.keep)

    async def stick(self, _request: web.Request) -> web.Response:
        """Return the files of the applicant's stick; nothing while nobody is here."""
        listing = Listing()
        if self._agent.session is not None:
            await self._forgotten()
            listing = await asyncio.to_thread(self._sticks.listing)
        return _json(listing)

    async def from_stick(self, request: web.Request) -> web.Response:
        """Take a listed file in the place of a photograph."""
        case, material = self._open_case(request)
        chosen = msgspec.json.decode(await request.read(), type=_Chosen)
        async with self._clerk_hears(case, material):
            data = await asyncio.to_thread(self._sticks.read, chosen.file)
        shot = self._shot(case, material)
        return _sent(await self._agent.tray.bring_in(shot, data))

    async def scanner(self, _request: web.Request) -> web.Response:
        """Return whether there is a scanner, and if not, why not."""
        there = await self._scanner.there()
        return _json({"there": there, "reason": self._scanner.reason})

    async def scan(self, request: web.Request) -> web.Response:
        """Scan a paper; the scan ends when the visit does."""
        case, material = self._open_case(request)
        begun = self._agent.tray.begun(Shot(case=case, material=material))
        async with self._clerk_hears(case, material):
            pages = await self._scanned(case)
        shot = msgspec.structs.replace(self._shot(case, material), round=begun.round)
        return _sent(await self._agent.tray.send(shot, pages))

    async def _scanned(self, case: CaseId) -> list[Page]:
        scanning = asyncio.ensure_future(self._scanner.scan())

        def heard(_message: str) -> None:
            if not self._is_open(case):
                scanning.cancel()

        self._agent.listen(heard)
        try:
            return await scanning
        except asyncio.CancelledError:
            if scanning.cancelled() and not self._is_open(case):
                raise NotNow from None
            scanning.cancel()
            raise
        finally:
            self._agent.stop_listening(heard)

    @asynccontextmanager
    async def _clerk_hears(
        self, case: CaseId, material: MaterialId
    ) -> AsyncIterator[None]:
        """Tell also the clerk why a scanner or stick gave nothing: they guide."""
        try:
            yield
        except (ScannerSaysNo, FileGone, TooLarge) as error:
            if self._is_open(case):
                shot = Shot(case=case, material=material)
                await self._agent.tray.tell_failed(shot, error.code)
            raise

    def _shot(self, case: CaseId, material: MaterialId) -> Shot:
        """Return where pages belong, unless the applicant has left meanwhile."""
        if not self._is_open(case):
            raise NotNow
        return Shot(case=case, material=material)

    def _open_case(self, request: web.Request) -> tuple[CaseId, MaterialId]:
        case = CaseId(request.match_info["case"])
        if not self._is_open(case):
            raise NotNow
        return case, MaterialId(request.match_info["material"])

    def _is_open(self, case: CaseId) -> bool:
        session = self._agent.session
        return bool(session and session.case and session.case.id == case)

    def _heard(self, _message: str) -> None:
        """Forget what an applicant plugged in as soon as they have left."""
        visited, self._visited = self._visited, self._agent.session is not None
        if visited and not self._visited:
            forget = asyncio.to_thread(self._sticks.forget)
            self._forgetting = asyncio.ensure_future(forget)

    async def _forgotten(self) -> None:
        if self._forgetting is not None:
            await self._forgetting

    async def target(self, _request: web.Request) -> web.Response:
        """Return the sheet to print."""
        pdf = await asyncio.to_thread(draw_target, Path(self._settings.fonts_dir))
        head = {"Content-Disposition": 'inline; filename="calibration.pdf"'}
        return web.Response(body=pdf, content_type="application/pdf", headers=head)

    async def calibrated(self, _request: web.Request) -> web.Response:
        """Return what was saved before, and whether it is of use."""
        found = await asyncio.to_thread(calibration.load, self._settings.data)
        if found is None:
            return _json(_Measured(None, []))
        other = False
        with contextlib.suppress(CameraGone):
            frame = await asyncio.to_thread(self._agent.tray.camera.frame)
            other = not found.fits(frame)
        return _json(_Measured(found, found.advice, other))

    async def measure(self, _request: web.Request) -> web.Response:
        """Measure the sheet that lies under the camera."""
        if self._agent.session is not None:
            raise NotNow
        self._measured = None
        frame = await asyncio.to_thread(self._agent.tray.camera.frame)
        self._measured = await asyncio.to_thread(calibration.measure, frame)
        return _json(_Measured(self._measured, self._measured.advice))

    async def keep(self, _request: web.Request) -> web.Response:
        """Save what was measured last."""
        if self._measured is None or self._agent.session is not None:
            raise NotNow
        await asyncio.to_thread(calibration.save, self._settings.data, self._measured)
        self._agent.tray.calibration = self._measured
        return _json({})


def _json(answer: object, status: int = 200) -> web.Response:
    body = msgspec.json.encode(answer)
    return web.Response(body=body, status=status, content_type="application/json")


def _sent(code: str) -> web.Response:
    """Return why a page is not on its way, or that it is."""
    return _json({"code": code} if code else {}, 422 if code else 200)
