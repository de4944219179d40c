"""HTTP for recordings: which there are, replaying them, and legal hold."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from casework.errors import NotAllowedNow, NotFound, ReasonMissing, Unreadable
from casework.films import read_film, read_manifest
from casework.ports import Entry
from casework.recording import Recording
from casework.retention import DAY, days_kept
from protocol.ids import CallId, CaseId
from protocol.states import EventKind
from signaling import tokens
from signaling.policy import Act, Actor, may, require
from signaling.services import Services
from signaling.terminal_api import read_body
from signaling.web import SERVICES, actor_for

PLAY_LASTS = 300.0
"""Seconds for which a token plays; the page renews it while it is open."""
PLAY_COOKIE = "counter_play"
MOST_LISTED = 100
LARGEST_RANGE = 256 * 1024
"""Bytes of a film sent in one answer: about two seconds, from one key frame to the
next. Chromium always asks for all the rest; a larger answer is mostly thrown away
at the next seek."""
LONGEST_REASON = 300

routes = web.RouteTableDef()


class _Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


@routes.get("/api/recordings")
async def recordings(request: web.Request) -> web.Response:
    """Return the newest recordings that the actor may watch."""
    actor = actor_for(request, Act.WATCH)
    services = request.app[SERVICES]
    held = await services.keeping.held()
    rows = []
    for one in await services.recordings.latest(MOST_LISTED):
        case = await services.cases.ledger.store.load(one.case)
        if may(actor, Act.WATCH, case):
            row = msgspec.to_builtins(one)
            row |= {"item": case.item, "number": case.number, "clerk": case.clerk}
            days = days_kept(services.items, case.item)
            row |= {"kept_until": one.ended + days * DAY, "held": one.call in held}
            rows.append(row)
    return web.json_response(rows)


@routes.post("/api/recordings/{call}/views")
async def watch(request: web.Request) -> web.Response:
    """Begin to watch: the log first, then the token that plays, and the timeline."""
    services = request.app[SERVICES]
    actor, recording = await _recording(request, Act.WATCH)
    await services.recordings.key(recording.call)  # nothing to watch without it
    # Who watches is in the log before the first picture leaves.
    await _log(services, "recording-watched", actor, recording, {})
    response = web.json_response({"events": await _timeline(services, recording)})
    _let_play(response, services, actor, recording.call)
    return response


@routes.post("/api/recordings/{call}/renewals")
async def renew(request: web.Request) -> web.Response:
    """Watch on: a token that still plays is exchanged for a fresh one."""
    services = request.app[SERVICES]
    actor, recording = await _recording(request, Act.WATCH)
    _require_token(request, actor, recording.call)
    response = web.json_response({})
    _let_play(response, services, actor, recording.call)
    return response


@routes.get("/api/recordings/{call}/films/{film}")
async def play(request: web.Request) -> web.Response:
    """Return a range of one film, decrypted from the segments that hold it."""
    services = request.app[SERVICES]
    actor = actor_for(request, Act.WATCH)
    call = CallId(request.match_info["call"])
    _require_token(request, actor, call)
    recording = await services.recordings.load(call)
    film = recording.film(request.match_info["film"])
    if film is None:
        raise NotFound("film")
    opens = await services.recordings.key(call)
    manifest = await read_manifest(services.objects, opens, recording)
    start, end = _range(request.headers, film.size)
    span = (start, min(end, start + LARGEST_RANGE, film.size))
    segments = manifest.span(film.name, *span)
    data = await read_film(services.objects, opens, segments, span)
    headers = {
        "Content-Range": f"bytes {span[0]}-{span[1] - 1}/{film.size}",
        "Accept-Ranges": "bytes",
    }
    return web.Response(
        status=206, body=data, content_type=film.media_type, headers=headers
    )


@routes.post("/api/recordings/{call}/hold")
async def hold(request: web.Request) -> web.Response:
    """Keep a recording whatever the rule of its item says."""
    services = request.app[SERVICES]
    actor, recording = await _recording(request, Act.KEEP)
    reason = await _reason(request)
    await services.keeping.hold(recording.call)
    await _log_reason(services, EventKind.HELD, actor, recording, reason)
    return web.json_response({})


@routes.post("/api/recordings/{call}/release")
async def release(request: web.Request) -> web.Response:
    """Let the rule decide again; the log says so first."""
    services = request.app[SERVICES]
    actor, recording = await _recording(request, Act.KEEP)
    reason = await _reason(request)
    if recording.call not in await services.keeping.held():
        raise NotAllowedNow("not held")
    await _log_reason(services, EventKind.RELEASED, actor, recording, reason)
    await services.keeping.lift(recording.call)
    return web.json_response({})


async def _recording(request: web.Request, act: Act) -> tuple[Actor, Recording]:
    """Return the recording in the address if the actor may do ``act`` to it."""
    actor = actor_for(request, act)
    services = request.app[SERVICES]
    recording = await services.recordings.load(CallId(request.match_info["call"]))
    case = await services.cases.ledger.store.load(recording.case)
    require(actor, act, case)
    return actor, recording


async def _reason(request: web.Request) -> str:
    reason = (await read_body(request, _Reason)).reason.strip()
    if not reason:
        raise ReasonMissing("legal hold")
    return reason[:LONGEST_REASON]


async def _log_reason(
    services: Services, kind: EventKind, actor: Actor, one: Recording, reason: str
) -> None:
    """What somebody typed is sealed on the timeline; the log has its digest."""
    await services.timeline.note(one.call, kind, actor.id, {"reason": reason})
    digest = hashlib.sha256(reason.encode()).hexdigest()
    facts = {"reason-sha256": digest}
    await _log(services, f"recording-{kind.value}", actor, one, facts)


async def _log(
    services: Services, kind: str, actor: Actor, one: Recording, facts: dict[str, str]
) -> None:
    entry = Entry(
        kind=kind,
        at=services.clock.now(),
        by=actor.id,
        case=one.case,
        facts={"call": one.call, **facts},
    )
    await services.cases.ledger.store.append(entry)


def _let_play(
    response: web.Response, services: Services, actor: Actor, call: CallId
) -> None:
    """A cookie of this recording's own addresses: no token is ever in an address."""
    key, now = services.authority.token_signer(), services.clock.now()
    token = tokens.issue(key, tokens.PLAY, PLAY_LASTS, now, sub=actor.id, call=call)
    response.set_cookie(
        PLAY_COOKIE,
        token,
        path=f"/api/recordings/{call}/",
        httponly=True,
        samesite="Strict",
        max_age=int(PLAY_LASTS),
    )


def _require_token(request: web.Request, actor: Actor, call: CallId) -> None:
    key = request.app[SERVICES].authority.token_signer().public_key()
    claims = tokens.read(key, request.cookies.get(PLAY_COOKIE, ""), tokens.PLAY)
    if (claims.get("call"), claims.get("sub")) != (call, actor.id):
        raise tokens.BadToken("token for another recording or person")


def _range(headers: Mapping[str, str], size: int) -> tuple[int, int]:
    """Return start and end (exclusive) of the first range (RFC 9110 14.1.2)."""
    unit, _, wanted = headers.get("Range", "bytes=0-").partition("=")
    first, _, last = wanted.split(",")[0].strip().partition("-")
    try:
        if not first:
            start, end = size - int(last), size
        else:
            start, end = int(first), int(last) + 1 if last else size
    except ValueError:
        start, end = 0, size
    if unit != "bytes" or not 0 <= start < min(end, size):
        raise Unreadable("range")
    return start, end


async def _timeline(services: Services, recording: Recording) -> list[dict[str, Any]]:
    """Return what was noted and what the evidence log says, on one clock."""
    noted = await services.timeline.events(recording.call)
    rows = [{"from": "event", **msgspec.to_builtins(event)} for event in noted]
    rows += await _steps(services, recording.case)
    return sorted(rows, key=lambda row: float(row["at"]))


async def _steps(services: Services, case: CaseId) -> list[dict[str, Any]]:
    rows = []
    for entry in await services.cases.ledger.store.entries(case):
        leaf = msgspec.to_builtins(entry.said)
        said = {name: leaf[name] for name in ("at", "kind", "by", "facts")}
        rows.append({"from": "entry", **said})
    return rows
