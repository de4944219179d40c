"""A company's seal on its application: a picture, a certificate and a signature."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from casework.cases import Cases
from casework.errors import (
    ChangedMeanwhile,
    NotAllowedNow,
)
from casework.items import Catalogue
from casework.ledger import Ledger
from casework.signing.notary import Notary
from casework.verify_dossier import verify_dossier
from protocol.ids import APPLICANT
from tests.builders import CLERK, Office, a_step
from tests.casework.partners import (
    MANAGING,
    PARTNER,
    PARTNERS,
    PARTNERSHIP,
    refusing,
    signed_by_both,
    signing,
    to_be_signed,
)
from tests.casework.sealed import application, lines, sealed, verdict_on
from tests.casework.test_signatures import NoClock

NAME, NUMBER = PARTNERS["partner_company"], PARTNERS["partner_number"]


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
    [logged_seal] = [one for one in checks if one.name == "check-seal-logged"]
    serial = logged_seal.detail
    assert line.detail == f"{NAME} ({NUMBER}), 42.0 × 42.0 mm, {serial}"
    logged = {one.about for one in checks if one.name == "check-logged-digest"}
    assert "materials/seal/seal.png" in logged


async def test_one_applicant_may_apply_for_a_company_alone(office: Office) -> None:
    found = office.items.item(PARTNERSHIP)
    alone = Catalogue([msgspec.structs.replace(found, signers=[])])
    office.items = alone
    office.cases = Cases(Ledger(office.store), office.papers, alone, office.clock)
    office.scans.items = alone
    case = await to_be_signed(office)

    case = await office.cases.sign(signing(case, APPLICANT))

    pdf = await application(office, case)
    assert (await verdict_on(office, pdf)).good
    told = await lines(office, pdf)
    assert [one.holds for one in told.values()] == [True, True]


async def test_without_a_time_stamp_the_seal_is_on_and_gets_its_time_later(
    office: Office,
) -> None:
    case = await to_be_signed(office)
    own = office.papers.notary
    office.papers.notary = Notary(office.authority, NoClock())
    case = await signed_by_both(office.cases, case)
    pdf = await application(office, case)

    assert (await verdict_on(office, pdf)).seal is not None
    assert not (await verdict_on(office, pdf)).proven
    later = await asyncio.to_thread(own.renew, pdf)
    assert (await verdict_on(office, later)).good


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
