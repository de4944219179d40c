"""HTTP for supervisors: what became of sheets, and the licence paper."""

import asyncio
import base64
import binascii
import hashlib

import cv2
import msgspec
from aiohttp import web

from casework.case import Case
from casework.errors import NotFound, PhotoMissing
from casework.numbers import read_number
from casework.ports import Job
from casework.print_job import Step
from casework.prints import Verdict
from casework.release_opening import TRIES
from casework.stock import Books, Photo
from document_capture.files import open_pages
from document_capture.images import Refused
from document_capture.straighten import to_jpeg
from protocol.ids import StepId, TerminalId
from protocol.states import CaseState, JobState, SheetReason
from signaling.face_api import FaceView, WaitingView, face_view, waiting
from signaling.policy import Act, Actor, may, require
from signaling.services import Services
from signaling.terminal_api import read_body
from signaling.web import SERVICES, actor_for

LONGEST_SIDE = 1600
"""Pixels of a kept photograph: enough to read a sheet's number and see a crease."""
QUALITY = 80

routes = web.RouteTableDef()


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    verdict: Step
    reason: SheetReason | None = None
    photo: str = ""


class _Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: StepId
    tray: TerminalId
    first: str
    last: str


class _Gone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: SheetReason
    photo: str = ""


class _Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    step: StepId
    counted: int


class _JobView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    number: str
    terminal: TerminalId
    terminal_name: str
    state: JobState
    at: float
    sheet: str
    settleable: bool


class _FoundView(msgspec.Struct, frozen=True):
    jobs: list[_JobView]
    locked: bool
    face: FaceView | None


class _TrayView(msgspec.Struct, frozen=True, kw_only=True):
    tray: TerminalId
    name: str
    next: str
    ready_for: str
    books: Books


class _PrintingView(msgspec.Struct, frozen=True):
    jobs: list[_JobView]
    trays: list[_TrayView]
    waiting: list[WaitingView]


@routes.get("/api/printing")
async def printing(request: web.Request) -> web.Response:
    """Return the jobs whose end is not known, and the paper of every terminal."""
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    names = {one.id: one.name for one in await services.terminals.all()}
    jobs = []
    for job in await services.printing.prints.open_ones():
        case = await services.cases.ledger.store.load(job.case)
        if may(actor, Act.ACCOUNT_FOR_SHEETS, case):
            jobs.append(_job_view(job, case, names, services))
    books = await services.printing.stock.books()
    trays = []
    for tray in dict.fromkeys([*names, *books]):
        top = await services.printing.stock.top(tray)
        view = _TrayView(
            tray=tray,
            name=names.get(tray, tray[:8]),
            next=top.serial if top else "",
            ready_for=top.job if top else "",
            books=books.get(tray, Books()),
        )
        trays.append(view)
    here = await waiting(services, actor, names)
    return _json(_PrintingView(jobs, trays, here))


@routes.get("/api/print-jobs")
async def of_number(request: web.Request) -> web.Response:
    """Return what was printed for an acceptance number, and whether it is locked."""
    services = request.app[SERVICES]
    case, _ = await _numbered(request, request.query.get("number", ""))
    names = {one.id: one.name for one in await services.terminals.all()}
    jobs = await services.printing.prints.of_case(case.id)
    views = [_job_view(one, case, names, services) for one in jobs]
    locked = case.release_tries >= TRIES
    return _json(_FoundView(views, locked, face_view(case, names)))


@routes.post("/api/releases/{number}/unlock")
async def unlock(request: web.Request) -> web.Response:
    """A supervisor who saw the applicant lets release codes be tried again."""
    case, actor = await _numbered(request, request.match_info["number"])
    await request.app[SERVICES].printing.releases.unlock(case.id, actor.id)
    return web.json_response({})


async def _numbered(request: web.Request, number: str) -> tuple[Case, Actor]:
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    store = request.app[SERVICES].cases.ledger.store
    case = await store.numbered(read_number(number))
    require(actor, Act.ACCOUNT_FOR_SHEETS, case)
    return case, actor


@routes.post("/api/print-jobs/{job}/verdict")
async def settle(request: web.Request) -> web.Response:
    """A supervisor who stood at the printer says what became of the sheet.

    The answer has the new release code when the licence may be printed again.
    """
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    said = await read_body(request, _Said)
    prints, store = services.printing.prints, services.cases.ledger.store
    job = await prints.any_job(request.match_info["job"])
    before = await store.load(job.case)
    require(actor, Act.ACCOUNT_FOR_SHEETS, before)
    photo = None
    if said.photo:
        jpeg = await _clean(said.photo)
        key = await services.papers.keep_bytes(before.id, f"spoiled-{job.id}", jpeg)
        photo = Photo(key, hashlib.sha256(jpeg).hexdigest())
    verdict = Verdict(step=said.verdict, reason=said.reason, photo=photo)
    settled = await prints.settle(job.id, verdict, actor.id)
    case = await store.load(job.case)
    again = case.state is CaseState.ISSUED and settled.state is JobState.SPOILED
    code = case.release_code if again else ""
    return web.json_response({"state": settled.state.value, "release_code": code})


@routes.get("/api/print-jobs/{job}/photo")
async def job_photo(request: web.Request) -> web.Response:
    """Return the photograph of a spoiled licence."""
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    job = await services.printing.prints.any_job(request.match_info["job"])
    case = await services.cases.ledger.store.load(job.case)
    require(actor, Act.ACCOUNT_FOR_SHEETS, case)
    data = await services.papers.read_bytes(case.id, job.photo)
    return web.Response(body=data, content_type="image/jpeg")


@routes.post("/api/stock/batches")
async def receive(request: web.Request) -> web.Response:
    """Take a batch of numbered paper into the tray of a terminal."""
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    asked = await read_body(request, _Batch)
    tray = await services.terminals.load(asked.tray)
    count = await services.printing.stock.receive(
        tray.id, asked.first, asked.last, actor.id, asked.step
    )
    return web.json_response({"count": count})


@routes.post("/api/stock/sheets/{serial}/{what:spoiled|lost}")
async def sheet_gone(request: web.Request) -> web.Response:
    """A blank sheet is torn, or is not where it should be."""
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    asked = await read_body(request, _Gone)
    stock, serial = services.printing.stock, request.match_info["serial"].upper()
    if request.match_info["what"] == "lost":
        await stock.lose(serial, asked.reason, actor.id)
        return web.json_response({})
    if not asked.photo:
        raise PhotoMissing(serial)
    await stock.sheet(serial)
    photo = await services.printing.photos.keep(serial, await _clean(asked.photo))
    await stock.spoil(serial, asked.reason, photo, actor.id)
    return web.json_response({})


@routes.get("/api/stock/sheets/{serial}/photo")
async def sheet_photo(request: web.Request) -> web.Response:
    """Return the photograph of a spoiled blank sheet."""
    actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    sheet = await services.printing.stock.sheet(request.match_info["serial"])
    if sheet.job or not sheet.photo:
        raise NotFound("photo")
    data = await services.printing.photos.read(Photo(sheet.photo, sheet.photo_sha256))
    return web.Response(body=data, content_type="image/jpeg")


@routes.post("/api/stock/trays/{tray}/close")
async def close_shift(request: web.Request) -> web.Response:
    """Close a shift: what was counted in the tray is what the books say."""
    actor = actor_for(request, Act.ACCOUNT_FOR_SHEETS)
    services = request.app[SERVICES]
    asked = await read_body(request, _Counted)
    tray = TerminalId(request.match_info["tray"])
    books = await services.printing.stock.close_shift(
        tray, asked.counted, actor.id, asked.step
    )
    return _json(books)


def _job_view(
    job: Job, case: Case, names: dict[TerminalId, str], services: Services
) -> _JobView:
    settleable = services.printing.prints.may_be_settled(job)
    return _JobView(
        id=job.id,
        number=case.number,
        terminal=job.terminal,
        terminal_name=names.get(job.terminal, job.terminal[:8]),
        state=job.state,
        at=job.at,
        sheet=job.sheet,
        settleable=settleable or job.state is JobState.PRINTED,
    )


async def _clean(photo: str) -> bytes:
    """Return a photograph made anew of its pixels, opened in a limited process.

    Raises:
        PhotoMissing: it is not a picture that we can open.
    """
    try:
        data = base64.b64decode(photo, validate=True)
        image = (await asyncio.to_thread(open_pages, data))[0]
    except (binascii.Error, Refused) as error:
        raise PhotoMissing("not a picture") from error
    scale = min(1.0, LONGEST_SIDE / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return to_jpeg(small, QUALITY)


def _json(value: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), content_type="application/json"
    )
