"""A bad line on purpose: a UDP relay on this machine, between clients and the worker.

It needs no root and no namespaces. A client is given the line's port in place of
the worker's (``through``); every client address gets a socket of its own towards
the worker, as behind a NAT. Both ways may be changed while datagrams flow.
"""

import asyncio
import contextlib
import dataclasses
import heapq
import random
import re
import socket
from collections.abc import Callable

Address = tuple[str, int]

HEADERS = 28
"""Bytes of IPv4 and UDP around a datagram; a line's rate counts them."""
LARGEST = 65_535
BUFFER = 4 * 1024 * 1024
"""Bytes; losses are to be the line's own, not those of a full socket."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Way:
    """What one direction does to datagrams. Times in seconds, by the caller's clock."""

    delay: float = 0.0
    jitter: float = 0.0
    """Up to so much is added to the delay of each datagram."""
    loss: float = 0.0
    """Share of datagrams that vanish, 0 to 1."""
    rate: float = 0.0
    """Bits a second; 0 is without limit."""
    queue: float = 0.2
    """The longest that a datagram waits for the rate; what is behind that is lost."""
    overtaking: bool = False
    """Whether jitter may change the order."""
    seed: int = 1
    cut: bool = False
    sent: int = 0
    lost: int = 0
    _chance: random.Random = dataclasses.field(init=False)
    _free_at: float = 0.0
    _last: float = 0.0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def arrives(self, now: float, size: int) -> float | None:
        """Return when a datagram that is sent ``now`` arrives; ``None`` if never."""
        self.sent += 1
        # Both are drawn for every datagram: a change of one setting in a test
        # does not change what the others do to the datagrams after it.
        unlucky = self._chance.random() < self.loss
        more = self._chance.random() * self.jitter
        begins = max(now, self._free_at) if self.rate else now
        if self.cut or unlucky or begins - now > self.queue:
            self.lost += 1
            return None
        if self.rate:
            begins += (size + HEADERS) * 8 / self.rate
            self._free_at = begins
        at = begins + self.delay + more
        if not self.overtaking:
            at = max(at, self._last)
        self._last = max(at, self._last)
        return at


class Line:
    """Carries datagrams between clients (``address``) and the worker, both ways."""

    def __init__(
        self, worker: Address, up: Way | None = None, down: Way | None = None
    ) -> None:
        """``up`` leads to the worker, ``down`` to the client. Needs a running loop."""
        self.up = up or Way()
        self.down = down or Way(seed=2)
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._near = self._listening(self._from_client)
        self.address: Address = self._near.getsockname()[:2]
        self._far: dict[Address, socket.socket] = {}
        self._flying: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def seen_as(self) -> list[Address]:
        """The addresses that the worker sees now, one per client address."""
        return [far.getsockname()[:2] for far in self._far.values()]

    def through(self, sdp: str) -> str:
        """Return an SDP answer of the worker that leads through this line."""
        host, port = self.address
        here = rf"\g<1>{host} {port} typ"
        return re.sub(r"(a=candidate:(?:\S+ ){4})\S+ \d+ typ", here, sdp)

    def cut(self) -> None:
        """Lose everything, also what is on its way."""
        self.up.cut = self.down.cut = True
        self._flying.clear()

    def restore(self) -> None:
        """Carry datagrams again."""
        self.up.cut = self.down.cut = False

    def rebind(self) -> None:
        """Change the addresses that the worker sees, as a NAT that forgot does."""
        for client, old in list(self._far.items()):
            self._far[client] = self._towards(client)
            self._closed(old)

    def close(self) -> None:
        """Carry nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        for one in (self._near, *self._far.values()):
            self._closed(one)
        self._far.clear()
        self._flying.clear()

    def _listening(self, heard: Callable[[bytes, Address], None]) -> socket.socket:
        host = self._worker[0]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        opened.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            opened.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        opened.bind((host, 0))

        def read() -> None:
            with contextlib.suppress(OSError):
                while True:
                    data, address = opened.recvfrom(LARGEST)
                    heard(data, address)

        self._loop.add_reader(opened.fileno(), read)
        return opened

    def _closed(self, one: socket.socket) -> None:
        self._loop.remove_reader(one.fileno())
        one.close()

    def _towards(self, client: Address) -> socket.socket:
        def heard(data: bytes, _worker: Address) -> None:
            self._carry(self.down, data, lambda: self._near.sendto(data, client))

        return self._listening(heard)

    def _from_client(self, data: bytes, client: Address) -> None:
        if client not in self._far:
            self._far[client] = self._towards(client)

        def deliver() -> None:
            self._far[client].sendto(data, self._worker)

        self._carry(self.up, data, deliver)

    def _carry(self, way: Way, data: bytes, deliver: Callable[[], object]) -> None:
        at = way.arrives(self._loop.time(), len(data))
        if at is None:
            return
        self._count += 1  # equal times keep their order
        heapq.heappush(self._flying, (at, self._count, deliver))
        self._land()

    def _land(self) -> None:
        """Deliver what is due, and come back for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._flying and self._flying[0][0] <= self._loop.time():
            _, _, deliver = heapq.heappop(self._flying)
            with contextlib.suppress(OSError):  # a full or refused port: lost
                deliver()
        if self._flying:
            self._timer = self._loop.call_at(self._flying[0][0], self._land)
