"""HTTP for terminals: enrolment, documents of the open case, printing."""

import hashlib
import secrets
from typing import TypeVar

import msgspec
from aiohttp import web

from casework.errors import CaseworkError, NotFound
from casework.ports import Job, Terminal
from casework.prints import Told
from signaling import tokens
from signaling.policy import Act
from signaling.services import Services
from signaling.web import SERVICES, actor_for, terminal_of

CODE_LASTS = 600.0
"""Seconds in which an enrolment code can be used, once."""
CODE_BYTES = 20

routes = web.RouteTableDef()


class BadRequest(CaseworkError):
    """A body that is not what this address takes."""

    code = "bad-request"


class TooManyTries(CaseworkError):
    """More attempts in a minute than a person makes."""

    code = "too-many-tries"


class _Enrol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    public_key: str
    name: str


class _Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    code: str


T = TypeVar("T")
RELEASES_PER_MINUTE = 10
"""Releases that one window may try in a minute, by code and document together."""


async def read_body(request: web.Request, kind: type[T]) -> T:
    """Return the JSON body as ``kind``, or raise ``BadRequest``."""
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadRequest(kind.__name__) from error


@routes.post("/api/enrolment-codes")
async def offer_code(request: web.Request) -> web.Response:
    """An administrator lets one terminal enrol within ten minutes."""
    actor_for(request, Act.ENROL)
    services = request.app[SERVICES]
    code = secrets.token_hex(CODE_BYTES)
    expires = services.clock.now() + CODE_LASTS
    await services.terminals.offer_code(_digest(code), expires)
    return web.json_response({"code": code})


@routes.post("/api/enrol")
async def enrol(request: web.Request) -> web.Response:
    """A terminal presents a code and the public half of its device key."""
    services = request.app[SERVICES]
    asked = await read_body(request, _Enrol)
    try:
        public = bytes.fromhex(asked.public_key)
        tokens.check_public_key(public)
    except ValueError as error:
        raise BadRequest("public key") from error
    terminal = Terminal(
        id=tokens.terminal_id(public),
        name=asked.name[:60],
        public_key=asked.public_key,
        enrolled=services.clock.now(),
    )
    await services.terminals.enrol(terminal, _digest(asked.code))
    return web.json_response({"terminal": terminal.id, "name": terminal.name})


@routes.get("/api/items")
async def items(request: web.Request) -> web.Response:
    """Return every service item; they are public."""
    views = request.app[SERVICES].items.views()
    return web.Response(
        body=msgspec.json.encode(views), content_type="application/json"
    )


@routes.get("/api/terminal/documents/{name}")
async def own_document(request: web.Request) -> web.Response:
    """Return a PDF of the case that is open at this terminal."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    visit = await services.visits.at_terminal(terminal.id)
    if visit is None or visit.case is None:
        raise NotFound("case")
    case = await services.cases.ledger.store.load(visit.case)
    document = case.document(request.match_info["name"])
    if document is None or document.name == "licence":
        raise NotFound("document")
    pdf = await services.papers.read(case.id, document)
    return web.Response(body=pdf, content_type="application/pdf")


@routes.post("/api/terminal/releases")
async def release(request: web.Request) -> web.Response:
    """Release a licence to this terminal by acceptance number and code."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    asked = await read_body(request, _Release)
    await require_pace(services, terminal)
    job = await services.printing.releases.release(
        asked.number, asked.code, terminal.id
    )
    return released(job)


def released(job: Job) -> web.Response:
    """Return what a window needs of a job that was released to it."""
    return web.json_response({"job": job.id, "sha256": job.sha256, "size": job.size})


async def require_pace(
    services: Services,
    terminal: Terminal,
    what: str = "release",
    most: int = RELEASES_PER_MINUTE,
) -> None:
    """Raise ``TooManyTries`` for a window that does ``what`` too often in a minute."""
    if await services.bus.count(f"{what} {terminal.id}", 60) > most:
        raise TooManyTries


@routes.get("/api/terminal/jobs/{job}/document")
async def job_document(request: web.Request) -> web.Response:
    """Return the PDF of a job released to this terminal; once, within 15 minutes."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    job = await services.printing.prints.hand_out(
        request.match_info["job"], terminal.id
    )
    case = await services.cases.ledger.store.load(job.case)
    document = case.document("licence")
    if document is None or document.sha256 != job.sha256:
        raise NotFound("licence")
    pdf = await services.papers.read(case.id, document)
    assert hashlib.sha256(pdf).hexdigest() == job.sha256, "checked when it was read"
    return web.Response(body=pdf, content_type="application/pdf")


@routes.post("/api/terminal/jobs/{job}")
async def job_moved(request: web.Request) -> web.Response:
    """The station says what became of a job."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    told = await read_body(request, Told)
    job = await services.printing.prints.moved(
        request.match_info["job"], told, terminal.id
    )
    return web.json_response({"state": job.state.value})


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
