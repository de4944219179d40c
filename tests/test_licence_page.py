"""The page on which anybody checks a licence: its rules, and itself in a browser."""

import base64
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import BrowserContext, FilePayload, Page, async_playwright

from casework import base45, cose
from casework.case import Case
from casework.licence import Step
from casework.licence_list import LASTS, make_list
from casework.licence_record import CopyMark
from casework.licences import Change
from document_capture.pdf_pages import draw_page
from install.node import run_node
from protocol.states import Standing
from tests.builders import NOON, ROOT, a_step
from tests.casework.test_licences import APPROVER, code_in
from tests.licence_builders import COPY, SIGNER, a_code, a_record, the_keys
from tests.pages import CHROMIUM, FLAGS
from tests.signaling.site import Site, serving
from tests.signaling.test_licence_api import issued

needs_browser = pytest.mark.skipif(
    not shutil.which(CHROMIUM) or not (ROOT / "web/licence-check/dist").is_dir(),
    reason="no Chromium on this machine, or the pages have not been built",
)
MODULE = "web/licence-check/src/token.ts"
CALL = """
const { module, asked } = JSON.parse(await new Response(process.stdin).text());
const { check, base45 } = await import(module);
const told = [];
for (const { code, keys, list, now, text } of asked) {
  if (text !== undefined) {
    try { told.push([...base45(text)]); } catch { told.push(null); }
    continue;
  }
  const bytes = (packed) => Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const data = list === null ? null : bytes(list);
  told.push(await check(code, keys, data, now));
}
console.log(JSON.stringify(told));
"""
RECORD = a_record()
MARK = COPY.of(RECORD.digest())


def in_node(*asked: dict[str, Any]) -> list[Any]:
    """What the page's own module says, run without a page."""
    said = {"module": (ROOT / MODULE).as_uri(), "asked": asked}
    flags = ("--no-warnings", "--input-type=module", "-e", CALL)
    done = run_node(*flags, text=json.dumps(said))
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def asked(code: str, listed: bytes | None, now: float = NOON) -> dict[str, Any]:
    list64 = None if listed is None else base64.b64encode(listed).decode()
    keys = msgspec.to_builtins(the_keys())
    return {"code": code, "keys": keys, "list": list64, "now": now}


def a_list(now: float = NOON, **marks: Standing) -> bytes:
    mine = {MARK: marks["mine"]} if marks else {}
    return make_list(mine, "局", now, SIGNER)


def test_the_page_judges_as_the_command_does() -> None:
    real = msgspec.structs.replace(RECORD, specimen=False, until="2036-11-20")
    code, good = a_code(RECORD), a_code(real)
    other = make_list({}, "局", NOON, cose.derive_signer(b"x" * 32, "licence codes"))
    late = NOON + 11 * 366 * 86_400

    told = in_node(
        asked(good, a_list()),
        asked(code, a_list()),
        asked(code, a_list(mine=Standing.SUSPENDED)),
        asked(code, None),
        asked(code, a_list(NOON - LASTS)),
        asked(code, other),
        asked(good, a_list(late), late),
        asked(good, a_list(NOON - 9e7), NOON - 9e7),
    )

    assert [one["is"] for one in told] == [
        *("good", "specimen", "withdrawn", "unknown", "unknown", "unknown"),
        *("expired", "early"),
    ]
    assert told[2]["standing"] == "suspended"
    assert [one["why"] for one in told[3:6]] == ["no-list", "old-list", "bad-list"]
    claims = told[0]["claims"]
    assert (claims["holder"], claims["number"]) == (real.holder, real.number)
    assert claims["mark"] == CopyMark("duplicate", 1).of(real.digest()).hex()


def test_the_page_believes_no_changed_code() -> None:
    code = a_code(RECORD)
    changed = [
        code[:place] + ("0" if code[place] != "0" else "1") + code[place + 1 :]
        for place in range(0, len(code), 3)
    ]

    told = in_node(*(asked(one, a_list()) for one in [*changed, "", "LIC1:.", "x"]))

    assert {one["is"] for one in told} == {"bad"}


@settings(max_examples=1, deadline=None)
@given(st.lists(st.text(base45.LETTERS, max_size=12), min_size=60, max_size=60))
def test_the_page_reads_base45_as_the_command_does(texts: list[str]) -> None:
    def here(text: str) -> list[int] | None:
        try:
            return list(base45.decode(text))
        except ValueError:
            return None

    assert in_node(*({"text": one} for one in texts)) == [here(one) for one in texts]


@contextlib.asynccontextmanager
async def a_phone(*flags: str) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *flags]
        )
        yield await browser.new_context(
            viewport={"width": 390, "height": 844}, locale="en-GB"
        )
        await browser.close()


async def photograph(site: Site, case: Case) -> FilePayload:
    document = case.document("licence")
    assert document is not None
    pdf = await site.services.papers.read(case.id, document)
    picture = draw_page(pdf, 0, 150)
    return {"name": "photo.png", "mimeType": "image/png", "buffer": picture}


async def verdict(page: Page) -> str:
    told = page.locator("[data-verdict]")
    await told.wait_for()
    return str(await told.get_attribute("data-verdict"))


@needs_browser
async def test_a_photograph_of_a_licence_is_checked_on_the_page(tmp_path: Path) -> None:
    async with serving(Site(tmp_path)) as site, a_phone() as phone:
        case = await issued(site)
        page = await phone.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{site.base}/licence-check/")
        choose = page.locator("[data-act=lic-picture]")
        await choose.set_input_files([await photograph(site, case)])

        assert await verdict(page) == "specimen"
        assert RECORD.holder in await page.locator("dl").inner_text()
        await page.locator("[data-act=lic-ask]").click()
        assert "in force" in await page.locator("[data-now]").inner_text()
        assert complaints == []


@needs_browser
async def test_a_licence_before_the_camera_is_checked(tmp_path: Path) -> None:
    film = tmp_path / "camera.mjpeg"
    flag = f"--use-file-for-fake-video-capture={film}"
    async with serving(Site(tmp_path)) as site:
        case = await issued(site)
        sheet = (await photograph(site, case))["buffer"]
        film.write_bytes(before_a_camera(sheet))
        async with a_phone(flag) as phone:
            page = await phone.new_page()
            await page.goto(f"{site.base}/licence-check/")
            await page.locator("[data-act=lic-camera]").click()

            assert await verdict(page) == "specimen"


def before_a_camera(png: bytes) -> bytes:
    """The upper right of a sheet, as a camera of 1280 by 720 sees it."""
    sheet = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    high, wide = sheet.shape[:2]
    near = sheet[: high // 2, wide // 2 :]
    frame = cv2.resize(near, (1280, 720), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", frame)[1])


@needs_browser
async def test_a_page_that_was_saved_checks_without_a_network(tmp_path: Path) -> None:
    async with serving(Site(tmp_path)) as site, a_phone() as phone:
        case = await issued(site)
        change = Change(
            step=Step.REVOKED, by=APPROVER, mark=a_step("no"), reason="樣本"
        )
        await site.services.licences.change(case.id, change)
        address = f"{site.base}/licence-check/offline.html"
        async with site.session.get(address) as answer:
            saved = tmp_path / "licence-check.html"
            saved.write_bytes(await answer.read())
        await phone.set_offline(True)
        page = await phone.new_page()
        await page.goto(saved.as_uri())
        await page.locator("summary").first.click()
        await page.locator("textarea").fill(await code_in(site.services.papers, case))
        await page.locator("[data-act=lic-check]").click()

        assert await verdict(page) == "withdrawn"
        await page.locator("[data-act=lic-again]").click()
        choose = page.locator("[data-act=lic-picture]")
        await choose.set_input_files([await photograph(site, case)])
        assert await verdict(page) == "withdrawn"


@needs_browser
async def test_a_holder_sees_how_the_licence_stands(tmp_path: Path) -> None:
    async with serving(Site(tmp_path)) as site, a_phone() as phone:
        case = await issued(site)
        page = await phone.new_page()
        await page.goto(f"{site.base}/licence-check/")
        await page.locator("summary").nth(1).click()
        await page.locator("[data-number]").fill("1234")
        await page.keyboard.press("Enter")
        await page.locator("[data-code=bad-number]").wait_for()

        await page.locator("[data-number]").fill(case.number)
        await page.keyboard.press("Enter")

        await page.locator("[data-status] .verdict.good").wait_for()


@needs_browser
async def test_the_page_is_for_everybody(tmp_path: Path) -> None:
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    async with serving(Site(tmp_path)) as site, a_phone() as phone:
        case = await issued(site)
        page = await phone.new_page()
        await page.goto(f"{site.base}/licence-check/")
        await page.locator("[data-act=lic-picture]").wait_for()
        await page.evaluate(axe)
        assert await faults(page) == []
        choose = page.locator("[data-act=lic-picture]")
        await choose.set_input_files([await photograph(site, case)])
        await verdict(page)
        assert await faults(page) == []


async def faults(page: Page) -> list[str]:
    found = await page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })"
    )
    return [one["id"] for one in found["violations"]]
