"""The page on which anybody verifies a PDF together with its SM2 signature."""

import dataclasses
import datetime as dt
import importlib.util
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import FilePayload, Page, async_playwright

from casework.signing.sm2_form import LARGEST
from protocol.settings import BadSetting
from signaling.settings import Settings
from signaling.sm2_trust import sm2_trust
from signaling.terminal_api import BadRequest
from signaling.uploads import UploadTooLarge
from signaling.verify_api import LARGEST_FILE, size_of_sm2
from signaling.views import case_view
from tests.builders import ROOT
from tests.pages import CHROMIUM
from tests.signaling.site import Site, serving
from tests.signaling.test_licence_api import issued
from tests.signaling.test_verification import sealed_by
from tests.sm2_ca import Sm2Ca, referee

pytestmark = referee()

HAS_EXTRA = importlib.util.find_spec("gmssl_pyx") is not None
with_extra = pytest.mark.skipif(not HAS_EXTRA, reason="the extra sm2 is not installed")
needs_browser = pytest.mark.skipif(
    not shutil.which(CHROMIUM) or not (ROOT / "agent_desk/dist").is_dir(),
    reason="no Chromium on this machine, or the pages have not been built",
)
LINES = ("check-sm2-covers", "check-sm2-intact", "check-sm2-chain")


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Sm2Ca:
    return Sm2Ca(tmp_path_factory.mktemp("sm2"))


def a_site(folder: Path, ca: Sm2Ca, *, roots: bool = True, lists: str = "") -> Site:
    site = Site(folder)
    path = str(ca.folder / "root.pem") if roots else ""
    site.settings = dataclasses.replace(site.settings, sm2_roots=path, sm2_crls=lists)
    return site


async def a_paper(site: Site, ca: Sm2Ca) -> tuple[bytes, bytes]:
    pdf = await sealed_by(site.services.papers.notary)
    return pdf, ca.beside(pdf, dt.datetime.now(dt.UTC))


async def posted(site: Site, body: bytes, asked: str) -> tuple[int, dict[str, Any]]:
    url, headers = f"{site.base}/api/verifications{asked}", {"Origin": site.base}
    async with site.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.json()


async def lines(site: Site, pdf: bytes, file: bytes) -> list[tuple[Any, ...]]:
    """Name, holds, known and note of each line about the SM2 signature."""
    status, found = await posted(site, file + pdf, f"?sm2={len(file)}")
    assert status == 200
    told = [one for one in found["checks"] if one["name"].startswith("check-sm2")]
    return [(one["name"], one["holds"], one["known"], one["note"]) for one in told]


@with_extra
async def test_each_check_of_an_sm2_signature_has_its_line(
    tmp_path: Path, ca: Sm2Ca
) -> None:
    async with serving(a_site(tmp_path, ca)) as site:
        pdf, file = await a_paper(site, ca)
        good = await lines(site, pdf, file)
        other = await lines(site, pdf + b"\n", file)
        damaged = await lines(site, pdf, file[:-1] + bytes([file[-1] ^ 1]))
        no_file = await lines(site, pdf, b"nothing")
        _, without = await posted(site, pdf, "")
        _, both = await posted(site, file + pdf, f"?sm2={len(file)}")

    assert [one[:3] for one in good] == [(name, True, True) for name in LINES]
    assert good[2][3] == "note-sm2-limits"
    assert [one[1] for one in other] == [False, True, True]
    assert [one[1] for one in damaged] == [True, False, True]
    assert no_file == [(LINES[0], False, True, "note-sm2-unreadable")]
    assert both["checks"][: len(without["checks"])] == without["checks"]
    assert [one["holds"] for one in without["checks"]] == [True] * 7
    assert both["report"].count("SignatureValidationReport>") == 2


@with_extra
async def test_a_revoked_certificate_is_told_once_its_list_is_there(
    tmp_path: Path, ca: Sm2Ca
) -> None:
    paths = [tmp_path / name for name in ("root.crl", "middle.crl")]
    for path in paths:
        path.write_bytes(ca.crl(path.stem))
    site = a_site(tmp_path, ca, lists=",".join(map(str, paths)))
    async with serving(site):
        pdf, file = await a_paper(site, ca)
        before = await lines(site, pdf, file)
        paths[1].write_bytes(ca.crl("middle", "seal"))
        after = await lines(site, pdf, file)
        paths[1].unlink()
        lost = await lines(site, pdf, file)

    assert before[3] == ("check-sm2-revocation", True, True, "")
    assert after[3] == ("check-sm2-revocation", False, True, "note-revoked")
    # A setting that went wrong believes nobody, and stops no other check.
    assert lost[2] == ("check-sm2-chain", False, False, "note-sm2-no-root")


async def test_without_a_root_nobody_is_confirmed_or_accused(
    tmp_path: Path, ca: Sm2Ca
) -> None:
    async with serving(a_site(tmp_path, ca, roots=False)) as site:
        pdf, file = await a_paper(site, ca)
        *_, chain = await lines(site, pdf, file)

    assert chain == ("check-sm2-chain", False, False, "note-sm2-no-root")


async def test_a_server_without_the_extra_says_that_it_cannot_check(
    tmp_path: Path, ca: Sm2Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The child that verifies looks for packages where this process does.
    (tmp_path / "gmssl_pyx.py").write_text("raise ImportError('not installed')")
    monkeypatch.syspath_prepend(tmp_path)
    async with serving(a_site(tmp_path, ca)) as site:
        pdf, file = await a_paper(site, ca)
        covers, *others = await lines(site, pdf, file)

    assert covers[:3] == ("check-sm2-covers", True, True)
    assert [one[2:] for one in others] == [(False, "note-no-sm2")] * 2


@pytest.mark.parametrize(
    ("asked", "body", "status"),
    [
        ("?sm2=x", b"%PDF-1.7", 400),
        ("?sm2=-1", b"%PDF-1.7", 400),
        ("?sm2=9", b"%PDF-1.7", 400),
        (f"?sm2={LARGEST + 1}", b"%PDF-1.7", 413),
        ("?sm2=1", b"x%PDF-" + b"0" * LARGEST_FILE, 413),
    ],
)
async def test_what_cannot_be_a_signature_is_refused(
    site: Site, asked: str, body: bytes, status: int
) -> None:
    assert (await posted(site, body, asked))[0] == status


@given(st.text(max_size=12))
def test_any_text_is_a_size_or_refused(text: str) -> None:
    try:
        size = size_of_sm2(text)
    except (BadRequest, UploadTooLarge):
        return
    assert 0 <= size <= LARGEST


@pytest.mark.parametrize("name", ["/none", "seal.key"])
@pytest.mark.parametrize("setting", ["sm2_roots", "sm2_crls"])
def test_a_setting_that_names_no_such_file_stops_the_start(
    ca: Sm2Ca, name: str, setting: str
) -> None:
    path = str(ca.folder / name)
    named: dict[str, Any] = {setting: path}
    settings = dataclasses.replace(Settings(), **named)

    with pytest.raises(BadSetting, match=f"COUNTER_{setting.upper()}"):
        sm2_trust(settings, dt.datetime.now(dt.UTC))


async def chosen(page: Page, name: str, *files: FilePayload) -> None:
    await page.locator(f"input[name={name}]").set_input_files(list(files))


async def marks(page: Page) -> list[str]:
    """The names of all SM2 lines that the page shows, once it has a verdict."""
    await page.locator("[data-verdict]").wait_for()
    rows = await page.locator("[data-check^=check-sm2]").all()
    return [str(await one.get_attribute("data-check")) for one in rows]


@needs_browser
async def test_a_visitor_gives_both_files_at_once_or_one_after_the_other(
    tmp_path: Path, ca: Sm2Ca
) -> None:
    site = a_site(tmp_path, ca)
    async with serving(site), async_playwright() as tools:
        pdf, file = await a_paper(site, ca)
        paper = FilePayload(name="licence.pdf", mimeType="", buffer=pdf)
        beside = FilePayload(name="licence.pdf.sm2", mimeType="", buffer=file)
        large = FilePayload(name="x.sm2", mimeType="", buffer=b"0" * (LARGEST + 1))
        browser = await tools.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = await browser.new_page(locale="en-GB")
        await page.goto(f"{site.base}/verify-pdf")

        await chosen(page, "file", beside)
        assert "Choose one PDF" in await page.locator("[role=alert]").inner_text()
        other = FilePayload(name="a.txt", mimeType="text/plain", buffer=b"a")
        await chosen(page, "file", other, beside)
        assert "Choose one PDF" in await page.locator("[role=alert]").inner_text()
        await chosen(page, "file", paper)
        assert await marks(page) == []
        await chosen(page, "sm2", large)
        assert "too large" in await page.locator("[role=alert]").inner_text()
        await chosen(page, "sm2", beside)
        await page.locator("[data-check=check-sm2-chain]").wait_for()
        assert await marks(page) == list(LINES)
        await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
        assert await page.evaluate("axe.run().then((a) => a.violations)") == []
        shot = ROOT / "var/shots/verify-pdf-sm2.png"
        await page.screenshot(path=shot, full_page=True)
        await page.reload()
        await chosen(page, "file", beside, paper)
        assert await marks(page) == list(LINES)
        await browser.close()


@with_extra
async def test_staff_download_the_signature_beside_the_paper(
    tmp_path: Path, ca: Sm2Ca
) -> None:
    path = tmp_path / "sm2.pem"
    path.write_bytes(ca.seal_file())
    site = a_site(tmp_path, ca)
    site.settings = dataclasses.replace(site.settings, sm2_file=str(path))
    async with serving(site):
        case = await issued(site)
        url = f"{site.base}/api/cases/{case.id}/documents"
        async with site.session.get(f"{url}/licence/sm2") as answer:
            stranger = answer.status
        await site.sign_in("approver")
        found = {}
        for name in ("licence", "licence/sm2", "receipt/sm2", "material-x/sm2"):
            async with site.session.get(f"{url}/{name}") as answer:
                found[name] = answer.status, await answer.read()
                said = answer.headers.get("Content-Disposition", "")
                assert (".pdf.sm2" in said) is (name == "licence/sm2")
        told = await lines(site, found["licence"][1], found["licence/sm2"][1])

    assert stranger == 401
    assert [status for status, _ in found.values()] == [200, 200, 404, 404]
    assert [one[1] for one in told] == [True] * 3
    assert [one.sm2 for one in case_view(case).documents] == [True]
