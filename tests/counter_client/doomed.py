"""A print station and a printer as processes of their own, killed where a test says.

``python -m tests.counter_client.doomed station|printer FOLDER PORT JOB STOP``, where
STOP is ``never``, or ``before 3``: just before the third write to disk. Between two
writes lies every step, so all steps are met.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web

from counter_client.printing.client import PrinterClient
from counter_client.printing.disk import Disk
from counter_client.printing.journal import Journal
from counter_client.printing.patience import Patience
from counter_client.printing.printer import Printer
from counter_client.printing.station import Station
from tests.counter_client.papers import DIGEST, PDF

NEVER = "never"
Write = Callable[[Path, bytes], None]
IMPATIENT = Patience(
    for_a_sheet=20.0,
    for_the_document=0.3,
    for_cancelling=2.0,
    for_an_answer=4.0,
    between_looks_back=0.1,
)


class DeadlyDisk(Disk):
    """A disk that kills this process before or after the n-th write to it."""

    def __init__(self, stop: str) -> None:
        self._when, _, number = stop.partition(" ")
        self._left = int(number or 0)

    def keep(self, path: Path, data: bytes) -> None:
        self._dying(super().keep, path, data)

    def lay(self, path: Path, data: bytes) -> None:
        self._dying(super().lay, path, data)

    def _dying(self, write: Write, path: Path, data: bytes) -> None:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(path, data)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DiskOffice:
    """A server that keeps what it is told in a file."""

    def __init__(self, folder: Path) -> None:
        self._told = folder / "told"

    async def licence(self, _job: str) -> bytes:
        return PDF

    async def job_moved(self, job: str, step: str, _printer: tuple[str, str]) -> None:
        with self._told.open("a") as file:
            file.write(f"{job} {step}\n")


async def station(folder: Path, port: int, job: str, stop: str) -> None:
    """Account for what an earlier run left, then print ``job``."""
    async with aiohttp.ClientSession() as session:
        client = PrinterClient(f"ipp://127.0.0.1:{port}/ipp/print", session)
        journal = Journal(folder / "journal", DeadlyDisk(stop))
        one = Station(journal, DiskOffice(folder), client, IMPATIENT)
        await one.resume()
        await one.print(job, DIGEST, len(PDF))


async def printer(folder: Path, port: int, stop: str) -> None:
    """Print until killed."""
    disk = DeadlyDisk(stop)
    one = Printer(folder / "spool", folder / "tray", port, "Doomed", disk)
    runner = web.AppRunner(one.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)  # noqa: T201  # the test waits for it
    await one.run()


def main() -> None:
    """Run what the arguments name."""
    what, folder, port, job, stop = sys.argv[1:]
    if what == "station":
        asyncio.run(station(Path(folder), int(port), job, stop))
    else:
        asyncio.run(printer(Path(folder), int(port), stop))


if __name__ == "__main__":
    main()
