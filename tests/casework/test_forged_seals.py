"""Seals of companies that are missing, of others, or changed: each is noticed."""

import asyncio
import hashlib
import io

import msgspec
import pikepdf
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from casework.checks import Check
from casework.papers.application import place_of, seal_place
from casework.signing.ceremony import ceremony_of
from casework.signing.company import open_seal
from casework.signing.trust import Known, Trust
from casework.signing.verdicts import verify_pdf
from casework.verify import checks_of, signatures_of
from casework.verify_dossier import verify_dossier
from casework.verify_seal import seal_as_logged
from tests.builders import CLERK, Office, a_signature
from tests.casework.partners import (
    MANAGING,
    PARTNER,
    a_seal,
    signing,
    to_be_signed,
)
from tests.casework.sealed import application, lines, sealed, verdict_on


def drawn_in(pdf: bytes) -> bytes:
    """Return the picture in the field of the seal as it lies in the file."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        fields = opened.Root.AcroForm.Fields
        [field] = [one for one in fields if one.T == "company-seal"]
        [picture] = field.AP.N.Resources.XObject.values()
        return bytes(picture.read_raw_bytes())


async def test_an_application_without_the_seal_that_was_announced_fails(
    office: Office,
) -> None:
    case = await office.cases.sign(signing(await to_be_signed(office), MANAGING))

    told = await lines(office, await application(office, case))

    assert not told["check-seal-wanted"].holds
    assert "check-company-seal" not in told


async def test_a_seal_with_another_certificate_than_the_logs_is_noticed(
    office: Office,
) -> None:
    case = await sealed(office)
    dossier = await office.dossiers.make(case, CLERK)

    def other(name: str, pdf: bytes, trust: Trust, field: str | None) -> list[Check]:
        told = signatures_of(name, pdf, trust, field)
        return [
            msgspec.structs.replace(one, detail=f"{one.detail}0")
            if one.name == "check-company-seal"
            else one
            for one in told
        ]

    def without(name: str, pdf: bytes, trust: Trust, field: str | None) -> list[Check]:
        told = signatures_of(name, pdf, trust, field)
        return [one for one in told if one.name != "check-company-seal"]

    for looks in (other, without):
        checks = await asyncio.to_thread(verify_dossier, dossier, looks)
        [line] = [one for one in checks if one.name == "check-seal-logged"]
        assert not line.holds


async def test_where_the_log_withholds_the_seal_nothing_is_said_of_it() -> None:
    signed = ("application-signed", {"signed": "abc"})

    assert seal_as_logged([("application-made", {}), signed], []) == []


async def test_whose_seal_it_is_nobody_knows_without_the_issuers_root(
    office: Office,
) -> None:
    pdf = await application(office, await sealed(office))
    verdicts = await asyncio.to_thread(verify_pdf, pdf, Known(()))

    told = [one for one in checks_of("", verdicts, None) if "seal" in one.name]

    assert [(one.holds, one.known) for one in told] == [(False, False)] * 2


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
