"""HTTP for a signer who is elsewhere, and for the clerk who gives them the link.

The page is the phone's (``phone_api``); a link opens it for one signer of one case,
until the visit ends. What it may do is asked of the case each time.
"""

import asyncio
from typing import Annotated, Literal

import msgspec
import segno
from aiohttp import web
from msgspec import Meta

from casework.away_signers import Stage, signer_of, stage_of
from casework.case import Case
from casework.errors import NotFound, NotTheseBytes
from document_capture.pdf_pages import draw_page
from protocol.ids import CaseId, SignerId, StepId
from protocol.messages import RefuseToSign, SignApplication
from protocol.parts import PageSeen, Point, SecondsAgo
from protocol.states import Refusal
from protocol.wire import BadMessage, within_bounds
from signaling.phones import SIGNING_LASTS, Invitation, Phones, new_code
from signaling.policy import Act, Actor, require
from signaling.services import Services
from signaling.terminal_api import BadRequest, read_body
from signaling.web import SERVICES, actor_of

PHONES = web.AppKey("phones", Phones)
Name = Annotated[str, Meta(max_length=64)]

routes = web.RouteTableDef()


class _Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: Name
    away: bool


class _Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: Name
    sha256: Name
    pages: list[PageSeen]
    declared: Literal["touch"]
    strokes: list[list[Point]]
    began_ago: SecondsAgo = 0.0


class _Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: Name
    sha256: Name
    reason: Refusal


@routes.post("/api/cases/{case}/signers/{signer}")
async def expect(request: web.Request) -> web.Response:
    """The clerk gives a signer a new link, or expects them at the counter.

    Either way they show again who they are; a link from before ends.
    """
    services = request.app[SERVICES]
    actor = actor_of(request)
    case = await services.cases.ledger.store.load(CaseId(request.match_info["case"]))
    require(actor, Act.SERVE, case)
    asked = await read_body(request, _Expect)
    return await _expect(request, case, actor, asked)


async def _expect(
    request: web.Request, case: Case, actor: Actor, asked: _Expect
) -> web.Response:
    services: Services = request.app[SERVICES]
    signer = signer_of(case, SignerId(request.match_info["signer"]))
    visit = await services.visits.at_terminal(case.terminal)
    if visit is None or visit.case != case.id:
        raise NotFound("visit")
    step = StepId(f"{actor.id} {asked.step}")
    await services.cases.expect(case.id, signer.id, step, actor.id, away=asked.away)
    # Also when they come to the counter: a new token ends the link from before.
    phones, code = request.app[PHONES], new_code()
    token = await phones.invite(visit, signer.identity, signer.id, code)
    await services.visits.tell_case(case.id)
    if not asked.away:
        return web.json_response({})
    url = f"{services.settings.url}/phone/#sign-{token}"
    square = segno.make(url, error="m", micro=False)
    svg = square.svg_data_uri(border=4, light="#ffffff", omitsize=True)
    made = {"url": url, "svg": svg, "seconds": int(SIGNING_LASTS), "code": code}
    return web.json_response(made | {"page": f"{services.settings.url}/phone/"})


def about_signing(
    case: Case, signer: SignerId, services: Services
) -> dict[str, object]:
    """Return what the signer's page shows now; of the application only its digest."""
    one, stage = signer_of(case, signer), stage_of(case, signer)
    item = services.items.item(case.item)
    role = next((spec.title for spec in item.signers if spec.id == signer), {})
    paper = case.material(one.identity)
    shown = case.document("application") if stage is Stage.SIGN else None
    return {
        "stage": stage.value,
        "role": role,
        "name": one.name,
        "last": sum(not other.signed for other in case.signers) == 1,
        "reason": paper.reason,
        "sha256": shown.sha256 if shown else "",
        "pages": shown.pages if shown else 0,
    }


async def page_of(
    services: Services, invitation: Invitation, number: str, sha256: str
) -> bytes:
    """Return a page (PNG) of exactly the bytes that the signer is to sign now.

    Raises:
        NotFound: it is not their turn, or there is no such page.
        NotTheseBytes: the application is another now.
    """
    case = await services.cases.ledger.store.load(invitation.case)
    shown = case.document("application")
    turn = stage_of(case, SignerId(invitation.signer)) is Stage.SIGN
    if shown is None or not turn or not number.isdecimal():
        raise NotFound("application")
    if shown.sha256 != sha256:
        raise NotTheseBytes("application")
    if not 1 <= int(number) <= shown.pages:
        raise NotFound("page")
    pdf = await services.papers.read(case.id, shown)
    return await asyncio.to_thread(draw_page, pdf, int(number) - 1)


async def take_signature(
    request: web.Request, invitation: Invitation, services: Services
) -> None:
    """Sign with what the phone sends; the same step again is the same signature."""
    told = await read_body(request, _Signature)
    said = SignApplication(
        step=_step(invitation, told.step),
        case=invitation.case,
        sha256=told.sha256,
        pages=told.pages,
        declared=told.declared,
        strokes=told.strokes,
        began_ago=told.began_ago,
        signer=SignerId(invitation.signer),
    )
    try:
        within_bounds(said)
    except BadMessage as error:
        raise BadRequest("signature") from error
    await services.cases.sign(said, link=_link(invitation))
    services.readings.bind_soon(said.case)
    services.visits.tell_desks_soon()
    await services.visits.tell_case(said.case)


async def take_refusal(
    request: web.Request, invitation: Invitation, services: Services
) -> None:
    """The signer does not sign, and says why."""
    told = await read_body(request, _Refusal)
    said = RefuseToSign(
        step=_step(invitation, told.step),
        case=invitation.case,
        sha256=told.sha256,
        reason=told.reason,
        signer=SignerId(invitation.signer),
    )
    await services.cases.refuse_to_sign(said, _link(invitation), by_link=True)
    await services.visits.tell_case(said.case)


def _step(invitation: Invitation, step: str) -> StepId:
    return StepId(f"{_link(invitation)} {step}")


def _link(invitation: Invitation) -> str:
    """Return what the log calls a link: names it, and opens nothing."""
    return f"link {invitation.id[:32]}"
