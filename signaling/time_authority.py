"""Asks time stamp authorities over HTTP (RFC 3161, 3.4), one after the other."""

import asyncio
import concurrent.futures
import datetime as dt
import logging
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from casework.ports import Clock
from casework.signing.time_check import require_reply
from casework.signing.time_reply import LARGEST_REPLY, NoTime
from signaling.bodies import read_answer

log = logging.getLogger(__name__)

ASKED: Final = "application/timestamp-query"
ANSWERED: Final = "application/timestamp-reply"
SECONDS = 4.0
"""For one authority to answer: somebody sits and waits while it thinks."""
REST = 30.0
"""Seconds for which one that failed is not asked again, so that nobody waits twice."""


class RemoteTime:
    """A ``TimeSource``: the first of several authorities that answers well.

    Network work runs on the loop on which this was made; ``reply`` is called from
    other threads.
    """

    def __init__(
        self,
        urls: Sequence[str],
        roots: Sequence[bytes],
        clock: Clock,
        seconds: float = SECONDS,
    ) -> None:
        """``roots`` are certificates (DER) under which an authority is believed."""
        self._seconds = seconds
        self._servers = [_Server(url) for url in urls]
        self._roots = tuple(roots)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        timeout = aiohttp.ClientTimeout(total=seconds)
        self._session = aiohttp.ClientSession(timeout=timeout)
        # Not the loop's own threads: all of those may be waiting for us.
        self._checker = ThreadPoolExecutor(1, "time-check")

    async def close(self) -> None:
        """Ask nobody any more."""
        await self._session.close()
        self._checker.shutdown(wait=False)

    def reply(self, request: bytes) -> bytes:
        """Return the reply of the first authority whose reply is good.

        Raises:
            NoTime: none of them gave one, or all of them failed a moment ago.
        """
        reasons = []
        for server in self._servers:
            if server.rests_until > self._clock.now():
                continue
            try:
                return self._of(server, request)
            except NoTime as error:
                server.rests_until = self._clock.now() + REST
                reasons.append(str(error))
                told = {"authority": server.name}
                log.warning("time stamp authority: %s", error, extra=told)
        raise NoTime("; ".join(reasons) or "no authority answered a moment ago")

    def _of(self, server: "_Server", request: bytes) -> bytes:
        answer = self._wait(server.asked(self._session, request))
        now = dt.datetime.fromtimestamp(self._clock.now(), dt.UTC)
        checked = self._checker.submit(require_reply, request, answer, self._roots, now)
        checked.result()
        return answer

    def _wait(self, work: Coroutine[Any, Any, bytes]) -> bytes:
        try:
            running = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError as error:  # the loop is closed
            work.close()
            raise NoTime("we are stopping") from error
        try:
            return running.result(self._seconds * 2)
        except concurrent.futures.CancelledError as error:
            raise NoTime("we are stopping") from error
        except TimeoutError as error:
            running.cancel()
            raise NoTime("no answer in time") from error


class _Server:
    """One authority, and until when it is left alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rests_until = 0.0

    @property
    def name(self) -> str:
        """The host, for logs: the address may hold a password."""
        return urlsplit(self.url).hostname or ""

    async def asked(self, session: aiohttp.ClientSession, request: bytes) -> bytes:
        headers = {"Content-Type": ASKED, "Accept": ANSWERED}
        post = session.post(
            self.url, data=request, headers=headers, allow_redirects=False
        )
        try:
            async with post as response:
                if response.status != 200:
                    raise NoTime(f"HTTP {response.status}")
                if response.content_type != ANSWERED:
                    raise NoTime("an answer that is no reply to a time stamp query")
                return await read_answer(response.content, LARGEST_REPLY + 1)
        except TimeoutError as error:
            raise NoTime("no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoTime(type(error).__name__) from error
