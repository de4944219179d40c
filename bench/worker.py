"""Our media worker as its own process, driven over its control socket."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from bench.light_client import LightClient
from protocol.ids import CallId
from protocol.states import Leg
from signaling.media.control import (
    LONGEST_LINE,
    AddLeg,
    EndCall,
    FromWorker,
    LegAnswer,
    LegRefused,
    ToWorker,
)
from signaling.media.journal_file import journal_key
from signaling.stack import free_ports

RECORDING_KEY = bytes(range(32))
START_WITHIN = 60.0


class Refused(Exception):
    """The worker did not take a leg; the text is its reason."""


class OurWorker:
    """A running ``counter media`` and the connection that gives it orders."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        folder: Path,
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.process = process
        self.journals = folder / "journal"
        self._reader, self._writer = line
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._listening = asyncio.create_task(self._listen())

    @property
    def pid(self) -> int:
        """The process that is measured."""
        return self.process.pid

    async def answer(self, call: str, leg: Leg, sdp: str) -> str:
        """Return the worker's answer to an offer; raises ``Refused``."""
        self._asked += 1
        self._waiting[self._asked] = asyncio.get_running_loop().create_future()
        ask = AddLeg(
            id=self._asked,
            call=CallId(call),
            leg=leg,
            sdp=sdp,
            journal_key=journal_key(RECORDING_KEY).hex(),
        )
        self._say(ask)
        return await self._waiting[ask.id]

    async def join(self, call: str, leg: Leg, client: LightClient) -> None:
        """Connect a light client as one leg of a call."""
        await client.connect(await self.answer(call, leg, client.description()))

    def end(self, call: str) -> None:
        """Close a call."""
        self._say(EndCall(call=CallId(call)))

    def _say(self, ask: ToWorker) -> None:
        self._writer.write(msgspec.json.encode(ask) + b"\n")

    async def _listen(self) -> None:
        decoder: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)
        while line := await self._reader.readline():
            match decoder.decode(line):
                case LegAnswer(id=asked, sdp=sdp):
                    self._waiting.pop(asked).set_result(sdp)
                case LegRefused(id=asked, code=code):
                    self._waiting.pop(asked).set_exception(Refused(code))
                case _:
                    pass

    async def stop(self) -> None:
        """End the process and the connection."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        self._listening.cancel()
        self._writer.close()


async def _connected(
    control: Path,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection as soon as the worker takes one."""
    while True:
        try:
            return await asyncio.open_unix_connection(str(control), limit=LONGEST_LINE)
        except OSError:
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def our_worker(
    folder: Path, host: str = "", code: Path | None = None
) -> AsyncIterator[OurWorker]:
    """Run a worker whose journals lie in ``folder``, with the code of ``code``."""
    control = folder / "media-0.sock"
    env = os.environ | {
        "COUNTER_DATA_DIR": str(folder),
        "COUNTER_MEDIA_CONTROL": str(folder),
        "COUNTER_MEDIA_WORKERS": "1",
        "COUNTER_MEDIA_PORT": str(free_ports(1)[0]),
        "COUNTER_MEDIA_HOST": host,
    }
    command = [sys.executable, "-m", "signaling.media", "--log", "warning"]
    with (folder / "worker.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=code, env=env, stdout=log, stderr=log
        )
    worker = None
    try:
        async with asyncio.timeout(START_WITHIN):
            line = await _connected(control)
        worker = OurWorker(process, folder, line)
        yield worker
    finally:
        if worker is not None:
            await worker.stop()
        elif process.returncode is None:
            process.kill()
