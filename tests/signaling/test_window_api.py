"""A window sends a holder's document; the server reads it once and keeps nothing."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.papers import a_card
from counter_client.cameras import FRAME_SIZE
from counter_client.specimens import on_desk
from counter_client.window_document import picture_of
from document_capture.mrz import parse
from tests.signaling.holder import HELD, NumberReader, releasing_by
from tests.signaling.print_desk import CODE, NUMBER, a_photo, an_issued_case
from tests.signaling.site import Site, serving

PDF = b"%PDF-1.7"


class Window:
    """A terminal that asks the server, and the reader behind it."""

    def __init__(self, site: Site, reader: NumberReader) -> None:
        self.site, self.reader = site, reader

    async def ask(self, path: str, **body: object) -> tuple[int, dict[str, object]]:
        address = f"/api/terminal/{path}"
        head = {"Authorization": self.site.device.proof("POST", address)}
        url = f"{self.site.base}{address}"
        async with self.site.session.post(url, json=body, headers=head) as answer:
            return answer.status, await answer.json()

    async def show(self, number: str = NUMBER) -> tuple[int, str]:
        """Lay a document down; return status and code."""
        status, said = await self.ask(
            "releases/document", number=number, picture=a_photo()
        )
        return status, str(said.get("code", ""))

    async def tries(self) -> int:
        store = self.site.services.cases.ledger.store
        return (await store.numbered(NUMBER)).release_tries


@pytest.fixture
async def window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Window]:
    async with serving(releasing_by(tmp_path, "either")) as site:
        await site.enrol()
        await an_issued_case(site, PDF, HELD)
        reader = NumberReader()
        monkeypatch.setattr(site.services.readings, "_reader", reader)
        yield Window(site, reader)


async def test_a_window_learns_what_opens_a_release(window: Window) -> None:
    status, said = await window.ask("release-ways", number=NUMBER)

    assert (status, said) == (200, {"ways": ["code", "document"]})
    assert (await window.ask("release-ways", number="1"))[1] == {"code": "bad-number"}


async def test_the_holders_document_releases_and_another_one_is_a_try(
    window: Window,
) -> None:
    window.reader.number = "A123456(4)"
    assert await window.show() == (400, "wrong-release-document")
    assert await window.tries() == 1

    window.reader.number = " a123456 (3)"
    assert await window.show() == (200, "")
    assert await window.tries() == 0


async def test_what_cannot_be_read_for_sure_is_told_and_costs_no_try(
    window: Window,
) -> None:
    window.reader.verified = False
    assert await window.show() == (400, "document-unreadable")
    window.reader.verified, window.reader.number = True, ""
    assert await window.show() == (400, "document-unreadable")
    window.reader.broken = True
    assert await window.show() == (400, "document-unreadable")

    assert await window.tries() == 0


async def test_after_five_other_documents_nothing_is_read_any_more(
    window: Window,
) -> None:
    window.reader.number = "B7654321"
    for _ in range(5):
        assert await window.show() == (400, "wrong-release-document")

    window.reader.number = HELD
    assert await window.show() == (423, "release-locked")
    said = await window.ask("releases", number=NUMBER, code=CODE)
    assert (said[0], window.reader.pictures) == (423, 5)


async def test_a_window_does_not_try_faster_than_people_do(window: Window) -> None:
    window.reader.verified = False

    said = [(await window.show())[1] for _ in range(12)]

    assert said[-1] == "too-many-tries"
    assert window.reader.pictures == 10


async def test_what_is_no_picture_is_refused_before_it_is_read(window: Window) -> None:
    for picture in ("", "!", base64.b64encode(b"%PDF-1.7").decode()):
        said = await window.ask("releases/document", number=NUMBER, picture=picture)
        assert said == (400, {"code": "bad-request"})

    assert window.reader.pictures == 0


async def test_nothing_of_the_document_is_stored_or_logged(
    window: Window, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("signaling", "casework", "aiohttp"):
        caplog.set_level(logging.DEBUG, logger=name)
    before = {path for path in (tmp_path / "data").rglob("*") if path.is_file()}
    window.reader.number = "B7654321"
    await window.show()
    window.reader.number = HELD
    await window.show()

    said = [one.said for one in await window.site.services.cases.ledger.store.entries()]
    assert [(one.kind, one.facts.get("opened-by")) for one in said[-2:]] == [
        ("wrong-release-document", None),
        ("licence-released", "document"),
    ]
    after = {path for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert after == before
    told = f"{said} {caplog.text} {[vars(one) for one in caplog.records]}"
    for number in ("B7654321", "A1234563", HELD, NUMBER):
        assert number not in told


async def test_a_passport_under_the_camera_releases_the_licence(
    tmp_path: Path,
) -> None:
    lines = (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    )
    frame, _ = on_desk(a_card(lines), FRAME_SIZE, 4.0, 5)
    card = await asyncio.to_thread(picture_of, frame)
    async with serving(releasing_by(tmp_path, "document")) as site:
        await site.enrol()
        await an_issued_case(site, PDF, parse(lines).number)
        window = Window(site, NumberReader())
        picture = base64.b64encode(card).decode()

        status, said = await window.ask(
            "releases/document", number=NUMBER, picture=picture
        )

        assert (status, sorted(said)) == (200, ["job", "sha256", "size"])
        code = await window.ask("releases", number=NUMBER, code=CODE)
        assert code == (400, {"code": "release-needs-document"})
