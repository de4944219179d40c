"""The terminal's own pages and addresses, on 127.0.0.1 and for nobody else.

A page of another origin cannot reach any of this: Host and Origin must be the
terminal's own on every request, so a name that points to 127.0.0.1 does not help.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import WSMsgType, web

from counter_client.agent import Agent
from counter_client.face.opencv_onnx import open_engine
from counter_client.local_answers import HEADERS, show
from counter_client.local_devices import REFUSALS, LocalDevices
from counter_client.office import OfficeSaysNo
from counter_client.phone_invite import phone_routes
from counter_client.print_pages import PrintPages
from counter_client.printing.condition import PrinterUnfit
from counter_client.printing.station import Station
from counter_client.settings import Settings
from counter_client.tray import Shot
from counter_client.window_document import WindowDocument
from counter_client.window_face import WindowFace
from document_capture.files import LARGEST_FILE
from document_capture.pdf_pages import count_pages, draw_page
from protocol.ids import CaseId, MaterialId, PageId
from protocol.messages import Failed
from protocol.wire import LONGEST_FRAME, BadMessage, read_from_terminal

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalServer:
    """Serves the touch pages of one terminal."""

    def __init__(
        self, settings: Settings, agent: Agent, station: Station, devices: LocalDevices
    ) -> None:
        engine = open_engine(Path(settings.face_models))
        log.info("faces at the window: %s", engine.name)
        self._settings = settings
        self._agent = agent
        self._prints = PrintPages(agent.office, station, settings.tray)
        self._holder = WindowDocument(agent, station, self._prints)
        self._face = WindowFace(agent.office, self._prints, engine)
        self._devices = devices
        self._host = f"127.0.0.1:{settings.port}"

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=LARGEST_FILE, middlewares=[self._guard])
        router = app.router
        router.add_get("/local/ws", self.socket)
        router.add_get("/local/items", self.items)
        router.add_get("/local/camera.mjpeg", self.preview)
        router.add_post("/local/shots", self.shoot)
        router.add_post("/local/files/{case}/{material}", self.bring_in)
        router.add_get("/local/pages/{material}/{page}", self.own_page)
        router.add_get("/local/documents/receipt.pdf", self.receipt)
        router.add_get("/local/documents/{name}", self.pages_of)
        router.add_get("/local/documents/{name}/{page}.png", self.page_of)
        self._prints.add_to(app)
        self._holder.add_to(app)
        self._face.add_to(app)
        self._devices.add_to(app)
        router.add_routes(phone_routes(self._agent.office))
        self._add_pages(app)
        return app

    def _add_pages(self, app: web.Application) -> None:
        folder = Path(self._settings.pages_dir)

        async def page(_request: web.Request) -> web.FileResponse:
            return web.FileResponse(folder / "index.html")

        app.router.add_get("/", page)
        app.router.add_get("/window", page)
        app.router.add_get("/calibrate", page)
        if (folder / "assets").is_dir():
            app.router.add_static("/assets", folder / "assets")
        else:
            log.warning("the pages have not been built: run make setup")

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        upgrade = "Upgrade" in request.headers or request.method not in {"GET", "HEAD"}
        foreign = origin != self._settings.origin and (upgrade or origin is not None)
        if request.host != self._host or foreign:
            return _failed("wrong-origin", 403)
        response = await answered(request, handler)
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Join the page to everything the server says, and the other way round."""
        socket = web.WebSocketResponse(heartbeat=10, max_msg_size=LONGEST_FRAME)
        await socket.prepare(request)
        outbox: asyncio.Queue[str] = asyncio.Queue()
        self._agent.listen(outbox.put_nowait)

        async def write() -> None:
            while True:
                await socket.send_str(await outbox.get())

        writing = asyncio.create_task(write())
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                await self._hear(frame.data, outbox)
        finally:
            self._agent.stop_listening(outbox.put_nowait)
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writing
        return socket

    async def _hear(self, frame: str, outbox: "asyncio.Queue[str]") -> None:
        try:
            await self._agent.say(read_from_terminal(frame))
        except BadMessage as error:
            outbox.put_nowait(msgspec.json.encode(Failed(code=error.code)).decode())

    async def items(self, _request: web.Request) -> web.Response:
        """Return the service items; kept so that the page works on a cut line."""
        kept = self._settings.data / "items.json"
        try:
            raw = await self._agent.office.ask("GET", "/api/items")
        except OfficeSaysNo:
            if not kept.exists():
                raise
            raw = kept.read_bytes()
        else:
            with contextlib.suppress(OSError):  # a disk that takes no more
                kept.write_bytes(raw)
        return web.Response(body=raw, content_type="application/json")

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """Show what lies under the camera, as motion JPEG; pages draw the outline."""
        return await show(request, self._agent.watcher.pictures())

    async def shoot(self, request: web.Request) -> web.Response:
        """Photograph the paper; the answer says why not, if not."""
        shot = msgspec.json.decode(await request.read(), type=Shot)
        code = await self._agent.watcher.shoot(shot)
        return _failed(code, 422) if code else web.json_response({})

    async def bring_in(self, request: web.Request) -> web.Response:
        """Take a file in the place of a photograph."""
        shot = Shot(
            case=CaseId(request.match_info["case"]),
            material=MaterialId(request.match_info["material"]),
            replaces=PageId(request.query.get("replaces", "")),
        )
        code = await self._agent.tray.bring_in(shot, await request.read())
        return _failed(code, 422) if code else web.json_response({})

    async def own_page(self, request: web.Request) -> web.Response:
        """Return the small picture of a page that has been sent."""
        material, page = request.match_info["material"], request.match_info["page"]
        if not (material.replace("-", "").isalnum() and page.isalnum()):
            raise web.HTTPNotFound
        address = f"/api/terminal/pages/{material}/{page}"
        picture = await self._agent.office.ask("GET", address)
        return web.Response(body=picture, content_type="image/jpeg")

    async def pages_of(self, request: web.Request) -> web.Response:
        """Return digest and page count of a PDF of the open case."""
        pdf = await self._document(request.match_info["name"])
        count = await asyncio.to_thread(count_pages, pdf)
        digest = hashlib.sha256(pdf).hexdigest()
        return web.json_response({"sha256": digest, "pages": count})

    async def page_of(self, request: web.Request) -> web.Response:
        """Return a page of exactly the bytes that the digest names, as picture."""
        pdf = await self._document(request.match_info["name"])
        digest = hashlib.sha256(pdf).hexdigest()
        if request.query.get("sha256") != digest:
            return _failed("not-these-bytes", 409)
        number = int(request.match_info["page"]) - 1
        picture = await asyncio.to_thread(draw_page, pdf, number)
        return web.Response(body=picture, content_type="image/png")

    async def receipt(self, _request: web.Request) -> web.Response:
        """Return the receipt of the open case, to be taken home as a file."""
        head = {"Content-Disposition": 'attachment; filename="receipt.pdf"'}
        pdf = await self._document("receipt")
        return web.Response(body=pdf, content_type="application/pdf", headers=head)

    async def _document(self, name: str) -> bytes:
        if name not in {"application", "receipt"}:
            raise web.HTTPNotFound
        return await self._agent.office.ask("GET", f"/api/terminal/documents/{name}")


def _failed(code: str, status: int) -> web.Response:
    return web.json_response({"code": code}, status=status)


async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer as ``handler`` does; what a person may read of an error is its code."""
    try:
        return await handler(request)
    except OfficeSaysNo as error:
        return _failed(error.code, error.status)
    except (*REFUSALS, PrinterUnfit) as error:
        return _failed(error.code, 422)
    except web.HTTPException as error:
        code = "file-too-large" if error.status == 413 else "not-found"
        return _failed(code, error.status)
    except (msgspec.DecodeError, ValueError, IndexError):
        return _failed("bad-request", 400)
    except Exception:
        log.exception("local request failed")
        return _failed("internal", 500)
