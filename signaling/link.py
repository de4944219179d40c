"""One peer's WebSocket: one task reads it, one task writes it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from protocol.parts import Message

log = logging.getLogger(__name__)

OUTBOX = 256
"""Messages that may wait for one peer. A call needs about ten; more means stuck."""


class Peer(Protocol):
    """Somebody who can be sent a message."""

    def send(self, message: Message) -> None:
        """Queue ``message`` for delivery."""
        ...


class Link:
    """A queue of messages to a peer, and the loop that hears it."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._outbox: asyncio.Queue[str] = asyncio.Queue(OUTBOX)
        self._stuck = asyncio.Event()

    def send(self, message: Message) -> None:
        """Queue ``message``. Never waits: a peer with a full outbox is hung up."""
        self.send_text(msgspec.json.encode(message).decode())

    def send_text(self, text: str) -> None:
        """Queue a message that is encoded already."""
        try:
            self._outbox.put_nowait(text)
        except asyncio.QueueFull:
            self._stuck.set()

    async def run(self, heard: Callable[[str], Awaitable[None]]) -> None:
        """Pass each text frame to ``heard`` until the peer leaves or is hung up."""
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(self._write())
            watching = tasks.create_task(self._hang_up_when_stuck())
            async for frame in self._socket:
                if frame.type is WSMsgType.TEXT:
                    await heard(frame.data)
                elif frame.type is WSMsgType.BINARY:
                    break
            writing.cancel()
            watching.cancel()

    async def _hang_up_when_stuck(self) -> None:
        await self._stuck.wait()
        await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)

    async def _write(self) -> None:
        while True:
            text = await self._outbox.get()
            try:
                await self._socket.send_str(text)
            except ConnectionError:
                return
