"""A leaked certificate is revoked: on the list, on the page, and in the log."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from casework.signing.certificates import Revoked, serial_of
from casework.signing.notary import Notary
from casework.signing.verdicts import verify_pdf
from casework.stores.sql_revoked import SqlRevokedStore
from signaling.cli import main
from tests.builders import Office
from tests.signaling.site import Site, serving
from tests.signaling.test_verification import checks_of, posted, sealed_by


def revoke(serial: int, *more: str) -> int:
    reason = ("--reason", "key-compromise")
    return main(["certificate", "revoke", f"{serial:x}", *reason, *more])


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the site in ``tmp_path``, for the command."""
    monkeypatch.setenv("COUNTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


async def test_a_revoked_seal_is_found_out_by_the_page_and_made_anew(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    async with serving(site):
        seal = site.services.authority.seal
        sealed = await sealed_by(site.services.papers.notary)
        assert all(one["holds"] for one in await checks_of(site, sealed))
    serial = serial_of(seal.certificate)
    when = ("--since", "2026-01-01T08:00+08:00")

    assert await asyncio.to_thread(revoke, serial, *when) == 0

    async with serving(site):
        checks = {one["name"]: one for one in await checks_of(site, sealed)}
        assert checks["check-revocation"]["note"] == "note-revoked"
        assert not checks["check-revocation"]["holds"]
        found = await listed(site)
        assert found.get_revoked_certificate_by_serial_number(serial) is not None
        now = site.services.authority.seal
        assert serial_of(now.certificate) != serial
        newly = await sealed_by(site.services.papers.notary)
        assert all(one["holds"] for one in await checks_of(site, newly))
    assert f"{serial:x} is revoked" in capsys.readouterr().out


async def listed(site: Site) -> x509.CertificateRevocationList:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{site.base}/revocations.crl") as answer,
    ):
        assert answer.content_type == "application/pkix-crl"
        return x509.load_der_x509_crl(await answer.read())


async def test_what_was_sealed_before_the_leak_stays_good(office: Office) -> None:
    notary = Notary(office.authority)
    sealed = await sealed_by(notary)
    later = office.clock.now() + 3600
    serial = serial_of(office.authority.seal.certificate)

    notary.revoked = (Revoked(serial, later, "key-compromise"),)

    known = notary.known()
    [verdict] = await asyncio.to_thread(verify_pdf, sealed, known)
    assert verdict.good


async def test_a_certificate_is_revoked_once_and_its_first_time_stays(
    office: Office,
) -> None:
    store = SqlRevokedStore(office.engine)

    assert await store.add(Revoked(5, 100.0, "superseded"))
    assert not await store.add(Revoked(5, 900.0, "key-compromise"))

    assert await store.all() == (Revoked(5, 100.0, "superseded"),)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["no-number"], "hexadecimal"),
        (["0"], "hexadecimal"),
        (["abc", "--since", "2999-01-01"], "future"),
    ],
)
def test_what_cannot_be_revoked_is_told(
    data: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    done = main(["certificate", "revoke", *words, "--reason", "superseded"])

    assert done == 1
    assert told in capsys.readouterr().out


async def test_the_numbers_of_our_own_and_of_a_papers_certificates_are_shown(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    async with serving(site):
        authority = site.services.authority
        sealed = await sealed_by(site.services.papers.notary)
        await posted(site, sealed)
    (tmp_path / "paper.pdf").write_bytes(sealed)
    serial = f"{serial_of(authority.seal.certificate):x}"

    for words in (["show"], ["show", str(tmp_path / "paper.pdf")]):
        assert await asyncio.to_thread(main, ["certificate", *words]) == 0
        assert serial in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["certificate", "root"]) == 0
    root = x509.load_pem_x509_certificate(capsys.readouterr().out.encode())
    assert root.serial_number == serial_of(authority.root.certificate)
