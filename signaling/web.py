"""What every request goes through: origin, headers, errors, and who is asking."""

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from multidict import CIMultiDictProxy

from casework.errors import CaseworkError, NotFound
from casework.ports import Terminal
from protocol.ids import TerminalId
from signaling import tokens
from signaling.policy import DEMO_STAFF, Act, Actor, Forbidden, require
from signaling.services import Services

log = logging.getLogger(__name__)

SERVICES = web.AppKey("services", Services)
COOKIE = "counter_session"
HTTP_STATUS = {
    "not-found": 404,
    "forbidden": 403,
    "bad-token": 401,
    "upload-too-large": 413,
    "wrong-offset": 409,
    "changed-meanwhile": 409,
    "not-allowed-now": 409,
    "recording-destroyed": 410,
    "case-destroyed": 410,
    "evidence-unavailable": 503,
    "release-locked": 423,
    "release-used": 410,
    "release-needs-person": 409,
    "window-unsettled": 423,
    "books-differ": 409,
    "media-unavailable": 503,
    "phone-expired": 410,
    "phone-ended": 410,
    "phone-used": 409,
    "phone-full": 429,
    "phone-too-fast": 429,
    "not-stored": 503,
}
"""Everything else that a person can act on is 400."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WrongOrigin(CaseworkError):
    """A page of somebody else's tries to act in the name of who is signed in."""

    code = "wrong-origin"


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the origin, answer errors in one form, and add our headers."""
    try:
        _require_own_origin(request)
        response = await handler(request)
    except (CaseworkError, tokens.BadToken, web.HTTPError) as error:
        response = _refusal(error, request)
    except web.HTTPException:
        raise  # a redirection
    except Exception:
        log.exception("request failed", extra={"route": _route(request)})
        response = failed("internal", 500)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(("/api/", "/phone/")):
            response.headers.setdefault("Cache-Control", "no-store")
    return response


def _refusal(error: Exception, request: web.Request) -> web.Response:
    if isinstance(error, web.HTTPError):
        code = "too-large" if error.status == 413 else "not-found"
        return failed(code, error.status)
    assert isinstance(error, CaseworkError | tokens.BadToken), "the only others"
    log.info("refused: %s", error.code, extra={"route": _route(request)})
    return failed(error.code)


def failed(code: str, status: int | None = None) -> web.Response:
    """Return an error that pages look up in ``texts.json``."""
    return web.json_response(
        {"code": code}, status=status or HTTP_STATUS.get(code, 400)
    )


def _require_own_origin(request: web.Request) -> None:
    """Browsers send Origin with every POST and WebSocket; ours must match.

    A terminal proves itself with its device key instead and sends no Origin.
    """
    changes = request.method not in {"GET", "HEAD"}
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    if not changes and not upgrade:
        return
    origin = request.headers.get("Origin")
    if origin is None and _bearer(request.headers):
        return
    if origin is None or not _is_ours(origin, request):
        raise WrongOrigin(origin or "none")


def _is_ours(origin: str, request: web.Request) -> bool:
    configured = urlsplit(request.app[SERVICES].settings.url)
    given = urlsplit(origin)
    return (given.scheme, given.netloc) == (configured.scheme, configured.netloc)


def actor_of(request: web.Request) -> Actor:
    """Return who is signed in; raises ``BadToken`` for nobody."""
    services = request.app[SERVICES]
    key = services.authority.token_signer().public_key()
    claims = tokens.read(key, request.cookies.get(COOKIE, ""), tokens.DESK)
    actor = DEMO_STAFF.get(str(claims.get("sub", "")))
    if actor is None or not services.settings.demo:
        raise tokens.BadToken("unknown staff")
    return actor


def actor_for(request: web.Request, act: Act) -> Actor:
    """Return who is signed in if they may ``act`` at all."""
    actor = actor_of(request)
    require(actor, act)
    return actor


async def terminal_of(request: web.Request) -> Terminal:
    """Return the terminal that signed this very request.

    Raises:
        BadToken: no proof, another path, too old, used before, or revoked.
    """
    services = request.app[SERVICES]
    proof = _bearer(request.headers)
    issuer = TerminalId(tokens.unverified_issuer(proof))
    try:
        terminal = await services.terminals.load(issuer)
    except NotFound:
        raise tokens.BadToken("unknown terminal") from None
    if terminal.revoked:
        raise Forbidden("revoked")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(terminal.public_key))
    claims = tokens.read(key, proof, tokens.DEVICE, issuer)
    if claims.get("htm") != request.method or claims.get("htu") != request.path:
        raise tokens.BadToken("proof for another request")
    lasts = claims["exp"] - claims["iat"]
    if lasts > tokens.PROOF_LASTS:
        raise tokens.BadToken("proof lasts too long")
    once = f"proof {issuer} {claims['jti']}"
    if not await services.bus.first_time(once, tokens.PROOF_LASTS * 4):
        raise tokens.BadToken("proof used before")
    return terminal


def download(data: bytes, name: str, kind: str) -> web.Response:
    """Return a file to be saved; a browser that opens it all the same runs nothing."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox",
    }
    return web.Response(body=data, content_type=kind, headers=headers)


def _bearer(headers: CIMultiDictProxy[str]) -> str:
    kind, _, token = headers.get("Authorization", "").partition(" ")
    return token if kind == "Device" else ""


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
