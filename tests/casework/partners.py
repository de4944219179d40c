"""An application that two partners sign, up to where the first of them reads it."""

import hashlib
import io

from PIL import Image as Picture
from PIL import ImageDraw

from casework.arriving import Arriving
from casework.away_signers import LINK
from casework.case import Case
from casework.cases import Cases
from casework.impression import Impression
from protocol.ids import ItemId, MaterialId, PageId, SignerId
from protocol.messages import RefuseToSign, SignApplication
from protocol.parts import PageSeen
from protocol.states import Refusal
from signaling.services import Services
from tests.builders import CLERK, TERMINAL, Office, a_jpeg, a_signing, a_step, a_visit

PARTNERSHIP = ItemId("foreign-partnership")
MANAGING, PARTNER = SignerId("managing"), SignerId("partner")
PAPER, SEAL = MaterialId("identity-partner"), MaterialId("seal")
PARTNERS = {
    "company": "示範合夥企業",
    "legal_representative": "陳示範",
    "partner_company": "樣本控股有限公司",
    "partner_number": "SAMPLE-1234567",
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
    for name in ("identity-partner", "agreement", "seal"):
        case = await office.stored_page(case, name)
        if name == SEAL:
            case = await with_seal(office, case)
        paper, step = MaterialId(name), a_step(f"accept-{name}")
        seen = case.material(paper).sha256
        case = await office.cases.accept_material(case.id, paper, seen, step, CLERK)
    return await office.cases.fill_form(case.id, PARTNERS)


def a_seal(side: int = 300) -> bytes:
    """Return a picture of a seal as it is cut out: a red ring on nothing."""
    picture = Picture.new("RGBA", (side, side), (0, 0, 0, 0))
    ring = (4, 4, side - 4, side - 4)
    ImageDraw.Draw(picture).ellipse(ring, outline=(200, 30, 40, 255), width=9)
    ImageDraw.Draw(picture).text((side // 3, side // 2), "SEAL", (200, 30, 40, 255))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


async def with_seal(office: Office | Services, case: Case, png: bytes = b"") -> Case:
    """Have the seal found on its page, as the reading process does."""
    png = png or a_seal()
    found = Impression(
        key=await office.papers.keep_bytes(case.id, "seal-seal", png),
        sha256=hashlib.sha256(png).hexdigest(),
        width=42.0,
        height=42.0,
        place=(0.4, 0.4, 0.2, 0.14),
    )
    page = Arriving(material=SEAL, page=case.material(SEAL).pages[0].id)
    return await office.scans.seal_read(case.id, page, found, "")


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
    page = Arriving(
        material=PAPER,
        page=PageId(f"{case.version:032x}"),
        way=way,
        round=case.material(PAPER).refusals,
    )
    await office.scans.previews_arrived(case.id, [(page, key)])
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
