"""Keeps one DTLS handshake going: datagrams out, retries, and how it ended."""

import asyncio
import time
from collections.abc import Callable

from pylibsrtp import Session

from signaling.media.dtls import Dtls, DtlsFailed

SHORTEST_WAIT = 0.01


class Handshake:
    """Drives a ``Dtls`` and says once that it is up, or why it ended."""

    def __init__(
        self,
        dtls: Dtls,
        send: Callable[[bytes], None],
        on_up: Callable[[], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._dtls = dtls
        self._send = send
        self._on_up = on_up
        self._on_end = on_end
        self._retry: asyncio.TimerHandle | None = None
        self._flight_at: float | None = None
        self.round_trip: float | None = None
        """Seconds between our first flight and the answer to it."""

    @property
    def ready(self) -> bool:
        """Whether media can be encrypted and decrypted."""
        return self._dtls.ready

    @property
    def receive(self) -> Session | None:
        """What decrypts the peer's media."""
        return self._dtls.receive

    @property
    def transmit(self) -> Session | None:
        """What encrypts ours."""
        return self._dtls.transmit

    def feed(self, data: bytes) -> None:
        """Take one datagram."""
        before = self._dtls.ready
        if self._flight_at is not None and self.round_trip is None:
            self.round_trip = time.monotonic() - self._flight_at
        self._do(lambda: self._dtls.feed(data))
        if self._dtls.closed_by_peer:
            self._on_end("goodbye")
        elif self._dtls.ready and not before:
            self._on_up()

    def stop(self) -> None:
        """Send nothing more."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _do(self, act: Callable[[], list[bytes]]) -> None:
        self.stop()
        try:
            datagrams = act()
        except DtlsFailed as error:
            self._on_end(f"dtls {error}")
            return
        for datagram in datagrams:
            self._send(datagram)
        if datagrams and self._flight_at is None:
            self._flight_at = time.monotonic()
        wait = self._dtls.timeout()
        if wait is not None:
            loop = asyncio.get_running_loop()
            retry = self._dtls.retry
            self._retry = loop.call_later(
                max(wait, SHORTEST_WAIT), lambda: self._do(retry)
            )
