"""Pages over real HTTP: what the server's receipt means, and what may come late."""

import asyncio
import contextlib
import json
from pathlib import Path

import msgspec
import pytest

from casework.errors import NotStored
from casework.paperwork import Paperwork
from casework.stores.objects import Objects
from counter_client.letters import Letter
from counter_client.office import OfficeSaysNo
from counter_client.uploader import Uploader
from protocol.ids import CaseId
from protocol.states import CaseState
from tests.builders import FONTS, Office, a_jpeg
from tests.signaling.sender import PAPER, a_sender
from tests.signaling.site import Site


class LossyObjects(Objects):
    """An object store that takes everything and keeps it badly."""

    fault = ""

    async def put(self, key: str, data: bytes) -> None:
        if self.fault == "lost":
            return
        if self.fault == "cut":
            data = data[:-1]
        if self.fault == "damaged":
            data = data[:-1] + bytes([data[-1] ^ 1])
        await super().put(key, data)


@pytest.mark.parametrize("fault", ["lost", "cut", "damaged"])
async def test_what_the_store_does_not_give_back_is_not_called_stored(
    office: Office, fault: str
) -> None:
    case = await office.opened()
    objects = LossyObjects(str(office.folder / "lossy"))
    papers = Paperwork(office.store, objects, office.authority, FONTS)
    objects.fault = fault

    with pytest.raises(NotStored):
        await papers.keep_bytes(case.id, "page", a_jpeg())

    objects.fault = ""
    key = await papers.keep_bytes(case.id, "page", a_jpeg())
    assert await papers.read_bytes(case.id, key) == a_jpeg()


async def test_a_page_is_sent_and_stored_once(site: Site, tmp_path: Path) -> None:
    async with a_sender(site, tmp_path) as sender:
        sender.letter()
        uploader = Uploader(sender.office, sender.outbox)
        uploader.follow(sender.session)

        async def refused(_letter: Letter, code: str) -> None:
            raise AssertionError(code)

        sending = asyncio.create_task(uploader.run(refused))
        await sender.delivered()
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending

        assert await sender.logged() == ["page-stored", "original-stored"]


async def test_a_page_waits_while_the_store_loses_what_it_is_given(
    site: Site, tmp_path: Path
) -> None:
    async with a_sender(site, tmp_path) as sender:
        lossy = LossyObjects(str(tmp_path / "lossy"))
        lossy.fault = "lost"
        site.services.papers._objects = lossy
        letter = sender.letter()
        preview = letter.pieces[0]

        with pytest.raises(OfficeSaysNo) as refused:
            await sender.send(letter, preview)
        assert (refused.value.code, refused.value.status) == ("not-stored", 503)
        lossy.fault = ""
        await sender.announce(letter, preview)
        path = f"/api/terminal/uploads/{preview.id}"
        raw = await sender.office.put_chunk(path, preview.size, b"", 10)

        assert json.loads(raw) == {"here": preview.size, "stored": True}


async def test_who_did_not_hear_the_receipt_hears_it_again(
    site: Site, tmp_path: Path
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()
        for piece in letter.pieces:
            await sender.send(letter, piece)

        for piece in letter.pieces:
            assert await sender.announce(letter, piece)

        assert await sender.logged() == ["page-stored", "original-stored"]


async def test_a_page_that_was_taken_out_does_not_come_back_with_a_late_chunk(
    site: Site, tmp_path: Path
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()
        preview, page, _ = letter.pieces
        await sender.send(letter, preview)
        await sender.desk.say(
            type="remove-page",
            step="r1",
            case=sender.case,
            material=PAPER,
            page=letter.page,
        )

        assert await sender.announce(letter, preview)
        with pytest.raises(OfficeSaysNo, match="not-found"):
            await sender.announce(letter, page)

        case = await site.services.cases.ledger.store.load(sender.case)
        assert case.material(PAPER).pages == ()


@pytest.mark.parametrize(
    ("state", "welcome"),
    [(CaseState.SUBMITTED, True), (CaseState.WITHDRAWN, False)],
)
async def test_after_the_visit_only_originals_of_an_application_are_taken(
    site: Site, tmp_path: Path, state: CaseState, welcome: bool
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()
        preview, page, original = letter.pieces
        for piece in (preview, page):
            await sender.send(letter, piece)
        now = site.services.clock.now()
        await sender.change(lambda old: old.with_changes(now, state=state))
        ticket = sender.session.ticket.id
        await sender.counter.say(type="leave-counter", step="l1", ticket=ticket)

        other = msgspec.structs.replace(page, id="e" * 32)
        with pytest.raises(OfficeSaysNo, match="not-found"):
            await sender.announce(letter, other)
        if not welcome:
            with pytest.raises(OfficeSaysNo, match="not-found"):
                await sender.announce(letter, original)
            return
        await sender.send(letter, original)

        case = await site.services.cases.ledger.store.load(CaseId(sender.case))
        assert case.material(PAPER).pages[0].original
