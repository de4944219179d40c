"""The page that verifies dossiers: one file, which anybody may save and keep.

The page's own policy, in its head, lets it run its one script and reach nobody; the
server says the same, and only adds what a page cannot say of itself.
"""

import html
import re
from pathlib import Path

from aiohttp import web

POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')


def add_verify_page(app: web.Application, folder: Path) -> None:
    """Serve the built page in ``folder`` at ``/verify``; none until it is built."""
    path = folder / "index.html"
    if not path.exists():
        return
    text = path.read_text("utf-8")
    found = POLICY.search(text)
    assert found is not None, "web/verify/vite.config.ts writes it"
    headers = {
        "Content-Security-Policy": f"{html.unescape(found[1])}; frame-ancestors 'none'",
        "Cache-Control": "no-cache",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html", headers=headers)

    app.router.add_get("/verify", page)
    app.router.add_get("/verify/", page)
