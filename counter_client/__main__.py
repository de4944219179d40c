"""Run the agent of one terminal: ``python -m counter_client``."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from pathlib import Path

import aiohttp
from aiohttp import web

from counter_client.agent import Agent
from counter_client.applicant import Applicant
from counter_client.camera_settings import Controls, Crop
from counter_client.device import open_device
from counter_client.local_devices import LocalDevices
from counter_client.local_server import LocalServer
from counter_client.office import OfficeSaysNo, ServerOffice
from counter_client.outbox import Outbox
from counter_client.printing.client import PrinterClient
from counter_client.printing.journal import Journal
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from counter_client.printing.tray_eye import CameraEye, NoEye, TrayEye
from counter_client.real_camera import RealCamera
from counter_client.settings import PREFIX, Settings
from counter_client.specimens import Specimens
from counter_client.sticks import Sticks
from counter_client.v4l2 import open_camera, open_v4l2
from document_capture import page_model
from document_capture.page_model import PageModel, PageModelUnusable
from document_capture.threads import use_one_thread
from protocol.settings import BadSetting, read_settings

log = logging.getLogger("counter_client")

BAD_SETTING, PORT_TAKEN = 2, 4


async def run_terminal(settings: Settings) -> None:
    """Run everything of one terminal until SIGTERM or SIGINT."""
    device = open_device(settings.data)
    specimens = Specimens(Path(settings.fonts_dir))
    async with contextlib.AsyncExitStack() as closing:
        session = await closing.enter_async_context(aiohttp.ClientSession())
        office = ServerOffice(settings.server_url, device, session)
        if settings.enrol_code:
            await _enrol(office, settings)
        camera = open_camera(settings.camera, settings.camera_controls, specimens)
        outbox = Outbox(settings.data / "outbox", device)
        agent = Agent(office, camera, outbox)
        closing.push_async_callback(agent.close)
        work = [asyncio.create_task(agent.run())]
        if settings.simulated_applicant:
            applicant = Applicant(agent, settings.data / "pocket", settings.thinks)
            work.append(asyncio.create_task(applicant.run()))
        else:
            work += await _open_to_people(settings, agent, office, session, closing)
        log.info("terminal ready", extra={"terminal": device.id})
        await _until_stopped()
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def _enrol(office: ServerOffice, settings: Settings) -> None:
    try:
        await office.enrol(settings.enrol_code, settings.name)
    except OfficeSaysNo as error:
        # After a restart the code is used up, and the device is known already.
        log.warning("enrolment code not accepted: %s", error.code)


async def _open_to_people(
    settings: Settings,
    agent: Agent,
    office: ServerOffice,
    session: aiohttp.ClientSession,
    closing: contextlib.AsyncExitStack,
) -> list[asyncio.Task[None]]:
    """Serve the touch pages and the print station; return what runs beside."""
    work = []
    address = settings.printer_url
    if not address:
        printer = await _own_printer(settings, closing)
        address = printer.uri
        work.append(asyncio.create_task(printer.run()))
    client = PrinterClient(address, session)
    journal = Journal(settings.data / "print-jobs")
    station = Station(journal, office, client, eye=_tray_eye(settings, closing))
    work.append(asyncio.create_task(station.resume()))
    work.append(asyncio.create_task(station.clear_up()))
    sticks = Sticks(Path(settings.sticks_dir))
    devices = LocalDevices(settings, agent, sticks)
    pages = LocalServer(settings, agent, station, devices).app()
    await _serve(pages, settings.port, closing)
    return work


def _tray_eye(settings: Settings, closing: contextlib.AsyncExitStack) -> TrayEye:
    if not settings.tray_camera:
        return NoEye()
    opener = functools.partial(open_v4l2, settings.tray_camera, Controls())
    camera = RealCamera(opener, Crop())
    closing.callback(camera.close)
    return CameraEye(camera)


async def _own_printer(
    settings: Settings, closing: contextlib.AsyncExitStack
) -> Printer:
    spool = settings.data / "printer"
    printer = Printer(spool, settings.tray, settings.printer_port, settings.name)
    await _serve(printer.app(), settings.printer_port, closing)
    return printer


async def _serve(
    app: web.Application, port: int, closing: contextlib.AsyncExitStack
) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", port).start()


async def _until_stopped() -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()


def _look_through(network: str) -> None:
    """Let all searches for pages ask a network, if there is one."""
    try:
        page_model.use(PageModel(Path(network)) if network else None)
    except PageModelUnusable as error:
        raise BadSetting(f"TERMINAL_PAGE_MODEL: cannot be used: {network}") from error


def main() -> int:
    """Read the settings and run; the exit status says what was wrong."""
    logging.basicConfig(
        level=os.environ.get("LOG", "INFO"), format="%(levelname)s %(name)s %(message)s"
    )
    for noisy in ("aioice", "aiortc"):  # every candidate pair, with addresses
        logging.getLogger(noisy).setLevel(logging.WARNING)
    use_one_thread()
    try:
        settings = read_settings(Settings, PREFIX, os.environ)
        settings.check()
        _look_through(settings.page_model)
    except BadSetting as error:
        print(f"counter terminal: {error}", file=sys.stderr)  # noqa: T201  # to whoever typed it
        return BAD_SETTING
    try:
        asyncio.run(run_terminal(settings))
    except OSError as error:
        print(f"counter terminal: {error.strerror}", file=sys.stderr)  # noqa: T201  # as above
        return PORT_TAKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
