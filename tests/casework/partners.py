"""An application that two partners sign, up to where the first of them reads it."""

import hashlib

from casework.away_signers import LINK
from casework.case import Case
from casework.cases import Cases
from casework.scans import Arriving
from protocol.ids import ItemId, MaterialId, PageId, SignerId
from protocol.messages import RefuseToSign, SignApplication
from protocol.parts import PageSeen
from protocol.states import Refusal
from tests.builders import CLERK, TERMINAL, Office, a_jpeg, a_signing, a_step, a_visit

PARTNERSHIP = ItemId("foreign-partnership")
MANAGING, PARTNER = SignerId("managing"), SignerId("partner")
PAPER = MaterialId("identity-partner")
PARTNERS = {
    "company": "示範合夥企業",
    "legal_representative": "陳示範",
    "partner": "李樣本",
    "capital": "100",
    "scope": "諮詢服務",
    "address": "示範市樣本路一號",
}


async def before_the_form(office: Office) -> Case:
    """Return a case with all papers accepted and its form filled in."""
    case = await office.cases.open(a_visit(item=PARTNERSHIP))
    case = await office.stored_page(case, "identity")
    seen = case.material(MaterialId("identity")).sha256
    case = await office.cases.confirm_identity(case.id, seen, a_step("who"), CLERK)
    for name in ("identity-partner", "agreement"):
        case = await office.stored_page(case, name)
        paper, step = MaterialId(name), a_step(f"accept-{name}")
        seen = case.material(paper).sha256
        case = await office.cases.accept_material(case.id, paper, seen, step, CLERK)
    return await office.cases.fill_form(case.id, PARTNERS)


async def to_be_signed(office: Office) -> Case:
    """Return a case whose application waits for the first signature."""
    case = await before_the_form(office)
    return await office.cases.accept_form(case.id, a_step("form"), CLERK)


def signing(case: Case, signer: SignerId, **more: object) -> SignApplication:
    """Return what the terminal says when ``signer`` has signed what is shown now."""
    shown = case.document("application")
    assert shown is not None, "made"
    pages = [PageSeen(page=n + 1, seconds=4.0) for n in range(shown.pages)]
    step = a_step(f"sign-{signer}-{case.version}")
    said = {"signer": signer, "step": step, "pages": pages, **more}
    return a_signing(case, shown.sha256, **said)


def refusing(case: Case, signer: SignerId) -> RefuseToSign:
    shown = case.document("application")
    assert shown is not None, "made"
    return RefuseToSign(
        step=a_step(f"no-{signer}"),
        case=case.id,
        sha256=shown.sha256,
        reason=Refusal.UNCLEAR,
        signer=signer,
    )


async def sent_link(office: Office, case: Case) -> Case:
    step = a_step(f"link-{case.version}")
    return await office.cases.expect(case.id, PARTNER, step, CLERK, away=True)


async def page_from(office: Office, case: Case, way: str) -> Case:
    """Store a page of the partner's identity document that came this ``way``."""
    data = a_jpeg() + way.encode()
    key = await office.papers.keep_bytes(case.id, "identity-partner-page", data)
    page = Arriving(material=PAPER, page=PageId(f"{case.version:032x}"), way=way)
    await office.scans.preview_arrived(case.id, page, key)
    stored = key, hashlib.sha256(data).hexdigest()
    step = a_step(f"way-{case.version}")
    return await office.scans.page_stored(case.id, page, stored, step, TERMINAL)


async def accepted(office: Office, case: Case) -> Case:
    seen, step = case.material(PAPER).sha256, a_step(f"accept-{case.version}")
    return await office.cases.accept_material(case.id, PAPER, seen, step, CLERK)


async def away_and_identified(office: Office) -> Case:
    """Return a case in which the partner, elsewhere, waits for their turn."""
    case = await sent_link(office, await before_the_form(office))
    case = await accepted(office, await page_from(office, case, LINK))
    return await office.cases.accept_form(case.id, a_step("form"), CLERK)


async def refused_once(office: Office) -> Case:
    """Return a case that both signed: the partner by link, and only the second time."""
    case = await away_and_identified(office)
    case = await office.cases.sign(signing(case, MANAGING))
    said = refusing(case, PARTNER)
    case = await office.cases.refuse_to_sign(said, "link abc", by_link=True)
    case = await office.cases.accept_form(case.id, a_step("form-2"), CLERK)
    case = await office.cases.sign(signing(case, MANAGING))
    return await office.cases.sign(signing(case, PARTNER), link="link abc")


async def signed_by_both(cases: Cases, case: Case) -> Case:
    for signer in (MANAGING, PARTNER):
        case = await cases.sign(signing(case, signer))
    return case
