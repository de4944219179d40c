"""The page that verifies dossiers, in a real browser: from a file, offline."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, async_playwright

from casework.archive import pack, unpack
from casework.redact import redact
from casework.signing.sm2_seal import read_sm2_file
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


@referee()
async def test_the_page_knows_sm2_signatures_and_names_what_was_changed(
    tmp_path: Path,
) -> None:
    pytest.importorskip("gmssl_pyx")
    seal = read_sm2_file(Sm2Ca(tmp_path / "ca").seal_file())
    dossier = await with_sm2(tmp_path, seal)
    members = unpack(dossier)[0]
    async with opened() as page:
        assert await choose(page, dossier) == "good"
        for name in ("application.pdf.sm2", "licence.pdf.sm2"):
            await page.reload()
            changed = {**members, name: flipped(members[name], 0.5)}
            assert await choose(page, pack(changed)) == "bad"
            assert name in await failing(page)


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
