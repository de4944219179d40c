"""Calls full of ready packets: three cameras and two microphones each."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

from bench.light_client import LightClient
from bench.media_ends import CHECK_EVERY, Count, Listener, Sender
from bench.packets import Media

REPORT_EVERY = 0.1
MOST_STALLS = 100
HURRY_PATIENCE = 200
"""Milliseconds without an arrival after which the rest is taken for lost."""


class NotForwarded(Exception):
    """The server forwards next to nothing of what it is sent."""


class Load:
    """Sends on every sending line of its clients, and counts what comes back."""

    def __init__(self, media: Media, clients: list[LightClient]) -> None:
        self.count = Count()
        self._media = media
        self._known = media.known()
        self._written_off = 0
        self._stalls = 0
        self._senders = [Sender(self, client) for client in clients]
        self._listeners = [Listener(self, client) for client in clients]

    async def run(self, seconds: float) -> None:
        """Send at the pace of cameras and microphones for so long."""
        until = time.monotonic() + seconds
        with self._listening() as listeners:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_reports(listeners, until))
                for sender in self._senders:
                    tasks.create_task(sender.run(until))

    async def hurry(self, seconds: float) -> None:
        """Send so much RTP time as fast as it arrives.

        Nobody reports: the pace is no line's, and an estimate would be of nothing.
        """
        with self._listening():
            begins = min(sender.next for sender in self._senders)
            check = 0.0
            for tenth in range(round(seconds * 10)):
                if time.monotonic() > check:
                    check = time.monotonic() + CHECK_EVERY
                    for sender in self._senders:
                        sender.client.check()
                for sender in self._senders:
                    while sender.next < begins + (tenth + 1) / 10:
                        sender.step()
                await self._caught_up()

    async def _caught_up(self) -> None:
        """Wait until what was sent has arrived, or no more of it does."""
        count, patience = self.count, HURRY_PATIENCE
        while count.received + self._written_off < count.sent:
            before = count.received
            await asyncio.sleep(0.001)
            patience = HURRY_PATIENCE if count.received > before else patience - 1
            if not patience:
                # Also what came before the first key frame is never forwarded.
                self._written_off = count.sent - count.received
                self._stalls += 1
                if self._stalls > MOST_STALLS:
                    raise NotForwarded(f"{count.received} of {count.sent}")

    @contextlib.contextmanager
    def _listening(self) -> Iterator[list[Listener]]:
        loop = asyncio.get_running_loop()
        for one in self._listeners:
            loop.add_reader(one.client.socket.fileno(), one.hear)
        try:
            yield self._listeners
        finally:
            for one in self._listeners:
                loop.remove_reader(one.client.socket.fileno())

    @property
    def media(self) -> Media:
        """What is sent."""
        return self._media

    def is_known(self, payload: bytes) -> bool:
        """Whether some client sent this."""
        return payload in self._known


async def _reports(listeners: list[Listener], until: float) -> None:
    while time.monotonic() < until:
        await asyncio.sleep(REPORT_EVERY)
        for listener in listeners:
            listener.report()
