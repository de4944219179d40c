"""What anybody may fetch to check us: the page, and certificates of deletion."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from casework.archive import pack
from casework.case_retention import CERTIFICATE, certificate_name
from casework.numbers import acceptance_number
from tests.builders import ROOT
from tests.signaling.site import Site, serving

NUMBER = acceptance_number(date(2026, 11, 21), 1)
BUILT = (ROOT / "web/verify/dist/index.html").exists()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with serving(Site(tmp_path)) as open_site:
        yield open_site


async def get(site: Site, path: str) -> tuple[int, bytes, str]:
    async with site.session.get(f"{site.base}{path}") as answer:
        policy = answer.headers.get("Content-Security-Policy", "")
        return answer.status, await answer.read(), policy


async def test_whoever_has_the_number_gets_the_certificate(site: Site) -> None:
    proof = pack({CERTIFICATE: "刪除證明".encode()})
    await site.services.objects.put(certificate_name(NUMBER), proof)
    spaced = f"{NUMBER[:8]} {NUMBER[8:13]} {NUMBER[13:]}"

    assert (await get(site, f"/deleted/{spaced}"))[:2] == (200, "刪除證明".encode())
    assert (await get(site, f"/deleted/{NUMBER}.zip"))[:2] == (200, proof)


async def test_a_number_of_no_deleted_case_has_none(site: Site) -> None:
    other = acceptance_number(date(2026, 11, 21), 2)

    assert (await get(site, f"/deleted/{other}"))[0] == 404
    assert (await get(site, f"/deleted/{'1' * 14}"))[0] == 400


async def test_numbers_cannot_be_tried_out_quickly(site: Site) -> None:
    answers = [await get(site, f"/deleted/{NUMBER}") for _ in range(40)]

    assert answers[-1][:2] == (400, b'{"code": "too-many-tries"}')


@pytest.mark.skipif(not BUILT, reason="the page was not built")
async def test_the_page_that_verifies_reaches_nobody(site: Site) -> None:
    status, body, policy = await get(site, "/verify")

    assert status == 200
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in policy
    assert b"<script>" in body
    assert b" src=" not in body
