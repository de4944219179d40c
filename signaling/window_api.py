"""HTTP for Citizen's Windows: what opens a release, and a document that does.

The picture of a document is read once, in the reading process, and is gone: neither
it nor the number on it is stored, logged or answered.
"""

import base64
import binascii

import msgspec
from aiohttp import web

from casework.errors import CaseworkError
from casework.items import FieldSpec
from casework.release_ways import NUMBER, normalised
from protocol.ids import IDENTITY
from signaling.readings import ReadingFailed
from signaling.services import Services
from signaling.terminal_api import BadRequest, read_body, released, require_pace
from signaling.upload_api import require_picture
from signaling.web import SERVICES, terminal_of

ASKED_PER_MINUTE = 30
"""Acceptance numbers that one window may ask about in a minute."""

routes = web.RouteTableDef()


class DocumentUnreadable(CaseworkError):
    """No number on the document that its own check digit confirms; costs no try."""

    code = "document-unreadable"


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


class _Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    picture: str
    """JPEG, base64."""


@routes.post("/api/terminal/release-ways")
async def ways(request: web.Request) -> web.Response:
    """Return what opens the release of an acceptance number: code, document."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    asked = await read_body(request, _Asked)
    await require_pace(services, terminal, "ways", ASKED_PER_MINUTE)
    found = await services.printing.releases.opening.ways(asked.number)
    return web.json_response({"ways": sorted(found)})


@routes.post("/api/terminal/releases/document")
async def release(request: web.Request) -> web.Response:
    """Release a licence to this terminal by acceptance number and document."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    asked = await read_body(request, _Shown)
    await require_pace(services, terminal)
    releases = services.printing.releases
    case = await releases.opening.awaiting_document(asked.number)
    item = services.items.item(case.item)
    [field] = [one for one in item.material(IDENTITY).fields if one.name == NUMBER]
    seen = await _number_on(services, _picture_of(asked.picture), field)
    job = await releases.release_to_holder(asked.number, seen, terminal.id)
    return released(job)


def _picture_of(picture: str) -> bytes:
    try:
        data = base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest("picture") from error
    require_picture(data)
    return data


async def _number_on(services: Services, jpeg: bytes, field: FieldSpec) -> str:
    """Return the number on a document, normalised.

    A number without a check digit that holds may be misread: it would cost the
    holder a try, and a print of any number would be tried for nothing.
    """
    try:
        read = await services.readings.read_once(jpeg, field)
    except ReadingFailed as error:
        raise DocumentUnreadable("not read") from error
    number = normalised(read.text) if read.verified else ""
    if not number:
        raise DocumentUnreadable(read.why)
    return number
