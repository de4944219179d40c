"""A company's seal on its application: a picture, a certificate and a signature."""

import asyncio
import hashlib
import io
import shutil
import subprocess
from pathlib import Path

import msgspec
import pikepdf
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from casework.case import Case
from casework.checks import Check
from casework.errors import (
    ChangedMeanwhile,
    NotAllowedNow,
)
from casework.papers.application import place_of, seal_place
from casework.signing.ceremony import ceremony_of
from casework.signing.company import open_seal
from casework.signing.trust import Trust
from casework.signing.verdicts import Verdict, agreed, verify_pdf
from casework.verify import signatures_of
from casework.verify_dossier import verify_dossier
from tests.builders import CLERK, Office, a_signature, a_step
from tests.casework.partners import (
    MANAGING,
    PARTNER,
    PARTNERS,
    a_seal,
    refusing,
    signed_by_both,
    signing,
    to_be_signed,
)

NAME, NUMBER = PARTNERS["partner_company"], PARTNERS["partner_number"]


async def application(office: Office, case: Case) -> bytes:
    found = case.document("application")
    assert found is not None, "made"
    return await office.papers.read(case.id, found)


async def sealed(office: Office) -> Case:
    return await signed_by_both(office.cases, await to_be_signed(office))


async def verdict_on(office: Office, pdf: bytes) -> Verdict:
    known = agreed(office.authority.root.certificate)
    found = await asyncio.to_thread(verify_pdf, pdf, known)
    [one] = [one for one in found if one.field == "company-seal"]
    return one


async def lines(office: Office, pdf: bytes) -> dict[str, Check]:
    trust = Trust(roots=(office.authority.root.certificate,))
    told = await asyncio.to_thread(
        lambda: list(signatures_of("", pdf, trust, "Applicant"))
    )
    return {one.name: one for one in told if "seal" in one.name}


def drawn_in(pdf: bytes) -> bytes:
    """Return the picture in the field of the seal as it lies in the file."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        fields = opened.Root.AcroForm.Fields
        [field] = [one for one in fields if one.T == "company-seal"]
        [picture] = field.AP.N.Resources.XObject.values()
        return bytes(picture.read_raw_bytes())


async def test_the_seal_is_put_on_with_the_last_signature_and_not_before(
    office: Office,
) -> None:
    case = await to_be_signed(office)
    shown = await application(office, case)
    case = await office.cases.sign(signing(case, MANAGING))
    once = await application(office, case)
    assert b"smart-counter-company-seal" not in once

    case = await office.cases.sign(signing(case, PARTNER))
    pdf = await application(office, case)

    assert pdf.startswith(once) and once.startswith(shown)
    seal = (await verdict_on(office, pdf)).seal
    assert seal is not None and seal.holds
    assert (seal.company, seal.number) == (NAME, NUMBER)


async def test_its_certificate_names_the_company_and_lasts_for_minutes(
    office: Office,
) -> None:
    verdict = await verdict_on(office, await application(office, await sealed(office)))

    certificate = x509.load_der_x509_certificate(verdict.certificate)
    names = {one.oid: one.value for one in certificate.subject}
    assert names[NameOID.ORGANIZATION_NAME] == names[NameOID.COMMON_NAME] == NAME
    assert names[NameOID.ORGANIZATION_IDENTIFIER] == NUMBER
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lasts.total_seconds() < 15 * 60
    assert verdict.good


async def test_the_log_has_the_picture_the_acceptance_and_the_certificate(
    office: Office,
) -> None:
    case = await sealed(office)
    verdict = await verdict_on(office, await application(office, case))

    said = [one.said for one in await office.store.entries(case.id)]
    assert case.seal is not None and verdict.seal is not None
    digest = case.seal.picture.sha256
    kinds = ("material-accepted", "application-made", "application-signed")
    named = [one for one in said if "seal" in one.facts]
    assert [one.kind for one in named] == list(kinds)
    assert {one.facts["seal"] for one in named} == {digest}
    serial = x509.load_der_x509_certificate(verdict.certificate).serial_number
    assert named[-1].facts["seal-certificate"] == f"{serial:x}"
    assert verdict.seal.picture_sha256 == digest


async def test_the_dossier_holds_the_picture_and_names_the_seal_on_its_own_line(
    office: Office,
) -> None:
    case = await sealed(office)
    case = await office.cases.countersign(case.id, a_step("seal"), CLERK)

    dossier = await office.dossiers.make(case, CLERK)
    checks = await asyncio.to_thread(verify_dossier, dossier)

    assert [one for one in checks if not one.holds] == []
    [line] = [one for one in checks if one.name == "check-company-seal"]
    assert line.about == "application.pdf company-seal"
    assert line.detail == f"{NAME} ({NUMBER}), 42.0 × 42.0 mm"
    logged = {one.about for one in checks if one.name == "check-logged-digest"}
    assert "materials/seal/seal.png" in logged


async def test_an_application_without_the_seal_that_was_announced_fails(
    office: Office,
) -> None:
    case = await office.cases.sign(signing(await to_be_signed(office), MANAGING))

    told = await lines(office, await application(office, case))

    assert not told["check-seal-wanted"].holds
    assert "check-company-seal" not in told


async def test_another_picture_in_the_place_of_the_seal_is_noticed(
    office: Office,
) -> None:
    pdf = await application(office, await sealed(office))
    drawn = drawn_in(pdf)
    at = pdf.rindex(drawn)
    forged = pdf[:at] + drawn[:40] + bytes([drawn[40] ^ 1]) + drawn[41:]
    forged += pdf[at + len(drawn) :]

    told = await lines(office, forged)

    assert not told["check-company-seal"].holds
    assert not told["check-seal-wanted"].holds


async def test_another_picture_in_a_later_revision_is_no_permitted_change(
    office: Office,
) -> None:
    pdf = await application(office, await sealed(office))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields = writer.root["/AcroForm"]["/Fields"]
    seals = [one.get_object() for one in fields]
    [field] = [one for one in seals if one["/T"] == "company-seal"]
    pictures = field["/AP"]["/N"]["/Resources"]["/XObject"]
    [name] = pictures
    picture = pictures[name]
    picture._data = b"\0" * len(picture.data)
    picture._encoded_data = None
    writer.update_container(picture)
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]  # pyHanko's

    verdict = await verdict_on(office, out.getvalue())

    assert not verdict.changes_allowed
    assert not verdict.good


async def test_the_seal_of_another_case_is_not_the_one_that_was_announced(
    office: Office,
) -> None:
    case = await office.cases.sign(signing(await to_be_signed(office), MANAGING))
    assert case.seal is not None
    once = await application(office, case)
    told = ceremony_of(case, signing(case, PARTNER))
    other = a_seal(280)
    digest = hashlib.sha256(other).hexdigest()
    found = msgspec.structs.replace(case.seal.picture, sha256=digest)
    swapped = msgspec.structs.replace(case.seal, picture=found)
    place = open_seal(swapped, other, seal_place(swapped))
    box = place_of(1, 2, case.seal)

    notary = office.papers.notary
    done = await asyncio.to_thread(
        notary.certify, once, a_signature(), box, told, place
    )

    assert done.timed
    lines_told = await lines(office, done.pdf)
    assert lines_told["check-company-seal"].holds
    assert not lines_told["check-seal-wanted"].holds


async def test_when_signing_begins_anew_the_seal_is_that_of_the_new_application(
    office: Office,
) -> None:
    case = await office.cases.sign(signing(await to_be_signed(office), MANAGING))
    case = await office.cases.refuse_to_sign(refusing(case, PARTNER), "terminal")
    other = PARTNERS | {"partner_company": "另一公司"}
    case = await office.cases.fill_form(case.id, other)
    case = await office.cases.accept_form(case.id, a_step("form-2"), CLERK)

    case = await signed_by_both(office.cases, case)

    verdict = await verdict_on(office, await application(office, case))
    assert verdict.seal is not None and verdict.seal.company == "另一公司"


async def test_two_last_signatures_at_once_put_on_one_seal(office: Office) -> None:
    case = await office.cases.sign(signing(await to_be_signed(office), MANAGING))

    both = await asyncio.gather(
        office.cases.sign(signing(case, PARTNER)),
        office.cases.sign(signing(case, PARTNER, step=a_step("other"))),
        return_exceptions=True,
    )

    [lost] = [one for one in both if isinstance(one, Exception)]
    assert isinstance(lost, ChangedMeanwhile | NotAllowedNow)
    kept = await office.store.load(case.id)
    assert (await verdict_on(office, await application(office, kept))).good


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="no pdfsig on this machine")
async def test_pdfsig_agrees(office: Office, tmp_path: Path) -> None:
    case = await sealed(office)
    case = await office.cases.countersign(case.id, a_step("seal"), CLERK)
    file = tmp_path / "application.pdf"
    file.write_bytes(await application(office, case))

    words = ["pdfsig", "-nocert", str(file)]
    said = (await asyncio.to_thread(subprocess.check_output, words)).decode()

    assert "company-seal" in said
    assert f"Signer Certificate Common Name: {NAME}" in said
    assert said.count("Signature is Valid") == 5
    assert "invalid" not in said.lower()
