"""A paper from the applicant's own phone: what is let in, and what is not."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from counter_client.specimens import desk, photographed
from document_capture.files import LARGEST_FILE
from document_capture.straighten import to_jpeg
from signaling.cosign_api import PHONES
from signaling.phone_api import ARRIVING
from signaling.phones import LASTS, MOST_FILES
from tests.builders import FixedClock
from tests.signaling.phone_world import (
    PAPER,
    SPECIMENS,
    Visit,
    a_pdf,
    a_photograph,
    a_scan,
    a_visit_at,
)
from tests.signaling.site import Site


@pytest.fixture
async def visit(site: Site) -> AsyncIterator[Visit]:
    async with a_visit_at(site) as visit:
        yield visit


async def test_a_photograph_from_a_phone_is_a_page_that_the_clerk_sees(
    visit: Visit,
) -> None:
    phone = await visit.opened()

    answer = await phone.send(a_photograph())

    assert answer == (200, {"pages": 1})
    await visit.desk.sees(lambda _: bool(visit.pages() and visit.pages()[0]["sha256"]))
    entries = await visit.site.services.cases.ledger.store.entries()
    stored = [one.said for one in entries]
    facts = next(one.facts for one in stored if one.kind == "page-stored")
    assert (facts["material"], facts["way"]) == (PAPER, "phone")


async def test_the_phone_is_told_what_for_in_the_language_of_the_ticket(
    visit: Visit,
) -> None:
    phone = await visit.phone()

    status, about = await phone.open()

    assert (status, about["language"]) == (200, "en")
    assert about["paper"]["en"] == "Identity document"
    assert 0 < about["seconds"] <= LASTS
    assert await phone.look() == (200, about | {"seconds": about["seconds"]})


async def test_what_opens_the_page_is_in_no_address_that_is_sent(visit: Visit) -> None:
    _, invited = await visit.invite()

    before, _, token = invited["url"].partition("#")

    assert before == f"{visit.site.base}/phone/"
    assert len(bytes.fromhex(token)) == 16


async def test_nobody_is_invited_to_somebody_elses_case(visit: Visit) -> None:
    for paper, case in ((PAPER, "f" * 32), ("other-paper", "")):
        status, answer = await visit.invite(paper, case)
        assert (status, answer["code"]) == (404, "not-found")


async def test_only_the_first_phone_gets_in(visit: Visit) -> None:
    first = await visit.phone()
    bystander = visit.another(f"/phone/#{first.token}")

    assert (await first.open())[0] == 200
    assert await bystander.open() == (409, {"code": "phone-used"})
    assert await bystander.send(a_photograph()) == (410, {"code": "phone-expired"})
    # Its own answer may have been lost: it asks again and is let in.
    assert (await first.open())[0] == 200


async def test_a_token_opens_the_page_and_sends_nothing(visit: Visit) -> None:
    phone = await visit.opened()
    phone.secret = phone.token

    assert await phone.send(a_photograph()) == (410, {"code": "phone-expired"})


async def test_after_ten_minutes_it_is_over(visit: Visit) -> None:
    late, opened = await visit.phone("articles"), await visit.opened()
    phones = visit.site.app[PHONES]

    phones.clock = FixedClock(phones.clock.now() + LASTS + 1)

    for answer in (await late.open(), await opened.send(a_photograph())):
        assert answer == (410, {"code": "phone-expired"})
    assert visit.pages() == []


async def test_a_new_code_for_a_paper_ends_the_one_before(visit: Visit) -> None:
    old, unopened = await visit.opened(), await visit.phone("articles")

    new, other = await visit.opened(), await visit.opened("articles")

    for answer in (await old.look(), await unopened.open()):
        assert answer == (410, {"code": "phone-ended"})
    assert (await new.look())[0] == (await other.look())[0] == 200


async def test_it_ends_with_the_visit(visit: Visit) -> None:
    phone = await visit.opened()
    assert visit.counter.session is not None
    ticket = visit.counter.session["ticket"]["id"]

    await visit.counter.say(type="leave-counter", step="t9", ticket=ticket)

    assert await phone.send(a_photograph()) == (410, {"code": "phone-ended"})


async def test_a_file_that_is_sent_again_is_the_same_page(visit: Visit) -> None:
    phone, file = await visit.opened(), "a" * 32

    answers = [await phone.send(a_photograph(), file) for _ in range(2)]

    assert answers == [(200, {"pages": 1})] * 2
    await visit.desk.sees(lambda _: bool(visit.pages()))
    case = visit.site.services.cases.ledger.store
    entries = [json.loads(one.leaf) for one in await case.entries()]
    assert [one["kind"] for one in entries].count("page-stored") == 1


async def test_a_file_whose_line_was_cut_gives_way_to_the_next(visit: Visit) -> None:
    phone, arriving = await visit.opened(), visit.site.app[ARRIVING]

    async def cut() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        await asyncio.Event().wait()

    first = asyncio.create_task(phone.send(cut()))
    while not arriving.senders:  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0)

    assert await phone.send(a_photograph()) == (200, {"pages": 1})
    assert await first == (400, {"code": "bad-request"})


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    visit: Visit,
) -> None:
    phone = await visit.opened()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        await asyncio.Event().wait()

    size = str(LARGEST_FILE + 1)
    answer = await phone.send(slowly(), **{"Content-Length": size})

    assert answer == (413, {"code": "upload-too-large"})


async def test_a_file_that_does_not_say_its_size_stops_at_the_limit(
    visit: Visit,
) -> None:
    phone = await visit.opened()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1024 * 1024)

    answer = await phone.send(endless())

    assert answer == (413, {"code": "upload-too-large"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "file-empty", id="nothing"),
        pytest.param(b"MZ" + bytes(999), "file-kind", id="a program"),
        pytest.param(b"\xff\xd8\xff" + bytes(999), "file-unreadable", id="half"),
        pytest.param(
            to_jpeg(photographed(desk((1280, 960), 5), 5), 90),
            "page-not-found",
            id="an empty desk",
        ),
    ],
)
async def test_the_phone_is_told_why_a_file_is_no_page(
    visit: Visit, data: bytes, code: str
) -> None:
    phone = await visit.opened()

    assert await phone.send(data) == (422, {"code": code})
    assert visit.pages() == []


async def test_a_scan_is_taken_whole(visit: Visit) -> None:
    phone = await visit.opened("articles")

    assert await phone.send(a_scan("articles")) == (200, {"pages": 1})


async def test_a_pdf_with_more_pages_than_the_paper_has_is_refused(
    visit: Visit,
) -> None:
    phone = await visit.opened()
    pdf = a_pdf(SPECIMENS.paper("articles"), SPECIMENS.paper("premises"))

    assert await phone.send(pdf) == (422, {"code": "phone-no-room"})
    assert visit.pages() == []


async def test_an_accepted_paper_takes_no_more_files(visit: Visit) -> None:
    phone = await visit.opened()
    await phone.send(a_photograph())
    await visit.desk.sees(lambda _: bool(visit.pages() and visit.pages()[0]["sha256"]))
    assert visit.desk.session is not None
    papers = visit.desk.session["case"]["materials"]
    sha256 = next(one["sha256"] for one in papers if one["id"] == PAPER)
    accepted = {"type": "confirm-identity", "step": "d9", "case": visit.case}
    done = await visit.desk.say(**accepted, sha256=sha256)
    assert done["type"] == "done", done

    assert await phone.send(a_photograph()) == (422, {"code": "phone-paper-done"})


async def test_twenty_files_are_enough(visit: Visit) -> None:
    phones, phone = visit.site.app[PHONES], await visit.opened()
    invitation = await phones.of_page(phone.secret)
    for number in range(MOST_FILES):
        await phones.count_file(invitation, f"{number:032x}")

    assert await phone.send(a_photograph()) == (429, {"code": "phone-full"})


async def test_a_phone_that_sends_without_pause_is_slowed_down(visit: Visit) -> None:
    phone = await visit.opened()

    answers = [await phone.send(b"", "a" * 32) for _ in range(12)]

    assert answers[-1] == (429, {"code": "phone-too-fast"})


async def test_the_page_may_do_nothing_but_what_it_is_for(site: Site) -> None:
    async with site.session.get(f"{site.base}/phone/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
