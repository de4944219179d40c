"""What the page of a Citizen's Window asks: release, progress, the sheet that lies."""

import asyncio
import logging
from pathlib import Path

import msgspec
from aiohttp import web

from counter_client.office import OfficeSaysNo, ServerOffice
from counter_client.phone_invite import as_square
from counter_client.printing.condition import PrinterUnfit
from counter_client.printing.journal import Record
from counter_client.printing.station import NotTheseBytes, Station
from document_capture.pdf_pages import draw_page

log = logging.getLogger(__name__)


class _Release(msgspec.Struct, frozen=True):
    number: str
    code: str


class _Released(msgspec.Struct, frozen=True):
    job: str
    sha256: str
    size: int


class _Offered(msgspec.Struct, frozen=True):
    url: str


class PrintPages:
    """Addresses below ``/local`` about printing; ``tray`` is our own printer's."""

    def __init__(self, office: ServerOffice, station: Station, tray: Path) -> None:
        self._office = office
        self._station = station
        self._tray = tray
        self._printing: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        """Add the addresses."""
        app.router.add_get("/local/printer", self.printer)
        app.router.add_post("/local/releases", self.release)
        app.router.add_get("/local/jobs/{job}", self.job)
        app.router.add_post("/local/jobs/{job}/give-up", self.give_up)
        app.router.add_post("/local/jobs/{job}/keep", self.keep)
        app.router.add_get("/local/sheets/{job}.png", self.sheet)

    async def printer(self, _request: web.Request) -> web.Response:
        """Return what somebody has to do at the printer before it prints."""
        try:
            await self._station.require_fit()
        except PrinterUnfit as error:
            return web.json_response({"trouble": error.code})
        return web.json_response({"trouble": ""})

    async def release(self, request: web.Request) -> web.Response:
        """Ask for a licence by number and code, and begin to print it.

        A printer that cannot print is told before the release is used up.
        """
        asked = msgspec.json.decode(await request.read(), type=_Release)
        await self._station.require_fit()
        raw = await self._office.ask("POST", "/api/terminal/releases", asked)
        return self.begin(raw)

    def begin(self, raw: bytes) -> web.Response:
        """Begin to print what the server released; return the job for the page."""
        released = msgspec.json.decode(raw, type=_Released)
        task = asyncio.create_task(self._print(released))
        self._printing.add(task)
        task.add_done_callback(self._printing.discard)
        return web.json_response({"job": released.job})

    async def _print(self, released: _Released) -> None:
        job = released.job
        try:
            await self._station.print(job, released.sha256, released.size)
        except (OfficeSaysNo, NotTheseBytes, PrinterUnfit) as error:
            log.error("print failed", extra={"job": job, "code": error.code})  # noqa: TRY400  # the code says it all

    async def job(self, request: web.Request) -> web.Response:
        """Return how far a print job is, and what to do at the printer."""
        record = self._record(request)
        return web.json_response(
            {
                "state": record.state,
                "told": record.told,
                "trouble": record.trouble,
                "sheet": self._sheet(record.job) is not None,
            }
        )

    async def give_up(self, request: web.Request) -> web.Response:
        """Cancel a job that does not come out."""
        self._station.give_up(self._record(request).job)
        return web.json_response({})

    async def keep(self, request: web.Request) -> web.Response:
        """Return a square with which the holder's phone fetches the licence."""
        job = self._record(request).job
        raw = await self._office.ask("POST", f"/api/terminal/jobs/{job}/credential", {})
        offered = msgspec.json.decode(raw, type=_Offered)
        return web.json_response({"url": offered.url, "svg": as_square(offered.url)})

    async def sheet(self, request: web.Request) -> web.Response:
        """Return a picture of the sheet in the tray of our own printer."""
        path = self._sheet(self._record(request).job)
        if path is None:
            raise web.HTTPNotFound
        picture = await asyncio.to_thread(draw_page, path.read_bytes(), 0)
        return web.Response(body=picture, content_type="image/png")

    def _record(self, request: web.Request) -> Record:
        record = self._station.record(request.match_info["job"])
        if record is None:
            raise web.HTTPNotFound
        return record

    def _sheet(self, job: str) -> Path | None:
        if not job.isalnum():
            return None
        return next(self._tray.glob(f"*-{job}.pdf"), None)
