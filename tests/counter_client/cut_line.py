"""A line to a printer that is cut on purpose: a TCP relay on this machine."""

import asyncio
import contextlib
import enum

LARGEST = 65_536
DOCUMENT = b"%PDF-"


class Cut(enum.Enum):
    """Where one connection is cut."""

    NOWHERE = "nowhere"
    AT_ONCE = "at once"
    IN_THE_REQUEST = "in the request"
    BEFORE_THE_ANSWER = "before the answer"


class CutLine:
    """Passes connections on to ``port``; ``cuts`` says what happens to the n-th.

    With ``halves`` the first document that comes by is cut in its middle.
    """

    def __init__(self, port: int) -> None:
        self.port = 0
        self.cuts: dict[int, Cut] = {}
        self.down = False
        self.halves = False
        self.seen = 0
        self._to = port
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def open(self) -> "CutLine":
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Stop listening, and let go of every connection."""
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.seen += 1
        cut = Cut.AT_ONCE if self.down else self.cuts.get(self.seen, Cut.NOWHERE)
        try:
            with contextlib.suppress(ConnectionError):
                if cut is not Cut.AT_ONCE:
                    await self._pass_on(reader, writer, cut)
        finally:
            writer.close()
            self._serving.discard(task)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: Cut
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        if cut is Cut.IN_THE_REQUEST:
            back.write((await reader.read(LARGEST))[:-200])
            await back.drain()
            back.close()
            return
        up = asyncio.create_task(self._copy(reader, back))
        try:
            answer = await there.read(LARGEST)
            while answer and cut is not Cut.BEFORE_THE_ANSWER:
                writer.write(answer)
                await writer.drain()
                answer = await there.read(LARGEST)
        finally:
            up.cancel()
            back.close()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(LARGEST):
            at = data.find(DOCUMENT)
            if self.halves and at >= 0:
                self.halves = False
                data = data[: at + (len(data) - at) // 2]
                writer.write(data)
                await writer.drain()
                writer.close()
                return
            writer.write(data)
            await writer.drain()
