"""A relay for one TCP port that cuts the line at a chosen chunk of an upload."""

import asyncio
import contextlib

CHUNK_BEGINS = b"PUT /api/terminal/uploads/"
HOST = "127.0.0.1"


class Tap:
    """Carries HTTP to a server until the chunk ``at``, then nothing until ``restore``.

    The chunk itself is held back, or let through and only its answer held back.
    """

    def __init__(self, server: int, at: int, *, answers_only: bool = False) -> None:
        self.port = 0
        self.cut = asyncio.Event()
        self.answered = asyncio.Event()
        """The server has said what nobody will hear."""
        self._server = server
        self._at = at
        self._answers_only = answers_only
        self._chunks = 0
        self._lines: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Tap":
        self._door = await asyncio.start_server(self._carry, HOST, 0)
        self.port = self._door.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._door.close()
        for line in list(self._lines):
            line.close()

    def restore(self) -> None:
        """Carry everything again."""
        self.cut.clear()
        self._at = 0
        for line in list(self._lines):
            line.close()

    async def _carry(
        self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter
    ) -> None:
        try:
            far_in, far_out = await asyncio.open_connection(HOST, self._server)
        except OSError:
            near_out.close()
            return
        self._lines |= {near_out, far_out}
        ways = self._up(near_in, far_out), self._down(far_in, near_out)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(*ways)
        for line in (near_out, far_out):
            line.close()
            self._lines.discard(line)

    async def _up(self, near: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        while data := await near.read(65_536):
            self._chunks += data.count(CHUNK_BEGINS)
            if self._at and self._chunks >= self._at:
                self.cut.set()
            if not self.cut.is_set() or self._answers_only:
                far.write(data)
                await far.drain()
        far.close()

    async def _down(
        self, far: asyncio.StreamReader, near: asyncio.StreamWriter
    ) -> None:
        while data := await far.read(65_536):
            if self.cut.is_set():
                self.answered.set()
                continue
            near.write(data)
            await near.drain()
        near.close()
