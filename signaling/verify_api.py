"""The public page on which anybody verifies a signed PDF. Nothing of it is kept."""

import asyncio
from pathlib import Path

import msgspec
from aiohttp import web

from casework.signing.trust import Known
from signaling.bodies import read_file
from signaling.services import Services
from signaling.terminal_api import BadRequest, TooManyTries
from signaling.trust_files import listed_anchors, trust_files
from signaling.verifier import PdfVerifier
from signaling.web import SERVICES

LARGEST_FILE = 20 * 1024 * 1024
SLOWEST = 60.0
"""Seconds in which the file has to arrive."""
A_MINUTE = 20
"""Files that one address may send in a minute; an office may share one address."""

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
    """Return every check of the PDF in the body, and the report."""
    services = request.app[SERVICES]
    asked = await services.bus.count(f"verify {request.remote}", 60)
    if asked > A_MINUTE:
        raise TooManyTries
    data = await read_file(request, LARGEST_FILE, SLOWEST)
    if not data.startswith(b"%PDF-"):
        raise BadRequest("not a PDF")
    known = await asyncio.to_thread(_known, services)
    found = await request.app[VERIFIER].verify(data, known)
    return web.Response(
        body=msgspec.json.encode(found), content_type="application/json"
    )


def _known(services: Services) -> Known:
    """Return the office's own roots and lists, and the trust lists that are set."""
    agreed = services.papers.notary.known()
    files = trust_files(services.settings.trust_lists)
    listed = listed_anchors(files, agreed.now)
    return Known((*listed, *agreed.anchors), agreed.lists, agreed.now)
