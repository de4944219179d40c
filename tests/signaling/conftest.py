from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from signaling.server import make_app
from signaling.web import SERVICES
from tests.signaling.site import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    app = make_app(site.settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", site.port).start()
    jar = aiohttp.CookieJar(unsafe=True)
    site.services = app[SERVICES]
    async with aiohttp.ClientSession(cookie_jar=jar) as site.session:
        yield site
    await runner.cleanup()
