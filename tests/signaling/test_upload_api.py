"""Pages over real HTTP: what the server's receipt means, and what may come late."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from casework.case import Case
from casework.errors import NotStored
from casework.paperwork import Paperwork
from casework.stores.objects import Objects
from counter_client.letters import Letter, Outgoing, Piece, announcement
from counter_client.office import OfficeSaysNo, ServerOffice
from counter_client.outbox import Outbox
from counter_client.uploader import Uploader
from protocol.ids import CaseId, MaterialId, PageId
from protocol.states import CaseState
from protocol.views import SessionView
from tests.builders import FONTS, Office, a_jpeg
from tests.signaling.site import Ear, Site, a_call

PAPER = MaterialId("articles")
CHANGES = {"page-stored", "original-stored", "page-removed"}


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


class Sender:
    """A terminal that sends one picture at a time, as the test says."""

    def __init__(self, site: Site, folder: Path, counter: Ear) -> None:
        assert counter.session is not None, "in a call"
        self.site = site
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


async def test_a_page_is_sent_and_stored_once(site: Site, tmp_path: Path) -> None:
    async with a_call(site) as (counter, _desk, _call):
        sender = Sender(site, tmp_path, counter)
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
    async with a_call(site) as (counter, _desk, _call):
        sender = Sender(site, tmp_path, counter)
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
    async with a_call(site) as (counter, _desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()
        for piece in letter.pieces:
            await sender.send(letter, piece)

        for piece in letter.pieces:
            assert await sender.announce(letter, piece)

        assert await sender.logged() == ["page-stored", "original-stored"]


async def test_a_page_that_was_taken_out_does_not_come_back_with_a_late_chunk(
    site: Site, tmp_path: Path
) -> None:
    async with a_call(site) as (counter, desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()
        preview, page, _ = letter.pieces
        await sender.send(letter, preview)
        await desk.say(
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
    async with a_call(site) as (counter, _desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()
        preview, page, original = letter.pieces
        for piece in (preview, page):
            await sender.send(letter, piece)
        now = site.services.clock.now()
        await sender.change(lambda old: old.with_changes(now, state=state))
        ticket = sender.session.ticket.id
        await counter.say(type="leave-counter", step="l1", ticket=ticket)

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


@pytest.mark.parametrize(
    "said",
    [
        {"page": ""},
        {"page": "../../../../tmp/evil"},
        {"page": "1" * 32 + "-original"},
        {"page": "1" * 70_000},
        {"replaces": "../1"},
        {"way": "signer-link"},
    ],
    ids=["empty", "elsewhere", "another's original", "long", "replaces", "way"],
)
async def test_a_page_has_a_proper_name_and_does_not_say_how_it_came(
    site: Site, tmp_path: Path, said: dict[str, str]
) -> None:
    async with a_call(site) as (counter, _desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()

        with pytest.raises(OfficeSaysNo, match="bad-request"):
            await sender.announce(letter, letter.pieces[0], **said)


async def test_a_page_on_its_way_comes_too_late_for_a_paper_that_was_refused(
    site: Site, tmp_path: Path
) -> None:
    async with a_call(site) as (counter, desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()
        for piece in letter.pieces[:2]:
            await sender.send(letter, piece)
        late = msgspec.structs.replace(letter, page=PageId("2" * 32))
        preview = msgspec.structs.replace(letter.pieces[0], id="f" * 32)
        await sender.announce(late, preview)
        about = {"case": sender.case, "material": PAPER, "reason": "reason-expired"}
        await desk.say(type="refuse-material", step="r1", **about)

        path = f"/api/terminal/uploads/{preview.id}"
        data = sender.outbox.read(letter.pieces[0])
        with pytest.raises(OfficeSaysNo, match="not-found"):
            await sender.office.put_chunk(path, 0, data, 10)

        case = await site.services.cases.ledger.store.load(sender.case)
        assert case.material(PAPER).reason == "reason-expired"


async def test_a_page_that_the_clerk_takes_anyway_takes_the_place_of_the_old_one(
    site: Site, tmp_path: Path
) -> None:
    async with a_call(site) as (counter, desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()
        for piece in letter.pieces[:2]:
            await sender.send(letter, piece)
        about = {"case": sender.case, "material": PAPER, "reason": "page-blurred"}
        claim = {"overridden": "page-blurred", "why": "all that is left of it"}
        next_one = msgspec.structs.replace(letter, page=PageId("2" * 32))
        preview = msgspec.structs.replace(letter.pieces[0], id="f" * 32)
        with pytest.raises(OfficeSaysNo, match="not-allowed-now"):
            await sender.announce(next_one, preview, **claim)
        failed = {"type": "capture-failed", "replaces": letter.page, **about}
        await counter.socket.send_json(failed)
        await desk.sees(lambda seen: "page-blurred" in json.dumps(seen))

        taken = {"type": "take-anyway", "step": "a1", "why": claim["why"], **about}
        assert (await desk.say(**taken))["type"] == "done"

        shoot = await counter.until(lambda heard: heard["type"] == "shoot-page")
        assert (shoot["replaces"], shoot["why"]) == (letter.page, claim["why"])
        await sender.announce(next_one, preview, **claim)
        # Said again after a cut, it is done, and nothing is photographed once more.
        assert (await desk.say(**taken))["type"] == "done"


async def test_a_page_begun_before_the_refusal_is_late_though_announced_after_it(
    site: Site, tmp_path: Path
) -> None:
    async with a_call(site) as (counter, desk, _call):
        sender = Sender(site, tmp_path, counter)
        letter = sender.letter()
        for piece in letter.pieces[:2]:
            await sender.send(letter, piece)
        begun = msgspec.structs.replace(letter, page=PageId("2" * 32), round=0)
        preview = msgspec.structs.replace(letter.pieces[0], id="f" * 32)
        about = {"case": sender.case, "material": PAPER, "reason": "reason-expired"}
        await desk.say(type="refuse-material", step="r1", **about)

        with pytest.raises(OfficeSaysNo, match="not-found"):
            await sender.announce(begun, preview)
        await sender.announce(msgspec.structs.replace(begun, round=1), preview)
