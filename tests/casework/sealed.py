"""An application with a company's seal on it, and what is said of the seal."""

import asyncio

from casework.case import Case
from casework.checks import Check
from casework.signing.trust import Trust
from casework.signing.verdicts import Verdict, agreed, verify_pdf
from casework.verify import signatures_of
from tests.builders import Office
from tests.casework.partners import (
    signed_by_both,
    to_be_signed,
)


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
