"""HTTP for the applicant's own phone, and for the terminal that invites it.

The phone proves itself in ``Authorization``: first with the token of the QR code,
then with its page's own secret. Neither is ever part of an address that a server,
a proxy or a browser's history writes down.
"""

from pathlib import Path

import msgspec
from aiohttp import web

from casework.allowance import Allowance
from casework.errors import CaseworkError
from document_capture.files import LARGEST_FILE
from protocol.ids import CaseId, MaterialId, SignerId, is_hex_id
from signaling import cosign_api
from signaling.bodies import OneAtATime
from signaling.cosign_api import (
    PHONES,
    about_signing,
    page_of,
    take_refusal,
    take_signature,
)
from signaling.phone_intake import PhoneIntake
from signaling.phones import (
    LASTS,
    Invitation,
    Outcome,
    PhoneExpired,
    Phones,
    token_of,
)
from signaling.services import Services
from signaling.terminal_api import BadRequest, read_body
from signaling.terminal_socket import require_own_case
from signaling.web import SERVICES, failed, terminal_of

SLOWEST = 300.0
"""Seconds that a file may take to arrive: 20 MB at half a megabit per second."""
REFUSED = 422
PAGE_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Taking a photograph is the phone's own camera program: the page needs no camera."""

routes = web.RouteTableDef()


class PhoneTooFast(CaseworkError):
    """More requests than a person with a phone makes."""

    code = "phone-too-fast"


class _Invite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: CaseId
    material: MaterialId


class _Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    secret: str


class Pace:
    """How fast phones may ask: by their address, and by their page."""

    def __init__(self) -> None:
        # A whole office may be behind one address; a page is one person.
        self._hosts = Allowance(burst=100, per_second=5.0)
        self._pages = Allowance(burst=10, per_second=0.5)

    def require(self, request: web.Request, page: str, now: float) -> None:
        """Count a request, or raise ``PhoneTooFast``."""
        host = request.remote or ""
        if not self._hosts.take(host, 1, now):
            raise PhoneTooFast
        if page and not self._pages.take(page, 1, now):
            raise PhoneTooFast


_INTAKE = web.AppKey("phone intake", PhoneIntake)
ARRIVING = web.AppKey("phone files that arrive", OneAtATime)
_PACE = web.AppKey("phone pace", Pace)


def add_phones(app: web.Application, folder: Path) -> None:
    """Add the addresses and the built page in ``folder``."""

    async def opened(app: web.Application) -> None:
        services = app[SERVICES]
        app[PHONES] = Phones(services.bus, services.visits, services.clock)
        app[_INTAKE] = PhoneIntake(services, app[PHONES])
        app[ARRIVING] = OneAtATime()
        app[_PACE] = Pace()

    async def page(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / "index.html", headers=PAGE_HEADERS)

    app.on_startup.append(opened)
    app.add_routes(routes)
    app.add_routes(cosign_api.routes)
    app.router.add_get("/phone/", page)
    if (folder / "assets").is_dir():
        app.router.add_static("/phone/assets", folder / "assets")


@routes.post("/api/terminal/phones")
async def invite(request: web.Request) -> web.Response:
    """Return the address that the terminal shows as a QR code."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    asked = await read_body(request, _Invite)
    visit = await require_own_case(services, asked.case, terminal)
    case = await services.cases.ledger.store.load(asked.case)
    paper = case.material(asked.material)
    token = await request.app[PHONES].invite(visit, paper.id)
    # The token stands behind the #: browsers send that part to nobody, so it is in
    # no access log, no proxy and no Referer.
    url = f"{services.settings.url}/phone/#{token}"
    return web.json_response({"url": url, "seconds": int(LASTS)})


@routes.post("/api/phone")
async def open_page(request: web.Request) -> web.Response:
    """Let the first page in that shows the token; it makes up its own secret."""
    phones = request.app[PHONES]
    request.app[_PACE].require(request, "", phones.clock.now())
    token = _shown(request)
    asked = await read_body(request, _Open)
    if not is_hex_id(asked.secret):
        raise BadRequest("secret")
    return await _about(request, await phones.open(token, asked.secret))


@routes.get("/api/phone")
async def look(request: web.Request) -> web.Response:
    """Tell a page that was loaded again what it is for."""
    phones = request.app[PHONES]
    request.app[_PACE].require(request, "", phones.clock.now())
    return await _about(request, await phones.of_page(_shown(request)))


@routes.put("/api/phone/files")
async def send_file(request: web.Request) -> web.Response:
    """Take a file as it is; the same ``X-File`` again gets the same answer."""
    phones = request.app[PHONES]
    invitation = await phones.of_page(_shown(request))
    request.app[_PACE].require(request, invitation.id, phones.clock.now())
    file = request.headers.get("X-File", "")
    if not is_hex_id(file):
        raise BadRequest("X-File")
    arriving = request.app[ARRIVING]
    async with arriving.file(invitation.id, request, LARGEST_FILE, SLOWEST) as data:
        outcome = await phones.outcome(invitation, file)
        if outcome is None:
            outcome = await request.app[_INTAKE].take(invitation, file, data)
    return _said(outcome)


@routes.get("/api/phone/application/{page}.png")
async def application_page(request: web.Request) -> web.Response:
    """Return a page of what a signer who is elsewhere is to sign now."""
    invitation = await _signer(request)
    number, sha256 = request.match_info["page"], request.query.get("sha256", "")
    picture = await page_of(request.app[SERVICES], invitation, number, sha256)
    return web.Response(body=picture, content_type="image/png")


@routes.post("/api/phone/signature")
async def signature(request: web.Request) -> web.Response:
    """A signer who is elsewhere has signed; answers as ``look`` does."""
    invitation = await _signer(request)
    await take_signature(request, invitation, request.app[SERVICES])
    return await _about(request, invitation)


@routes.post("/api/phone/refusal")
async def refusal(request: web.Request) -> web.Response:
    """A signer who is elsewhere does not sign; answers as ``look`` does."""
    invitation = await _signer(request)
    await take_refusal(request, invitation, request.app[SERVICES])
    return await _about(request, invitation)


async def _signer(request: web.Request) -> Invitation:
    phones = request.app[PHONES]
    request.app[_PACE].require(request, "", phones.clock.now())
    invitation = await phones.of_page(_shown(request))
    if not invitation.signer:
        raise PhoneExpired
    return invitation


def _said(outcome: Outcome) -> web.Response:
    if outcome.code:
        return failed(outcome.code, REFUSED)
    return web.json_response({"pages": outcome.pages})


def _shown(request: web.Request) -> str:
    """Return the token or secret that the phone shows, or the token of its code."""
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    if kind == "Code":
        return token_of(shown)
    if kind != "Phone" or not is_hex_id(shown):
        raise PhoneExpired
    return shown


async def _about(request: web.Request, invitation: Invitation) -> web.Response:
    services: Services = request.app[SERVICES]
    case = await services.cases.ledger.store.load(invitation.case)
    visit = await services.visits.at_terminal(invitation.terminal)
    item = services.items.item(case.item)
    paper = item.material(invitation.material)
    signer = SignerId(invitation.signer)
    return web.json_response(
        {
            "signing": about_signing(case, signer, services) if signer else None,
            "language": invitation.language,
            "office": services.settings.office,
            "ticket": visit.number if visit else "",
            "item": item.title,
            "paper": paper.title,
            "seconds": request.app[PHONES].seconds_left(invitation),
            "largest": LARGEST_FILE,
            "most_pages": paper.pages,
        }
    )
