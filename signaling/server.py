"""The HTTP application: its routes, its pages, and the life of its services."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from signaling import (
    desk_api,
    face_api,
    printing_api,
    recordings_api,
    terminal_api,
    upload_api,
    window_api,
)
from signaling.deletions_api import add_deletions
from signaling.desk_socket import desk_socket
from signaling.holder_api import add_holders
from signaling.licence_api import add_licences
from signaling.log_api import add_log
from signaling.metrics import metrics
from signaling.phone_api import add_phones
from signaling.services import open_services
from signaling.settings import Settings
from signaling.terminal_socket import terminal_socket
from signaling.verify_api import add_verification
from signaling.verify_page import add_verify_page
from signaling.web import SERVICES, guard

log = logging.getLogger(__name__)

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request; pages come in chunks of half of this."""


def make_app(settings: Settings) -> web.Application:
    """Return the application; nothing is opened until it starts."""

    async def services(app: web.Application) -> AsyncIterator[None]:
        async with open_services(settings) as app[SERVICES]:
            yield

    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[guard])
    app.cleanup_ctx.append(services)
    app.router.add_get("/ws/terminal", terminal_socket)
    app.router.add_get("/ws/desk", desk_socket)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.add_routes(terminal_api.routes)
    app.add_routes(upload_api.routes)
    app.add_routes(window_api.routes)
    app.add_routes(face_api.routes)
    app.add_routes(desk_api.routes)
    app.add_routes(recordings_api.routes)
    app.add_routes(printing_api.routes)
    _add_pages(app, Path(settings.pages_dir))
    add_phones(app, Path(settings.phone_dir))
    add_licences(app, Path(settings.licence_dir))
    add_deletions(app)
    add_log(app)
    add_holders(app)
    add_verify_page(app, Path(settings.verify_dir))
    add_verification(app, Path(settings.pages_dir))
    return app


async def healthz(_request: web.Request) -> web.Response:
    """Say that the process lives, whatever its engines do."""
    return web.json_response({"alive": True})


async def readyz(request: web.Request) -> web.Response:
    """Say whether calls can be taken now."""
    services = request.app[SERVICES]
    ready = {"bus": await services.bus.alive(), "media": services.media.connected}
    return web.json_response(ready, status=200 if all(ready.values()) else 503)


def _add_pages(app: web.Application, folder: Path) -> None:
    async def page(_request: web.Request) -> web.FileResponse:
        headers = {"Cache-Control": "no-cache"}
        return web.FileResponse(folder / "index.html", headers=headers)

    async def home(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/desk/")

    app.router.add_get("/", home)
    app.router.add_get("/desk/", page)
    for view in ("clerk", "approver", "supervisor", "administrator", "expert"):
        app.router.add_get(f"/desk/{view}", page)
    if (folder / "assets").is_dir():
        app.router.add_static("/desk/assets", folder / "assets")
    else:
        log.warning("the pages have not been built: run make setup")
