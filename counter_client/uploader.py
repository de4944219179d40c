"""Sends pages in chunks that survive a cut line: preview first, then the rest."""

import asyncio
import hashlib
import logging
import secrets

import msgspec

from counter_client.office import OfficeSaysNo, OfficeUnreachable, ServerOffice
from protocol.ids import CaseId, MaterialId, PageId

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
AGAIN_AFTER = 0.5
"""Seconds until a cut transfer is taken up again."""
PATIENCE = 240
"""Attempts: two minutes of a line that is down."""


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A page on its way to the server: three JPEGs and where they belong."""

    material: MaterialId
    id: PageId
    preview: bytes
    page: bytes
    original: bytes
    replaces: PageId = PageId("")
    overridden: str = ""
    why: str = ""


class _Here(msgspec.Struct):
    here: int
    stored: bool = False


class Uploader:
    """Sends one page at a time; the order of its parts is the clerk's patience."""

    def __init__(self, office: ServerOffice) -> None:
        self._office = office
        self._busy = asyncio.Lock()

    async def send(self, case: CaseId, page: Outgoing) -> None:
        """Send preview, page, then the untouched original; returns when all are stored.

        Raises:
            OfficeSaysNo: the server refuses the page, with its reason.
        """
        said = {
            "material": page.material,
            "page": page.id,
            "replaces": page.replaces,
            "overridden": page.overridden,
            "why": page.why,
        }
        about: dict[str, object] = {"case": case, "page": said}
        async with self._busy:
            await self._send_one(about | {"what": "preview"}, page.preview)
            await self._send_one(about | {"what": "page"}, page.page)
            await self._send_one(about | {"what": "original"}, page.original)

    async def _send_one(self, about: dict[str, object], data: bytes) -> None:
        path = f"/api/terminal/uploads/{secrets.token_hex(16)}"
        digest = hashlib.sha256(data).hexdigest()
        announced = about | {"size": len(data), "sha256": digest}
        for attempt in range(PATIENCE):
            try:
                await self._attempt(path, announced, data)
                return
            except OfficeUnreachable:
                log.info("transfer cut", extra={"attempt": attempt})
                await asyncio.sleep(AGAIN_AFTER)
            except OfficeSaysNo as error:
                if error.code != "wrong-offset":
                    raise
        raise OfficeUnreachable

    async def _attempt(
        self, path: str, announced: dict[str, object], data: bytes
    ) -> None:
        raw = await self._office.ask("POST", path, announced)
        here = msgspec.json.decode(raw, type=_Here).here
        stored = False
        while not stored:
            chunk = data[here : here + CHUNK]
            query = f"?offset={here}"
            raw = await self._office.ask("PUT", path, data=chunk, query=query)
            answer = msgspec.json.decode(raw, type=_Here)
            here, stored = answer.here, answer.stored
