"""HTTP for desks: sign-in, cases, pages, PDFs, dossiers."""

import asyncio

import msgspec
from aiohttp import web

from casework.case import Case, Document
from casework.errors import NotFound
from casework.signing.sm2_lines import SUFFIX
from document_capture.pdf_pages import draw_page
from protocol.ids import CaseId, MaterialId, PageId
from signaling import tokens
from signaling.policy import DEMO_STAFF, Act, may
from signaling.services import Services
from signaling.terminal_api import read_body
from signaling.views import case_view
from signaling.web import COOKIE, SERVICES, actor_for, actor_of, download

MOST_LISTED = 100
CASES_LISTED = ["submitted", "reviewing", "approved", "issued", "printed", "returned"]

routes = web.RouteTableDef()


class _Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: str


@routes.get("/api/login")
async def accounts(request: web.Request) -> web.Response:
    """Return the demo accounts, if there are any."""
    demo = request.app[SERVICES].settings.demo
    views = [actor.view() for actor in DEMO_STAFF.values()] if demo else []
    return _json(views)


@routes.post("/api/login")
async def login(request: web.Request) -> web.Response:
    """Sign in as a demo account: loopback only, see ``Settings.check``."""
    services = request.app[SERVICES]
    asked = await read_body(request, _Login)
    actor = DEMO_STAFF.get(asked.account)
    if actor is None or not services.settings.demo:
        raise tokens.BadToken("unknown staff")
    lasts = services.settings.session_hours * 3600
    token = tokens.issue(
        services.authority.token_signer(),
        tokens.DESK,
        lasts,
        services.clock.now(),
        sub=actor.id,
    )
    response = _json(actor.view())
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Strict", max_age=int(lasts)
    )
    return response


@routes.post("/api/logout")
async def logout(_request: web.Request) -> web.Response:
    """Sign out of this browser."""
    response = web.json_response({})
    response.del_cookie(COOKIE)
    return response


@routes.get("/api/me")
async def me(request: web.Request) -> web.Response:
    """Return who is signed in."""
    return _json(actor_of(request).view())


@routes.get("/api/cases")
async def cases(request: web.Request) -> web.Response:
    """Return the cases in work and done, longest untouched first."""
    actor = actor_for(request, Act.READ_CASE)
    store = request.app[SERVICES].cases.ledger.store
    found = await store.in_states(CASES_LISTED, MOST_LISTED)
    return _json([case_view(one) for one in found if may(actor, Act.READ_CASE, one)])


@routes.get("/api/cases/{case}/materials/{material}/{page}/{what}")
async def page(request: web.Request) -> web.Response:
    """Return a page's ``preview``, the ``page``, its untouched ``original``.

    Or the ``seal`` that was cut out of it, which is a PNG.
    """
    services = request.app[SERVICES]
    case = await _case(request, services)
    material = case.material(MaterialId(request.match_info["material"]))
    found = material.page(PageId(request.match_info["page"]))
    keys = {
        "preview": found.preview,
        "page": found.page,
        "original": found.original,
    }
    what = request.match_info["what"]
    key, kind = keys.get(what, ""), "image/jpeg"
    if what == "seal" and found.seal is not None:
        key, kind = found.seal.key, "image/png"
    data = await services.papers.read_bytes(case.id, key)
    return web.Response(body=data, content_type=kind)


@routes.get("/api/cases/{case}/documents/{name}")
async def document(request: web.Request) -> web.Response:
    """Return a PDF of a case; always as a download, never run in our origin."""
    services = request.app[SERVICES]
    case = await _case(request, services)
    found = _staff_document(case, request.match_info["name"])
    pdf = await services.papers.read(case.id, found)
    return download(pdf, f"{found.name}.pdf", "application/pdf")


@routes.get("/api/cases/{case}/documents/{name}/sm2")
async def signature_beside(request: web.Request) -> web.Response:
    """Return the SM2 signature beside a PDF of a case, where the office makes them."""
    services = request.app[SERVICES]
    case = await _case(request, services)
    found = _staff_document(case, request.match_info["name"])
    if found.sm2 is None:
        raise NotFound("sm2")
    file = await services.papers.read_beside(case.id, found.sm2)
    return download(file, f"{found.name}.pdf{SUFFIX}", "application/octet-stream")


@routes.get("/api/cases/{case}/documents/{name}/{page}.png")
async def document_page(request: web.Request) -> web.Response:
    """Return one page of a PDF of a case as a picture; pages count from 1."""
    services = request.app[SERVICES]
    case = await _case(request, services)
    found = _staff_document(case, request.match_info["name"])
    number = request.match_info["page"]
    if not number.isdigit() or not 1 <= int(number) <= found.pages:
        raise NotFound("page")
    pdf = await services.papers.read(case.id, found)
    picture = await asyncio.to_thread(draw_page, pdf, int(number) - 1)
    return web.Response(body=picture, content_type="image/png")


@routes.get("/api/cases/{case}/dossier")
async def dossier(request: web.Request) -> web.Response:
    """Return the dossier of a case."""
    services = request.app[SERVICES]
    case = await _case(request, services)
    store = services.cases.ledger.store
    await services.readings.bind(case.id)
    case = await store.load(case.id)
    data = await services.evidence.dossiers.make(case, actor_of(request).id)
    return download(data, f"dossier-{case.number or case.id}.zip", "application/zip")


def _staff_document(case: Case, name: str) -> Document:
    """Return a PDF that staff may see; the receipt holds the applicant's code."""
    found = case.document(name)
    if found is None or name == "receipt":
        raise NotFound("document")
    return found


async def _case(request: web.Request, services: Services) -> Case:
    """Return the case in the address if the actor may read it, else ``NotFound``."""
    actor = actor_of(request)
    store = services.cases.ledger.store
    case = await store.load(CaseId(request.match_info["case"]))
    if not may(actor, Act.READ_CASE, case):
        raise NotFound("case")
    return case


def _json(value: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), content_type="application/json"
    )
