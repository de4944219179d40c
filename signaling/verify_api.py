"""The public page on which anybody verifies a signed PDF. Nothing of it is kept."""

import asyncio
import datetime as dt
import logging
import re
from pathlib import Path

import msgspec
from aiohttp import web

from casework.signing.sm2_form import LARGEST as LARGEST_SM2
from casework.signing.sm2_lines import Sm2Known
from casework.signing.trust import Known
from protocol.settings import BadSetting
from signaling.bodies import read_file
from signaling.services import Services
from signaling.sm2_trust import sm2_trust
from signaling.terminal_api import BadRequest, TooManyTries
from signaling.trust_files import listed_anchors, trust_files
from signaling.uploads import UploadTooLarge
from signaling.verifier import PdfVerifier, Sm2Beside
from signaling.web import SERVICES

LARGEST_FILE = 20 * 1024 * 1024
SLOWEST = 60.0
"""Seconds in which the file has to arrive."""
A_MINUTE = 20
"""Files that one address may send in a minute; an office may share one address."""

SIZE = re.compile("[0-9]{1,9}")
"""How a number of bytes is written in an address."""

log = logging.getLogger(__name__)
VERIFIER = web.AppKey("verifier", PdfVerifier)


def add_verification(app: web.Application, pages: Path) -> None:
    """Add the page and its one request; the verifier closes with the application."""

    async def page(_request: web.Request) -> web.FileResponse:
        headers = {"Cache-Control": "no-cache"}
        return web.FileResponse(pages / "index.html", headers=headers)

    async def close(app: web.Application) -> None:
        app[VERIFIER].close()

    app[VERIFIER] = PdfVerifier()
    app.on_cleanup.append(close)
    app.router.add_get("/verify-pdf", page)
    app.router.add_post("/api/verifications", verify)
    app.router.add_get("/revocations.crl", revocations)


async def revocations(request: web.Request) -> web.Response:
    """Return our revocation list (RFC 5280) as it is now, for ``verify --crl``."""
    services = request.app[SERVICES]
    asked = await services.bus.count(f"revocations {request.remote}", 60)
    if asked > A_MINUTE:
        raise TooManyTries
    made = await asyncio.to_thread(services.papers.notary.revocation_list)
    return web.Response(body=made, content_type="application/pkix-crl")


async def verify(request: web.Request) -> web.Response:
    """Return every check of the PDF in the body, and the report.

    With ``?sm2=N`` the first N bytes of the body are its SM2 signature.
    """
    services = request.app[SERVICES]
    asked = await services.bus.count(f"verify {request.remote}", 60)
    if asked > A_MINUTE:
        raise TooManyTries
    size = size_of_sm2(request.query.get("sm2", "0"))
    data = await read_file(request, size + LARGEST_FILE, SLOWEST)
    file, pdf = data[:size], data[size:]
    if not pdf.startswith(b"%PDF-"):
        raise BadRequest("not a PDF")
    known = await asyncio.to_thread(_known, services)
    sm2 = (
        Sm2Beside(file, await asyncio.to_thread(_sm2_known, services)) if size else None
    )
    found = await request.app[VERIFIER].verify(pdf, known, sm2)
    return web.Response(
        body=msgspec.json.encode(found), content_type="application/json"
    )


def size_of_sm2(text: str) -> int:
    """Return how many bytes of a body are an SM2 signature.

    Raises:
        BadRequest: not a number.
        UploadTooLarge: more than a signature has.
    """
    if not SIZE.fullmatch(text):
        raise BadRequest("sm2")
    if int(text) > LARGEST_SM2:
        raise UploadTooLarge("sm2")
    return int(text)


def _sm2_known(services: Services) -> Sm2Known:
    now = dt.datetime.fromtimestamp(services.clock.now(), dt.UTC)
    try:
        return sm2_trust(services.settings, now)
    except BadSetting as error:
        # It was right at the start. Nobody is believed until it is right again.
        log.warning("%s", error)
        return Sm2Known(now=now)


def _known(services: Services) -> Known:
    """Return the office's own roots and lists, and the trust lists that are set."""
    agreed = services.papers.notary.known()
    files = trust_files(services.settings.trust_lists)
    listed = listed_anchors(files, agreed.now)
    return Known((*listed, *agreed.anchors), agreed.lists, agreed.now)
