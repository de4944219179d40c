"""An auditor outside, a server that answers, and files that were saved."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from casework.ports import Entry
from signaling.cli import main
from signaling.exit_codes import Exit
from tests.builders import NOON
from tests.signaling.site import Site, serving


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with serving(Site(tmp_path)) as open_site:
        yield open_site


async def grow(site: Site, by: int) -> None:
    services = site.services
    for _ in range(by):
        entry = Entry(kind="said", at=NOON, by="somebody")
        await services.cases.ledger.store.append(entry)
    assert await services.evidence.witnessing.round(NOON)


async def get(site: Site, path: str) -> tuple[int, bytes]:
    async with site.session.get(f"{site.base}{path}") as answer:
        return answer.status, await answer.read()


async def command(*words: object) -> int:
    return await asyncio.to_thread(main, list(map(str, words)))


async def test_an_auditor_sees_that_the_log_only_grew(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, newer, proof = (tmp_path / name for name in ("old", "new", "proof"))
    await grow(site, 3)
    saved.write_bytes((await get(site, "/log/checkpoint"))[1])
    await grow(site, 4)
    key = ("--key", site.services.evidence.checkpoints.keys.log)

    asked = await command("audit", saved, *key, "--server", site.base, "--save", newer)

    assert asked == Exit.OK
    assert "The log only grew: 3 → 7" in capsys.readouterr().out
    # The same again without a server, with a proof that was saved.
    proof.write_bytes((await get(site, "/log/consistency?first=3&second=7"))[1])
    assert await command("audit", saved, newer, *key, "--proof", proof) == Exit.OK
    assert await command("audit", newer, saved, *key) == Exit.NOT_GOOD
    other = ("--key", "0" * 64)
    assert await command("audit", saved, newer, *other) == Exit.NOT_GOOD


async def test_nothing_but_digests_is_shown(site: Site) -> None:
    await grow(site, 3)

    for path in ("/log/checkpoint", "/log/entries/1?size=3"):
        status, body = await get(site, path)
        assert status == 200
        assert b"somebody" not in body
        assert b"said" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/log/checkpoint",
        "/log/entries/7?size=3",
        "/log/entries/0?size=x",
        "/log/entries/0",
        "/log/consistency?first=1&second=9999999999999999",
    ],
)
async def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    status, body = await get(site, path)

    assert (status, body) == (404, b'{"code": "not-found"}')


async def test_a_server_that_does_not_answer_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "old"
    saved.write_text("x")
    words = ("--key", "0" * 64, "--server", "http://127.0.0.1:9")

    assert await command("audit", saved, *words) == Exit.CANNOT_START

    assert "http://127.0.0.1:9" in capsys.readouterr().err
