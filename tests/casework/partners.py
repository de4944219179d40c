"""An application that two partners sign, up to where the first of them reads it."""

from casework.case import Case
from casework.cases import Cases
from protocol.ids import ItemId, MaterialId, SignerId
from protocol.messages import RefuseToSign, SignApplication
from protocol.parts import PageSeen
from protocol.states import Refusal
from tests.builders import CLERK, Office, a_signing, a_step, a_visit

PARTNERSHIP = ItemId("foreign-partnership")
MANAGING, PARTNER = SignerId("managing"), SignerId("partner")
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


async def signed_by_both(cases: Cases, case: Case) -> Case:
    for signer in (MANAGING, PARTNER):
        case = await cases.sign(signing(case, signer))
    return case
