"""Keeps the revocation lists of other authorities fresh: from files, or over HTTP."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from casework.errors import Unreadable
from casework.signing.certificate_files import (
    LARGEST,
    require_newer,
    revocations_in,
)
from signaling.bodies import read_answer

log = logging.getLogger(__name__)

EVERY = 900.0
"""Seconds between two looks: a list is often issued anew each day or hour."""
SECONDS = 10.0
"""For one list to arrive."""
WEB = ("http://", "https://")


class Revocations:
    """The newest list of each place; an old one stays until a newer one is there."""

    def __init__(self, places: Sequence[str], issuers: Sequence[bytes]) -> None:
        """``places`` are files, or addresses that begin with http.

        ``issuers`` are the certificates (DER) of which a list is believed.
        """
        self._places = list(places)
        self._issuers = tuple(issuers)
        self._held: dict[str, bytes] = {}

    def lists(self) -> tuple[bytes, ...]:
        """Return what is held (DER), in the order of the places."""
        return tuple(self._held[one] for one in self._places if one in self._held)

    async def run(self) -> None:
        """Look every quarter of an hour until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.refresh()

    async def refresh(self) -> None:
        """Look at every place once; one that fails is told, and keeps its old list."""
        async with asyncio.TaskGroup() as group:
            for number, place in enumerate(self._places):
                group.create_task(self._look(number, place))

    async def _look(self, number: int, place: str) -> None:
        try:
            data = await _fetched(place) if place.startswith(WEB) else _file(place)
            found = revocations_in(data)
            require_newer(found, self._held.get(place), self._issuers)
            self._held[place] = found
        except (aiohttp.ClientError, OSError, Unreadable) as error:
            told = {"place": number + 1, "kept": place in self._held}
            log.warning(
                "no revocation list of COUNTER_CRLS: %s", _why(error), extra=told
            )


def _why(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _file(place: str) -> bytes:
    with Path(place).open("rb") as file:
        return file.read(LARGEST + 1)


async def _fetched(url: str) -> bytes:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session,
        session.get(url) as response,
    ):
        return await read_answer(response.content, LARGEST + 1)
