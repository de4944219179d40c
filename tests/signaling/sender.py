"""A terminal that sends one picture at a time, as a test says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from casework.case import Case
from counter_client.letters import Letter, Outgoing, Piece, announcement
from counter_client.office import ServerOffice
from counter_client.outbox import Outbox
from protocol.ids import MaterialId, PageId
from protocol.views import SessionView
from tests.builders import a_jpeg
from tests.signaling.site import Ear, Site, a_call

PAPER = MaterialId("articles")
CHANGES = {"page-stored", "original-stored", "page-removed"}


class Sender:
    """A terminal that sends one picture at a time, as the test says."""

    def __init__(self, site: Site, folder: Path, counter: Ear, desk: Ear) -> None:
        assert counter.session is not None, "in a call"
        self.site, self.counter, self.desk = site, counter, desk
        self.session = msgspec.convert(counter.session, SessionView)
        assert self.session.case is not None, "opened with the call"
        self.case = self.session.case.id
        self.office = ServerOffice(site.base, site.device, site.session)
        self.outbox = Outbox(folder / "outbox", site.device)
        self.outbox.belong_to(self.case)

    def letter(self) -> Letter:
        page = PageId("1" * 32)
        one = a_jpeg()
        outgoing = Outgoing(
            material=PAPER, id=page, preview=one, page=one, original=one
        )
        return self.outbox.put(self.case, outgoing)

    async def announce(self, letter: Letter, piece: Piece, **page: str) -> bool:
        """Say what is coming, with something else about its page."""
        path = f"/api/terminal/uploads/{piece.id}"
        said: dict[str, Any] = announcement(letter, piece)
        said["page"] |= page
        raw = await self.office.ask("POST", path, said)
        return bool(json.loads(raw)["stored"])

    async def send(self, letter: Letter, piece: Piece) -> None:
        path, said = f"/api/terminal/uploads/{piece.id}", announcement(letter, piece)
        await self.office.put_chunk(path, 0, self.outbox.read(piece), 10, said)

    async def delivered(self) -> None:
        for _ in range(1000):
            if not self.outbox.waiting():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("never delivered")

    async def logged(self) -> list[str]:
        entries = await self.site.services.cases.ledger.store.entries()
        kinds = [json.loads(one.leaf)["kind"] for one in entries]
        return [kind for kind in kinds if kind in CHANGES]

    async def change(self, change: Callable[[Case], Case]) -> None:
        await self.site.services.cases.ledger.change(self.case, change)


@contextlib.asynccontextmanager
async def a_sender(site: Site, folder: Path) -> AsyncIterator[Sender]:
    """A terminal in a call, with a folder for what it has to send."""
    async with a_call(site) as (counter, desk, _call):
        yield Sender(site, folder, counter, desk)
