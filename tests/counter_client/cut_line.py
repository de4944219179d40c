"""A line to a printer that is cut on purpose: a TCP relay on this machine."""

import asyncio
import contextlib
import enum

LARGEST = 65_536


class Cut(enum.Enum):
    """Where one connection is cut."""

    NOWHERE = "nowhere"
    AT_ONCE = "at once"
    IN_THE_REQUEST = "in the request"
    BEFORE_THE_ANSWER = "before the answer"


class CutLine:
    """Passes connections on to ``port``; ``cuts`` says what happens to the n-th."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.cuts: dict[int, Cut] = {}
        self.down = False
        self.seen = 0
        self._to = port
        self._server: asyncio.Server | None = None

    async def open(self) -> "CutLine":
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Stop listening."""
        assert self._server is not None
        self._server.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.seen += 1
        cut = Cut.AT_ONCE if self.down else self.cuts.get(self.seen, Cut.NOWHERE)
        with contextlib.suppress(ConnectionError):
            if cut is not Cut.AT_ONCE:
                await self._pass_on(reader, writer, cut)
        writer.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: Cut
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        if cut is Cut.IN_THE_REQUEST:
            back.write((await reader.read(LARGEST))[:-200])
            await back.drain()
            back.close()
            return
        up = asyncio.create_task(_copy(reader, back))
        answer = await there.read(LARGEST)
        if cut is not Cut.BEFORE_THE_ANSWER:
            while answer:
                writer.write(answer)
                await writer.drain()
                answer = await there.read(LARGEST)
        up.cancel()
        back.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(LARGEST):
        writer.write(data)
        await writer.drain()
