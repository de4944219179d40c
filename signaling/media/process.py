"""The media worker as a process: started, told to stop, stopped in order."""

import asyncio
import gc
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

GARBAGE_AFTER = 7_000
"""New objects until the collector looks by itself: a packet makes a few that live
for a second, and looking after every 700 costs a packet in twenty."""
TIDY_EVERY = 0.5


async def _tidy(worker: Worker) -> None:
    """Free what closed legs held, soon after they closed and not at every packet."""
    seen = 0
    while True:
        await asyncio.sleep(TIDY_EVERY)
        if worker.closed != seen:
            seen = worker.closed
            gc.collect()


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
        asyncio.create_task(_tidy(worker)),
    ]
    await stopping.wait()
    for task in beside:
        task.cancel()
    server.close()
    worker.stop()
    await book.flush()


def main(host: str, port: int, control: Path, journals: Path) -> None:
    """Run one worker with uvloop."""
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    uvloop.run(run_worker(host, port, control, journals))
