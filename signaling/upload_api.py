"""HTTP for terminals: pages in resumable chunks, and the pages that are here."""

import asyncio
import base64

import msgspec
from aiohttp import web

from casework.arriving import Arriving
from casework.errors import NotFound
from casework.ports import Terminal
from protocol.ids import CaseId, MaterialId, PageId, StepId, UploadId, is_hex_id
from protocol.parts import ORIGINAL, PICTURES, PREVIEW
from protocol.states import CaseState
from signaling.intake import Part, store_part
from signaling.services import Services
from signaling.terminal_api import BadRequest, read_body
from signaling.terminal_socket import require_own_case
from signaling.uploads import LARGEST_CHUNK, Announced
from signaling.web import SERVICES, terminal_of

ANNOUNCEMENT = "Upload-Announcement"
"""The header of a first chunk that announces its upload: JSON in base64."""
LATE = 300.0
"""Seconds after a case's last change in which an original may come without a visit.

The terminal lets go of originals three minutes after the visit: the rest is for
clocks and for a line that comes back.
"""

routes = web.RouteTableDef()


class Coming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page as a terminal may announce it: how it came is not for it to say."""

    material: MaterialId
    page: PageId
    replaces: PageId = PageId("")
    overridden: str = ""
    why: str = ""
    round: int = 0

    def arriving(self) -> Arriving:
        """Return the page, which no terminal says to have come by another way.

        Raises:
            BadRequest: its name would not be one.
        """
        if not is_hex_id(self.page) or not is_hex_id(self.replaces or self.page):
            raise BadRequest("page")
        return Arriving(
            material=self.material,
            page=self.page,
            replaces=self.replaces,
            overridden=self.overridden,
            why=self.why,
            round=self.round,
        )


class _Announce(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: CaseId
    page: Coming
    what: str
    size: int
    sha256: str


@routes.post("/api/terminal/uploads/{upload}")
async def announce(request: web.Request) -> web.Response:
    """Begin or resume an upload; the answer says how much is here."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    asked = await read_body(request, _Announce)
    upload = UploadId(request.match_info["upload"])
    here, stored = await _begin(services, terminal, upload, asked)
    return web.json_response({"here": here, "stored": stored})


async def _begin(
    services: Services, terminal: Terminal, upload: UploadId, asked: _Announce
) -> tuple[int, bool]:
    """Return how much of an upload is here, and whether it has been stored."""
    if asked.what not in PICTURES:
        raise BadRequest("what")
    done = await asyncio.to_thread(services.uploads.stored, upload, terminal.id)
    if done:
        return done, True
    page = asked.page.arriving()
    announced = Announced(
        upload, asked.case, page, asked.what, asked.size, asked.sha256
    )
    await _require_wanted(services, announced, terminal)
    here = await asyncio.to_thread(services.uploads.begin, announced, terminal.id)
    return here, False


def _announced_with(request: web.Request) -> _Announce | None:
    """Return what a first chunk says of itself, which saves a question."""
    said = request.headers.get(ANNOUNCEMENT)
    if said is None:
        return None
    try:
        return msgspec.json.decode(base64.b64decode(said), type=_Announce)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadRequest("announcement") from error


async def _require_wanted(
    services: Services, asked: Announced, terminal: Terminal
) -> None:
    """Raise what speaks against this picture of a page, as things stand now.

    Raises:
        NotFound: not the case that is open at ``terminal``, or no such page of it.
        TooManyPages: the paper has no room for another page.
    """
    if await services.cases.ledger.store.was_applied(_step(asked)):
        return  # nothing more will happen, whatever has happened since
    if asked.what == ORIGINAL and await _is_late(services, asked, terminal):
        return
    await require_own_case(services, asked.case, terminal)
    if asked.what == PREVIEW:
        await services.scans.require_room(asked.case, asked.page)
    else:
        case = await services.cases.ledger.store.load(asked.case)
        case.material(asked.page.material).page(asked.page.page)


def _step(upload: Announced) -> StepId:
    return StepId(f"{upload.what}-{upload.id}")


async def _is_late(services: Services, asked: Announced, terminal: Terminal) -> bool:
    """Return whether this original of a page that is here may come after the visit."""
    case = await services.cases.ledger.store.load(asked.case)
    await services.visits.require_was_at(case.ticket, terminal.id)
    if case.state in {CaseState.WITHDRAWN, CaseState.CLOSED}:
        return False
    page = case.material(asked.page.material).page(asked.page.page)
    return bool(page.sha256) and services.clock.now() - case.touched < LATE


@routes.put("/api/terminal/uploads/{upload}")
async def add_chunk(request: web.Request) -> web.Response:
    """Add a chunk at ``?offset=``; the last one stores the whole."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    try:
        offset = int(request.query.get("offset", ""))
    except ValueError as error:
        raise BadRequest("offset") from error
    chunk = await request.content.read(LARGEST_CHUNK + 1)
    while len(chunk) <= LARGEST_CHUNK and not request.content.at_eof():
        chunk += await request.content.read(LARGEST_CHUNK + 1 - len(chunk))
    if len(chunk) > LARGEST_CHUNK:
        raise BadRequest("chunk too large")
    upload = UploadId(request.match_info["upload"])
    uploads = services.uploads
    if asked := _announced_with(request):
        await _begin(services, terminal, upload, asked)
    done = await asyncio.to_thread(uploads.stored, upload, terminal.id)
    if done:
        return web.json_response({"here": done, "stored": True})
    announced = await asyncio.to_thread(uploads.find, upload, terminal.id)
    here = await asyncio.to_thread(uploads.add, announced, offset, chunk)
    if here == announced.size:
        data = await asyncio.to_thread(uploads.take, announced)
        await _store(services, announced, terminal, data)
        await asyncio.to_thread(uploads.finish, announced, terminal.id)
    return web.json_response({"here": here, "stored": here == announced.size})


async def _store(
    services: Services, announced: Announced, terminal: Terminal, data: bytes
) -> None:
    case, page = announced.case, announced.page
    step = _step(announced)
    await _require_wanted(services, announced, terminal)
    require_picture(data)
    part = Part(announced.what, data, announced.sha256)
    await store_part(services, case, page, part, (step, terminal.id))


def require_picture(data: bytes) -> None:
    """Raise ``BadRequest`` unless ``data`` begins and ends as a JPEG does.

    Pages were opened and encoded anew by the terminal in a limited process; the
    server decodes them in such a process only, and browsers get them as
    ``image/jpeg`` only.
    """
    if not (data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")):
        raise BadRequest("not a JPEG")


@routes.get("/api/terminal/pages/{material}/{page}")
async def own_page(request: web.Request) -> web.Response:
    """Return the small picture of a page of the case that is open here."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    visit = await services.visits.at_terminal(terminal.id)
    if visit is None or visit.case is None:
        raise NotFound("case")
    case = await services.cases.ledger.store.load(visit.case)
    material = case.material(MaterialId(request.match_info["material"]))
    page = material.page(PageId(request.match_info["page"]))
    data = await services.papers.read_bytes(case.id, page.preview)
    return web.Response(body=data, content_type="image/jpeg")
