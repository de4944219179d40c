"""HTTP about a look at the face at a Citizen's Window: for windows, and for staff.

No picture of whoever stands there ever comes to the server.
"""

from collections.abc import Mapping

import msgspec
from aiohttp import web

from casework.case import Case
from casework.errors import ReleaseNeedsPerson
from casework.face_check import FaceCheck, FaceState, Sight
from casework.numbers import read_number
from protocol.faces import Agreed, FaceTold
from protocol.ids import IDENTITY, CaseId, PageId, TerminalId
from signaling.policy import Act, Actor, may, require
from signaling.services import Services
from signaling.terminal_api import read_body, released, require_pace
from signaling.web import SERVICES, actor_for, terminal_of

PORTRAITS_PER_MINUTE = 10
"""Portraits that one window may ask for in a minute; a look takes up to three."""
MOST_PAGES = 2
"""Pages of an identity document on which a portrait is looked for."""
WAITS = "face waits"
"""The group of cases, on the bus, at whose window somebody waits for a person."""
STILL_THERE = 15.0
"""Seconds after a window asked in which somebody still waits there; it asks every 3."""
ASKED_PER_MINUTE = 60
"""Times in a minute that a window may ask whether a person has looked."""

routes = web.RouteTableDef()


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    same: bool
    how: Sight


class FaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A look at a face, for the member of staff who has to decide."""

    state: FaceState
    outcome: str
    at: float
    terminal_name: str
    case: CaseId
    pages: list[tuple[PageId, int]]
    """Pages of the identity document, and the quarters by which each is turned."""


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a window who waits for a member of staff to look at them."""

    number: str
    at: float
    terminal_name: str


@routes.post("/api/terminal/releases/face/portrait")
async def portrait(request: web.Request) -> web.Response:
    """Return the applicant's portrait to the window where somebody agreed to it."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    agreed = await read_body(request, Agreed)
    await require_pace(services, terminal, "portrait", PORTRAITS_PER_MINUTE)
    case = await services.printing.releases.faces.agree(agreed, terminal.id)
    pages = [
        (await services.papers.read_bytes(case.id, one.page), one.turns)
        for one in case.material(IDENTITY).pages[:MOST_PAGES]
    ]
    data = await services.portraits.cut(pages)
    return web.Response(body=data, content_type="image/jpeg")


@routes.post("/api/terminal/releases/face")
async def told(request: web.Request) -> web.Response:
    """A window tells what came of its look; the answer has the job, if it goes on."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    said = await read_body(request, FaceTold)
    await require_pace(services, terminal)
    releases = services.printing.releases
    await releases.faces.told(said, terminal.id)
    return await _goes_on(services, said.number, terminal.id)


@routes.post("/api/terminal/releases/face/answer")
async def answer(request: web.Request) -> web.Response:
    """Return the job once a person has looked; until then, that they have not."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    asked = await read_body(request, _Asked)
    await require_pace(services, terminal, "face", ASKED_PER_MINUTE)
    return await _goes_on(services, asked.number, terminal.id)


async def _goes_on(services: Services, number: str, here: TerminalId) -> web.Response:
    releases = services.printing.releases
    try:
        job = await releases.release_seen(number, here)
    except ReleaseNeedsPerson:
        case = await releases.faces.opened_at(number, here)
        await services.bus.here(WAITS, case.id, STILL_THERE)
        return web.json_response({"waiting": True})
    return released(job)


@routes.get("/api/releases/{number}/face")
async def look(request: web.Request) -> web.Response:
    """Return the last look at the face of whoever fetches this licence, if any."""
    case, _ = await _numbered(request)
    terminals = await request.app[SERVICES].terminals.all()
    face = face_view(case, {one.id: one.name for one in terminals})
    return web.Response(
        body=msgspec.json.encode({"face": face}), content_type="application/json"
    )


async def _numbered(request: web.Request) -> tuple[Case, Actor]:
    actor = actor_for(request, Act.VOUCH)
    store = request.app[SERVICES].cases.ledger.store
    case = await store.numbered(read_number(request.match_info["number"]))
    require(actor, Act.VOUCH, case)
    return case, actor


@routes.post("/api/releases/{number}/face")
async def decide(request: web.Request) -> web.Response:
    """A member of staff who saw whoever fetches a licence says whether it is them."""
    case, actor = await _numbered(request)
    services = request.app[SERVICES]
    said = await read_body(request, _Said)
    faces = services.printing.releases.faces
    new = await faces.decide(case.id, actor.id, said.how, same=said.same)
    assert new.face is not None, "just decided"
    await services.bus.gone(WAITS, case.id)
    return web.json_response({"state": new.face.state.value})


async def waiting(
    services: Services, actor: Actor, names: Mapping[TerminalId, str]
) -> list[WaitingView]:
    """Return who waits at a window now for somebody like ``actor`` to look."""
    store = services.cases.ledger.store
    found = [await store.load(CaseId(one)) for one in await services.bus.who(WAITS)]
    return [
        WaitingView(
            number=one.number, at=one.face.at, terminal_name=_name(one.face, names)
        )
        for one in found
        if one.face is not None and may(actor, Act.VOUCH, one)
    ]


def _name(face: FaceCheck, names: Mapping[TerminalId, str]) -> str:
    return names.get(face.terminal, face.terminal[:8])


def face_view(case: Case, names: Mapping[TerminalId, str]) -> FaceView | None:
    """Return the last look at the face of whoever fetches the licence of ``case``."""
    if case.face is None:
        return None
    return FaceView(
        state=case.face.state,
        outcome=case.face.outcome,
        at=case.face.at,
        terminal_name=_name(case.face, names),
        case=case.id,
        pages=[(one.id, one.turns) for one in case.material(IDENTITY).pages],
    )
