"""The promises of the README, end to end, in real processes and real browsers."""

import asyncio
import io
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import zxingcpp

from casework.cose import read_keys
from casework.numbers import read_number
from casework.verify_dossier import published_codes, verify_dossier
from casework.verify_licence import verify_code
from counter_client.specimens import Specimens
from document_capture.pdf_pages import draw_page, text_of
from signaling.journey import BROWSERS, Look, play
from signaling.journey_browser import FORM
from tests.builders import FONTS, ROOT, has, python

pytestmark = pytest.mark.journey

BROWSER = any(has(name) for name in BROWSERS)


def check_papers(report: dict[str, Any], company: str) -> None:
    """What the applicant holds in hands is what was applied for, and verifies."""
    application = Path(report["application"]).read_bytes()
    licence = Path(report["licence"]).read_bytes()
    [sheet] = report["sheets"]

    assert company in text_of(application)
    assert company in text_of(licence)
    assert Path(sheet).read_bytes() == licence
    assert read_number(report["acceptance_number"]) in text_of(
        Path(report["receipt"]).read_bytes()
    ).replace(" ", "")
    dossier = Path(report["dossier"]).read_bytes()
    with zipfile.ZipFile(io.BytesIO(dossier)) as box:
        for name in ("articles", "premises"):
            names = [one for one in box.namelist() if f"materials/{name}/" in one]
            [page] = [one for one in names if "-original" not in one]
            check_page(name, box.read(page))
            assert f"material-{name}.pdf" in box.namelist()
    assert all(check.holds for check in verify_dossier(dossier))


def check_page(name: str, jpeg: bytes) -> None:
    """The page that was accepted is the paper that lay under the camera."""
    page = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    paper = cv2.cvtColor(Specimens(FONTS).paper(name), cv2.COLOR_BGR2GRAY)
    assert page is not None
    # Small enough that lines of writing are grey bands: another paper has 0.5.
    size, way = (62, 88), cv2.INTER_AREA
    ours, drawn = (cv2.resize(one, size, interpolation=way) for one in (page, paper))
    likeness = np.corrcoef(ours.ravel(), drawn.ravel())[0, 1]
    assert likeness > 0.8, f"{name}: {likeness:.2f}"


def check_films(report: dict[str, Any]) -> None:
    """Every source was recorded: it decodes, moves, and has sound where it should."""
    sources = {Path(film).stem.rpartition("-")[0] for film in report["recordings"]}
    assert sources == {"applicant", "clerk", "document"}
    for film in report["recordings"]:
        with av.open(film, "r") as box:
            kinds = {stream.type for stream in box.streams}
            pictures = sum(1 for _ in box.decode(video=0))
        assert pictures > 5
        assert ("audio" in kinds) == (not Path(film).stem.startswith("document-"))


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
async def test_two_people_in_two_browsers_go_from_a_touch_to_paper(
    tmp_path: Path,
) -> None:
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    look = Look(axe=axe, reload=True)
    report = await play(tmp_path / "journey", quiet=True, browser=True, look=look)

    assert look.findings == []
    await asyncio.to_thread(check_papers, report, FORM["company"])
    check_films(report)
    names = [step["name"] for step in report["steps"]]
    assert names[0] == "touch to picture"
    assert len(report["sheets"]) == 1


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
async def test_the_two_people_do_not_notice_that_every_process_was_killed(
    tmp_path: Path,
) -> None:
    look = Look(
        kills={"identity": "terminal", "articles": "server", "premises": "media"}
    )

    report = await play(tmp_path / "journey", quiet=True, browser=True, look=look)

    await asyncio.to_thread(check_papers, report, FORM["company"])
    check_films(report)


async def test_one_clerk_serves_the_simulated_applicant_without_a_browser(
    tmp_path: Path,
) -> None:
    report = await play(tmp_path / "journey", quiet=True, browser=False)

    await asyncio.to_thread(check_papers, report, "粵港示範科技（廣東）有限公司")
    check_films(report)
    picture = tmp_path / "licence.png"
    licence = Path(report["licence"]).read_bytes()
    picture.write_bytes(await asyncio.to_thread(draw_page, licence, 0, 200))
    codes = zxingcpp.read_barcodes(cv2.imread(str(picture)))
    keys = read_keys(published_codes(Path(report["dossier"]).read_bytes()))
    [check, *_] = verify_code(codes[0].text, keys, None, time.time())
    assert check.holds
    assert report["acceptance_number"] in check.about
    assert not verify_code("0" + codes[0].text[1:], keys, None, 0)[0].holds
    if has("pdfsig"):
        await check_with_somebody_elses_reader(Path(report["licence"]))
    result = python("-m", "signaling.cli", "verify", report["dossier"])
    assert (result.returncode, result.stdout.strip()[-4:]) == (0, "GOOD")


async def check_with_somebody_elses_reader(licence: Path) -> None:
    command = [shutil.which("pdfsig") or "", "-nocert", str(licence)]
    reader = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await reader.communicate()
    assert b"Signature is Valid" in out
    assert b"ETSI.CAdES.detached" in out
