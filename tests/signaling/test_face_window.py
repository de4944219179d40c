"""A real window before a real server, with the real networks: no fakes between them."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from counter_client.face.opencv_onnx import OpencvOnnx
from counter_client.office import ServerOffice
from counter_client.print_pages import PrintPages
from counter_client.printing.client import PrinterClient
from counter_client.printing.journal import Journal
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from counter_client.specimens import Specimens, face
from counter_client.window_face import WindowFace
from document_capture.images import Image
from document_capture.straighten import to_jpeg
from signaling.stack import free_ports
from tests.builders import FONTS
from tests.counter_client.faces import MODELS
from tests.counter_client.papers import sheets_in
from tests.counter_client.test_face_engines import needs_models
from tests.counter_client.window import told
from tests.signaling.face_desk import FaceDesk, a_face_desk
from tests.signaling.print_desk import NUMBER

pytestmark = needs_models
Client = TestClient[web.Request, web.Application]


@contextlib.asynccontextmanager
async def a_window(desk: FaceDesk, folder: Path) -> AsyncIterator[Client]:
    """The addresses of a window with its own printer."""
    [port] = free_ports(1)
    printer = Printer(folder / "spool", folder / "tray", port, "Window")
    runner = web.AppRunner(printer.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    working = asyncio.create_task(printer.run())
    async with aiohttp.ClientSession() as session:
        office = ServerOffice(desk.site.base, desk.site.device, session)
        client = PrinterClient(printer.uri, session)
        station = Station(Journal(folder / "journal"), office, client)
        prints = PrintPages(office, station, folder / "tray")
        pages = web.Application(middlewares=[told], client_max_size=8_000_000)
        prints.add_to(pages)
        WindowFace(office, prints, OpencvOnnx(MODELS)).add_to(pages)
        async with TestClient(TestServer(pages)) as window:
            yield window
    working.cancel()
    await runner.cleanup()


async def shows(window: Client, pictures: list[Image]) -> dict[str, str]:
    sent = [base64.b64encode(to_jpeg(one, 90)).decode() for one in pictures]
    body = {"number": NUMBER, "language": "en", "pictures": sent}
    answer = await window.post("/local/releases/face/pictures", json=body)
    found: dict[str, str] = await answer.json()
    return found


async def test_the_holder_is_known_by_the_portrait_on_their_document(
    tmp_path: Path,
) -> None:
    async with a_face_desk(tmp_path, MODELS) as desk:
        await desk.lay(Specimens(FONTS).paper("identity"))
        await desk.types_the_code()
        async with a_window(desk, tmp_path) as window:
            person = [face(960, 720, at / 3) for at in range(5)]

            said = await shows(window, person)

            async with asyncio.timeout(20):
                while sheets_in(tmp_path / "tray") == 0:  # noqa: ASYNC110  # it tells nobody
                    await asyncio.sleep(0.01)
        job = await desk.site.services.printing.prints.any_job(said["job"])
        assert job.terminal == desk.site.device.id


async def test_nobody_before_the_camera_is_told_and_then_left_to_a_person(
    tmp_path: Path,
) -> None:
    async with a_face_desk(tmp_path, MODELS) as desk:
        await desk.lay(Specimens(FONTS).paper("identity"))
        await desk.types_the_code()
        async with a_window(desk, tmp_path) as window:
            empty = [Specimens(FONTS).paper("articles")[:720, :960]] * 3

            said = [await shows(window, empty) for _ in range(3)]

            assert said == [{"code": "face-none"}, {"code": "face-none"}, {"job": ""}]
        [one] = await desk.waiting()
        assert one["number"] == NUMBER
        assert sheets_in(tmp_path / "tray") == 0


async def test_a_paper_without_a_portrait_is_left_to_a_person(tmp_path: Path) -> None:
    async with a_face_desk(tmp_path, MODELS) as desk:
        await desk.lay(Specimens(FONTS).paper("articles"))
        await desk.types_the_code()
        async with a_window(desk, tmp_path) as window:
            assert await shows(window, [face(960, 720, 0.0)] * 3) == {"job": ""}
