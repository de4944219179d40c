"""Anybody verifies a signed PDF: on the page, and with the command."""

import asyncio
import dataclasses
import datetime as dt
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from reportlab.lib.pagesizes import A4

from casework.papers.sheet import Sheet
from casework.signing.escrow import new_key
from casework.signing.notary import Notary
from casework.signing.trust_lists import Listed, TrustList, sign_list
from casework.verify_dossier import read_strokes
from protocol.settings import BadSetting
from protocol.texts import text
from signaling.cli import main
from signaling.exit_codes import Exit
from signaling.verify_api import LARGEST_FILE
from tests.builders import Office, a_signature
from tests.signaling.site import Site, serving


async def posted(site: Site, data: bytes) -> tuple[int, dict[str, object]]:
    headers = {"Origin": site.base}
    url = f"{site.base}/api/verifications"
    async with site.session.post(url, data=io.BytesIO(data), headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_sealed_paper_is_verified_by_somebody_without_an_account(
    site: Site,
) -> None:
    sealed = await sealed_by(site.services.papers.notary)

    status, found = await posted(site, sealed)

    assert status == 200
    checks = found["checks"]
    assert isinstance(checks, list)
    assert len(checks) == 7
    assert all(one["holds"] for one in checks)
    report = ElementTree.fromstring(str(found["report"]).encode())
    assert report.tag == "{http://uri.etsi.org/19102/v1.2.1#}ValidationReport"


async def test_a_stranger_learns_that_somebody_else_sealed_it(
    site: Site, office: Office
) -> None:
    sealed = await sealed_by(Notary(office.authority))

    _, found = await posted(site, sealed)

    checks = {one["name"]: one for one in found["checks"]}  # type: ignore[attr-defined]  # JSON
    assert checks["check-intact"]["holds"]
    assert not checks["check-chain"]["holds"]
    assert not checks["check-trust-list"]["known"]


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"PK\x03\x04", 400), (b"%PDF-" + b"0" * LARGEST_FILE, 413)],
)
async def test_what_is_no_pdf_or_too_large_is_refused(
    site: Site, data: bytes, status: int
) -> None:
    assert (await posted(site, data))[0] == status


async def test_a_broken_pdf_is_a_finding_and_no_error(site: Site) -> None:
    status, found = await posted(site, b"%PDF-1.7 nothing follows")

    assert status == 200
    assert [one["holds"] for one in found["checks"]] == [False]  # type: ignore[attr-defined]  # JSON


async def test_the_command_says_each_check_in_the_readers_language(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = x509.load_der_x509_certificate(office.authority.root.certificate)
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "paper.pdf").write_bytes(await sealed_by(office.papers.notary))
    names = [str(tmp_path / name) for name in ("paper.pdf", "root.pem", "report.xml")]

    for language in ("zh-Hant", "zh-Hans", "en", "pt"):
        options = ["--root", names[1], "--report", names[2], "--language", language]
        done = await asyncio.to_thread(main, ["verify", names[0], *options])
        assert done == Exit.OK
        told = capsys.readouterr().out.splitlines()
        assert len(told) == 8
        assert text("check-revocation", language) in told[3]
        assert told[-1] == "GOOD"
    assert b"total-passed" in (tmp_path / "report.xml").read_bytes()


async def test_without_a_root_the_command_believes_nobody(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(await sealed_by(office.papers.notary))

    done = await asyncio.to_thread(main, ["verify", str(path)])

    assert done == Exit.NOT_GOOD

    assert "? Certificate is trusted" in capsys.readouterr().out


async def test_the_command_names_the_trust_list_that_recognises_the_issuer(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = Ed25519PrivateKey.generate()
    root = x509.load_der_x509_certificate(office.authority.root.certificate)
    today = dt.datetime.now(dt.UTC).date()
    listed = Listed(
        name="Example CA",
        certificate=root.public_bytes(Encoding.PEM).decode(),
        begins=today,
        ends=today,
    )
    said = TrustList(
        jurisdiction="macau", issued=today, next_update=today, authorities=[listed]
    )
    names = [str(tmp_path / name) for name in ("paper.pdf", "list.json")]
    Path(names[0]).write_bytes(await sealed_by(office.papers.notary))
    Path(names[1]).write_bytes(sign_list(said, key))
    trust = f"{key.public_key().public_bytes_raw().hex()}:{names[1]}"

    done = await asyncio.to_thread(main, ["verify", names[0], "--trust", trust])

    assert done == Exit.OK
    told = capsys.readouterr().out
    assert "(macau: Example CA; recognised by the list of Macau)" in told


async def test_the_page_names_the_trust_list_and_forgets_one_that_is_too_old(
    tmp_path: Path, office: Office
) -> None:
    root = x509.load_der_x509_certificate(office.authority.root.certificate)
    today, key = dt.datetime.now(dt.UTC).date(), Ed25519PrivateKey.generate()
    path, site = tmp_path / "list.json", Site(tmp_path)

    def publish(until: dt.date) -> None:
        listed = Listed(
            name="Example CA",
            certificate=root.public_bytes(Encoding.PEM).decode(),
            begins=today,
            ends=today,
        )
        said = TrustList(
            jurisdiction="hong-kong",
            issued=today,
            next_update=until,
            authorities=[listed],
        )
        path.write_bytes(sign_list(said, key))

    publish(today)
    public = key.public_key().public_bytes_raw().hex()
    site.settings = dataclasses.replace(site.settings, trust_lists=f"{public}:{path}")
    sealed = await sealed_by(office.papers.notary)
    async with serving(site):
        [*_, line] = await checks_of(site, sealed)
        publish(today - dt.timedelta(days=1))
        [*_, later] = await checks_of(site, sealed)

    assert (line["holds"], line["detail"]) == (True, "hong-kong: Example CA")
    assert line["note"] == "note-list-hong-kong"
    assert (later["known"], later["note"]) == (False, "note-no-root")


@pytest.mark.parametrize("text", ["list.json", "00:list.json", f"{'0' * 64}:/no/file"])
async def test_a_trust_list_that_cannot_be_used_stops_the_start(
    tmp_path: Path, text: str
) -> None:
    site = Site(tmp_path)
    site.settings = dataclasses.replace(site.settings, trust_lists=text)

    with pytest.raises(BadSetting, match="COUNTER_TRUST_LISTS"):
        async with serving(site):
            pass


async def checks_of(site: Site, pdf: bytes) -> list[dict[str, object]]:
    _, found = await posted(site, pdf)
    checks = found["checks"]
    assert isinstance(checks, list)
    return checks


async def test_the_holder_of_the_escrow_key_reads_the_strokes_of_a_dossier(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = await office.submitted()
    data = await office.dossiers.make(case, "clerk")
    names = [str(tmp_path / name) for name in ("dossier.zip", "key", "name.sdi")]
    Path(names[0]).write_bytes(data)
    Path(names[1]).write_text(office.authority.escrow.hex())

    command = ["strokes", names[0], "--key", names[1], "--out", names[2]]

    assert main(command) == 0
    assert Path(names[2]).read_bytes().startswith(b"SDI\0")
    assert read_strokes(data, office.authority.escrow) == a_signature()
    Path(names[1]).write_text(new_key()[0].hex())
    assert main(command) == 1
    capsys.readouterr()


def test_a_new_escrow_key_never_overwrites_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "key")

    assert main(["strokes", "--new", "--key", path]) == 0

    told = capsys.readouterr().out
    assert told.startswith("COUNTER_ESCROW_KEY=")
    assert Path(path).stat().st_mode & 0o077 == 0
    assert main(["strokes", "--new", "--key", path]) == Exit.CANNOT_START


async def sealed_by(notary: Notary) -> bytes:
    done = await asyncio.to_thread(notary.seal, a_pdf(), "Seal")
    return done.pdf


def a_pdf() -> bytes:
    sheet = Sheet(A4, "paper")
    sheet.write(60, 700, "paper")
    return sheet.pdf()
