"""The page that verifies dossiers, in a real browser: from a file, offline."""

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, async_playwright

from casework.archive import pack, unpack
from casework.redact import redact
from casework.signing.sm2_lines import Sm2Known
from casework.signing.sm2_seal import read_sm2_file
from casework.verify_beside import beside, sm2_of_dossier
from casework.verify_dossier import key_fingerprint
from signaling.journey import BROWSERS
from tests.builders import ROOT
from tests.casework.made_dossiers import (
    of_two_signers,
    two_dossiers,
    with_sm2,
    with_two_roots,
)
from tests.casework.mutations import Mutation, flipped, mutations
from tests.sm2_ca import Sm2Ca, referee

CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), "")
PAGE = ROOT / "web/verify/dist/index.html"
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
    pytest.mark.skipif(not PAGE.exists(), reason="the page was not built"),
]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    return asyncio.run(two_dossiers(tmp_path_factory.mktemp("office")))


@asynccontextmanager
async def opened() -> AsyncIterator[Page]:
    """The page as an auditor opens it: from a file, with the network cut."""
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        context = await browser.new_context(locale="en-GB", offline=True)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: complaints.append(line.text) if line.type == "error" else None,
        )
        await page.goto(PAGE.as_uri())
        yield page
        await browser.close()
    assert complaints == []


async def choose(page: Page, dossier: bytes) -> str:
    """Return what the page says of ``dossier``: ``good``, ``partly``, ``bad`` ..."""
    await page.locator("[data-act=choose]").set_input_files(
        FilePayload(name="dossier.zip", mimeType="application/zip", buffer=dossier)
    )
    said = page.locator("[data-verdict]")
    await said.wait_for()
    return str(await said.get_attribute("data-verdict"))


async def found_by_axe(page: Page) -> list[str]:
    await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    found: list[str] = await page.evaluate(
        "axe.run().then((one) => one.violations.map((v) => v.id))"
    )
    return found


async def failing(page: Page) -> str:
    return await page.locator(".wrong").inner_text()


async def test_a_good_dossier_is_good_and_its_keys_are_compared(
    parts: tuple[bytes, bytes],
) -> None:
    async with opened() as page:
        assert await found_by_axe(page) == []
        assert await choose(page, parts[1]) == "good"
        assert await found_by_axe(page) == []
        await page.screenshot(path=ROOT / "var/shots/verify-good.png", full_page=True)

        keys, typed = page.locator("[data-keys]"), page.locator("#published")
        assert await keys.get_attribute("data-keys") == "open"
        await typed.fill(key_fingerprint(parts[1]).upper())
        assert await keys.get_attribute("data-keys") == "same"
        await typed.fill("0" * 64)
        assert await keys.get_attribute("data-keys") == "other"


async def test_the_roots_of_somebody_elses_clock_are_among_the_keys(
    tmp_path: Path,
) -> None:
    dossier = await with_two_roots(tmp_path)
    async with opened() as page:
        assert await choose(page, dossier) == "good"

        await page.locator("#published").fill(key_fingerprint(dossier))

        keys = page.locator("[data-keys]")
        assert await keys.get_attribute("data-keys") == "same"


async def sm2_rows(page: Page) -> list[tuple[str, str, bool, bool]]:
    """Each line about an SM2 signature: check, file, whether it holds, is known."""
    rows = await page.locator(".signatures [data-check]").all()
    found = []
    for one in rows:
        name, holds, known = [
            str(await one.get_attribute(f"data-{mark}"))
            for mark in ("check", "holds", "known")
        ]
        about = (await one.locator("code").inner_text()).split(" ")[0]
        found.append((name, about, holds == "true", known == "true"))
    return found


def by_the_command(dossier: bytes, root: bytes) -> list[tuple[str, str, bool, bool]]:
    """The same lines as ``counter verify --sm2-root`` has them."""
    known = Sm2Known(now=dt.datetime.now(dt.UTC), roots=(root,))
    checks = [*beside(unpack(dossier)[0]), *sm2_of_dossier(dossier, known)]
    order = ("check-sm2-covers", "check-sm2-intact", "check-sm2-chain")
    checks = [one for one in checks if one.about]
    checks.sort(key=lambda one: (one.about, order.index(one.name)))
    return [(one.name, one.about, one.holds, one.known) for one in checks]


async def believe(page: Page, *files: bytes) -> str:
    """Give the page a root certificate and lists, and return what it makes of them."""
    await page.locator("[data-act=sm2-root]").set_input_files(
        [FilePayload(name="root.pem", mimeType="", buffer=one) for one in files]
    )
    await page.locator("[data-roots=given], [data-roots=bad]").wait_for()
    return str(await page.locator("[data-verdict]").get_attribute("data-verdict"))


@referee()
async def test_the_page_says_who_made_sm2_signatures_as_the_command_does(
    tmp_path: Path,
) -> None:
    pytest.importorskip("gmssl_pyx")
    ca, other = Sm2Ca(tmp_path / "ca"), Sm2Ca(tmp_path / "other")
    dossier = await with_sm2(tmp_path, read_sm2_file(ca.seal_file()))
    root, trusted = ca.pem("root.pem"), ca.der("root")
    async with opened() as page:
        assert await choose(page, dossier) == "good"
        said = page.locator("[data-verdict]")
        assert "not confirmed yet" in await said.inner_text()
        assert [one[3] for one in await sm2_rows(page)] == [True, True, False] * 2
        assert await believe(page, b"no certificate") == "good"
        assert await believe(page, root) == "good"
        assert "every check" in await said.inner_text()
        assert await sm2_rows(page) == by_the_command(dossier, trusted)
        assert [one[2] for one in await sm2_rows(page)] == [True] * 6
        assert await found_by_axe(page) == []
        shot = ROOT / "var/shots/verify-sm2.png"
        await page.screenshot(path=shot, full_page=True)
        assert await believe(page, ca.crl("root"), ca.crl("middle")) == "good"
        assert [one[2] for one in await sm2_rows(page)] == [True] * 8
        assert await believe(page, ca.crl("middle", "seal")) == "bad"
        assert "it was revoked" in await failing(page)
        await page.reload()
        await choose(page, dossier)
        assert await believe(page, other.pem("root.pem")) == "bad"
        assert await sm2_rows(page) == by_the_command(dossier, other.der("root"))


@referee()
async def test_the_page_names_what_was_changed_in_sm2_signatures(
    tmp_path: Path,
) -> None:
    pytest.importorskip("gmssl_pyx")
    ca = Sm2Ca(tmp_path / "ca")
    dossier = await with_sm2(tmp_path, read_sm2_file(ca.seal_file()))
    root, members = ca.pem("root.pem"), unpack(dossier)[0]
    one, two = "application.pdf.sm2", "licence.pdf.sm2"
    changes = [
        ({name: flipped(members[name], share)}, name)
        for name in (one, two)
        for share in (0.0, 0.02, 0.31, 0.8, 0.97)
    ]
    changes += [({one: members[two], two: members[one]}, one)]
    changes += [({"licence.pdf": flipped(members["licence.pdf"], 0.5)}, two)]
    async with opened() as page:
        for change, name in changes:
            changed = pack({**members, **change})
            assert await choose(page, changed) == "bad"
            await believe(page, root)
            assert await sm2_rows(page) == by_the_command(changed, ca.der("root"))
            assert name in await failing(page)
            await page.reload()


async def test_what_was_withheld_is_listed(parts: tuple[bytes, bytes]) -> None:
    async with opened() as page:
        left = redact(parts[1], ["materials/identity/*"], ["by"])

        assert await choose(page, left) == "partly"
        assert "file materials/identity/" in await page.locator("main").inner_text()


def some(dossiers: tuple[bytes, bytes]) -> list[Mutation]:
    """Every seventh mutation: a stride that meets every kind of them."""
    return list(mutations(dossiers[1], dossiers[0]))[::7]


async def test_the_page_names_what_was_changed_like_the_command(
    parts: tuple[bytes, bytes],
) -> None:
    tried = 0
    async with opened() as page:
        for what, changed, word in some(parts):
            said = await choose(page, changed)
            assert said in {"bad", "unreadable"}, what
            if said == "bad":
                assert word in await failing(page) or word == "last-entry", what
            tried += 1
            if tried == 1:
                shot = ROOT / "var/shots/verify-bad.png"
                await page.screenshot(path=shot, full_page=True)
            await page.reload()
    assert tried > 50


async def test_the_page_names_what_an_office_tells_otherwise_of_several_signers(
    tmp_path: Path,
) -> None:
    dossier, others = await of_two_signers(tmp_path, 9)
    async with opened() as page:
        assert await choose(page, dossier) == "good"
        await page.reload()
        for what, changed, word in others:
            assert await choose(page, changed) == "bad", what
            assert word in await failing(page), what
            await page.reload()
