"""HTTP around licences: what an office publishes, their life, and how they stand."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from casework.allowance import Allowance
from casework.case import Case
from casework.errors import CaseworkError, NotFound
from casework.licence import MOVES, Licence, Step
from casework.licence_code import code_signer, published_keys
from casework.licence_export import credential
from casework.licence_list import make_list
from casework.licences import Change, require_in_force
from casework.numbers import read_number
from casework.verify_licence import record_in
from protocol.ids import CaseId, StepId
from protocol.licence_views import LicenceStatus, LicenceStep, LicenceView
from signaling.licence_page import saved_page
from signaling.policy import Act, Actor, Forbidden, may
from signaling.services import Services
from signaling.terminal_api import BadRequest, read_body
from signaling.web import SERVICES, actor_of

FRESH: Final = 60.0
"""Seconds for which one signed list is given to everybody who asks."""
MARK_DIGITS: Final = 16
COPY: Final = frozenset({Step.DUPLICATED})
"""What a clerk may do to the licence of an own case; approvers may do everything."""

routes = web.RouteTableDef()


class TooFast(CaseworkError):
    """More questions than a person asks."""

    code = "too-fast"


class _Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: StepId
    act: Step
    reason: str
    fields: dict[str, str] = {}


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str = ""
    mark: str = ""


class Publisher:
    """What the office publishes; the list is signed anew after ``FRESH`` seconds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._list = b""
        self._made = 0.0
        self.keys = published_keys(services.authority, services.settings.office)

    async def withdrawn(self) -> bytes:
        """Return the signed list of licences that are not in force."""
        now = self._services.clock.now()
        if not self._list or now - self._made >= FRESH:
            marks = await self._services.licences.copies.withdrawn()
            signer = code_signer(self._services.authority)
            issuer = self._services.settings.office
            made = await asyncio.to_thread(make_list, marks, issuer, now, signer)
            self._list, self._made = made, now
        return self._list


PUBLISHER = web.AppKey("publisher", Publisher)
PACE = web.AppKey("licence pace", Allowance)


def add_licences(app: web.Application, folder: Path) -> None:
    """Add the addresses, and the page for everybody that was built in ``folder``."""

    async def opened(app: web.Application) -> None:
        app[PUBLISHER] = Publisher(app[SERVICES])
        app[PACE] = Allowance(burst=30, per_second=0.5)

    async def page(_request: web.Request) -> web.FileResponse:
        headers = {"Cache-Control": "no-cache"}
        return web.FileResponse(folder / "index.html", headers=headers)

    async def saved(request: web.Request) -> web.Response:
        publisher = request.app[PUBLISHER]
        listed = await publisher.withdrawn()
        body = await asyncio.to_thread(saved_page, folder, publisher.keys, listed)
        headers = {"Content-Disposition": 'attachment; filename="licence-check.html"'}
        return web.Response(body=body, content_type="text/html", headers=headers)

    app.on_startup.append(opened)
    app.add_routes(routes)
    app.router.add_get("/licence-check/", page)
    app.router.add_get("/licence-check/offline.html", saved)
    if (folder / "assets").is_dir():
        app.router.add_static("/licence-check/assets", folder / "assets")


@routes.get("/licence-check/keys.json")
async def keys(request: web.Request) -> web.Response:
    """Return the keys that verify the codes of this office's licences."""
    encoded = request.app[PUBLISHER].keys.encoded()
    return web.Response(body=encoded, content_type="application/json")


@routes.get("/licence-check/withdrawn.cose")
async def withdrawn(request: web.Request) -> web.Response:
    """Return the signed list of licences that are not in force."""
    body = await request.app[PUBLISHER].withdrawn()
    return web.Response(body=body, content_type="application/cose")


@routes.post("/api/licence-status")
async def status(request: web.Request) -> web.Response:
    """Say how a licence stands, by its acceptance number or the mark of a copy.

    What is answered is what a licence on a wall shows: no name and no reason.
    """
    services = request.app[SERVICES]
    if not request.app[PACE].take(request.remote or "", 1, services.clock.now()):
        raise TooFast
    asked = await read_body(request, _Asked)
    if asked.mark:
        standing = await services.licences.copies.standing(_mark(asked.mark))
        return _json(LicenceStatus(standing=standing))
    case = await services.cases.ledger.store.numbered(read_number(asked.number))
    licence = _licence_of(case)
    template = services.items.template(services.items.item(case.item))
    return _json(
        LicenceStatus(
            standing=licence.standing_at(services.clock.now()),
            title=template.title[template.languages[0]],
            issued=licence.issued,
            ends=licence.ends,
            history=[
                LicenceStep(step=one.step.value, at=one.at) for one in licence.history
            ],
        )
    )


@routes.get("/api/cases/{case}/licence")
async def licence(request: web.Request) -> web.Response:
    """Return the licence of a case as the desk sees it."""
    services = request.app[SERVICES]
    actor, case = await _seen_case(request, services)
    return _json(_view(case, actor, services))


@routes.get("/api/cases/{case}/licence/credential")
async def licence_credential(request: web.Request) -> web.Response:
    """Return a licence that is in force as a verifiable credential of the W3C."""
    services = request.app[SERVICES]
    _, case = await _seen_case(request, services)
    return await credential_answer(case, services)


async def credential_answer(case: Case, services: Services) -> web.Response:
    """Return the credential of a case's licence as a file.

    Raises:
        LicenceNotInForce: it was suspended or revoked, or has run out.
        NotFound: it has none.
    """
    require_in_force(case, services.clock.now())
    document = case.document("licence")
    if document is None:
        raise NotFound("licence")
    record = record_in(await services.papers.read(case.id, document))
    issuer, signer = services.settings.url, code_signer(services.authority)
    token = credential(record, issuer, signer)
    headers = {"Content-Disposition": 'attachment; filename="licence.vc.jwt"'}
    return web.Response(text=token, content_type="application/vc+jwt", headers=headers)


@routes.post("/api/cases/{case}/licence")
async def change_licence(request: web.Request) -> web.Response:
    """Amend, renew, suspend, restore, revoke, or replace a copy; once per step."""
    services = request.app[SERVICES]
    actor, case = await _seen_case(request, services)
    asked = await read_body(request, _Change)
    if not _may(actor, asked.act, case):
        raise Forbidden(f"{actor.role} {asked.act}")
    change = Change(
        step=asked.act,
        by=actor.id,
        mark=asked.step,
        reason=asked.reason,
        fields=asked.fields,
    )
    done = await services.licences.change(case.id, change)
    return _json(_view(done, actor, services))


def _view(case: Case, actor: Actor, services: Services) -> LicenceView:
    licence = _licence_of(case)
    standing = licence.standing_at(services.clock.now())
    years = services.items.template(services.items.item(case.item)).years
    return LicenceView(
        standing=standing,
        identifier=licence.identifier,
        edition=licence.edition,
        issued=licence.issued,
        ends=licence.ends,
        history=[
            LicenceStep(step=one.step.value, at=one.at, by=one.by, reason=one.reason)
            for one in licence.history
        ],
        allowed=[
            step.value
            for step in MOVES[standing]
            if _may(actor, step, case) and (years or step is not Step.RENEWED)
        ],
    )


def _may(actor: Actor, step: Step, case: Case) -> bool:
    act = Act.REPLACE_COPY if step in COPY else Act.CHANGE_LICENCE
    return may(actor, act, case)


async def _seen_case(request: web.Request, services: Services) -> tuple[Actor, Case]:
    """Return who asks and the case in the address, or raise ``NotFound``."""
    actor = actor_of(request)
    store = services.cases.ledger.store
    case = await store.load(CaseId(request.match_info["case"]))
    if not may(actor, Act.READ_CASE, case):
        raise NotFound("case")
    return actor, case


def _licence_of(case: Case) -> Licence:
    if case.licence is None:
        raise NotFound("licence")
    return case.licence


def _mark(text: str) -> bytes:
    try:
        mark = bytes.fromhex(text)
    except ValueError as error:
        raise BadRequest("mark") from error
    if len(text) != MARK_DIGITS:
        raise BadRequest("mark")
    return mark


def _json(value: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), content_type="application/json"
    )
