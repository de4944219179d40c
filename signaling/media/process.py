"""The media worker as a process: started, told to stop, stopped in order."""

import asyncio
import logging
import os
import signal
from pathlib import Path

import uvloop

from signaling.media.control import LONGEST_LINE
from signaling.media.journal import Journals
from signaling.media.lag import report_load
from signaling.media.port import own_addresses
from signaling.media.worker import Worker

log = logging.getLogger(__name__)


async def run_worker(host: str, port: int, control: Path, journals: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    book = Journals(journals)
    hosts = host.split(",") if host else own_addresses()
    worker = Worker(hosts, port, book)
    worker.start()
    control.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    control.unlink(missing_ok=True)
    before = os.umask(0o177)
    server = await asyncio.start_unix_server(
        worker.serve, str(control), limit=LONGEST_LINE
    )
    os.umask(before)
    log.info("media on %s", worker.gate.addresses)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    beside = [
        asyncio.create_task(book.run()),
        asyncio.create_task(report_load(worker.counted, worker.tell)),
    ]
    await stopping.wait()
    for task in beside:
        task.cancel()
    server.close()
    worker.stop()
    await book.flush()


def main(host: str, port: int, control: Path, journals: Path) -> None:
    """Run one worker with uvloop."""
    uvloop.run(run_worker(host, port, control, journals))
