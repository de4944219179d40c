"""Server and terminal as real processes, killed with -9 while a page travels."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from casework.case import Case
from casework.stores.sql import SqlCaseStore
from casework.stores.tables import open_engine
from protocol.ids import CaseId, MaterialId
from signaling.child import Child
from signaling.engines import master_key
from tests.builders import FONTS, ROOT
from tests.signaling.site import Site, a_call
from tests.tap import Tap

PAPER = MaterialId("articles")
PREVIEW, FIRST_OF_PAGE, LAST_OF_PAGE = 1, 2, 3
"""The chunks of ``tests.sending``: 1 KB, then 600 KB as 256 KB and the rest."""


class House:
    """A server and a terminal, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        self.folder = folder
        settings = self.site.settings
        env = os.environ | {
            "COUNTER_DEMO": "true",
            "COUNTER_PORT": str(settings.port),
            "COUNTER_DATA_DIR": settings.data_dir,
            "COUNTER_FONTS_DIR": str(FONTS),
            "COUNTER_SERVICES_DIR": str(ROOT / "services"),
        }
        words = [sys.executable, "-m", "signaling.cli", "server"]
        self.server = Child("server", words, env, folder / "server.log")

    async def start_server(self) -> None:
        await self.server.start()
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.site.base}/healthz"):
                        return
                await asyncio.sleep(0.1)

    async def kill_server(self) -> None:
        self.server.kill()
        assert self.server.process is not None, "started"
        await self.server.process.wait()

    async def terminal(
        self, tap: Tap, session: dict[str, Any], pages: int
    ) -> asyncio.subprocess.Process:
        url = f"http://127.0.0.1:{tap.port}"
        command = [sys.executable, "-m", "tests.sending", str(self.folder / "device")]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, url, cwd=ROOT, stdin=pipe
        )
        assert process.stdin is not None, "a pipe"
        process.stdin.write(f"{json.dumps(session)}\n{pages}\n".encode())
        return process

    async def delivered(self, case: CaseId) -> tuple[Case, list[str]]:
        """Wait until the outbox is empty; return case and log."""
        outbox = self.folder / "device" / "outbox"
        for _ in range(600):
            if {path.name for path in outbox.iterdir()} <= {"visit"}:
                return await self._stored(case)
            await asyncio.sleep(0.1)
        raise AssertionError("never delivered")

    async def _stored(self, case: CaseId) -> tuple[Case, list[str]]:
        settings = self.site.settings
        engine = open_engine(settings.database)
        store = SqlCaseStore(engine, master_key(settings.data / "keys"))
        kinds = [json.loads(one.leaf)["kind"] for one in await store.entries()]
        found = await store.load(case)
        await engine.dispose()
        return found, [kind for kind in kinds if kind.endswith("-stored")]


@contextlib.asynccontextmanager
async def a_session(house: House) -> AsyncIterator[dict[str, Any]]:
    """A call of a terminal on a running server; what the terminal sees of it."""
    await house.start_server()
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        aiohttp.ClientSession(cookie_jar=jar) as house.site.session,
        a_call(house.site) as (counter, _desk, _call),
    ):
        assert counter.session is not None, "in a call"
        yield counter.session
    await house.server.stop()


def is_there_once(found: tuple[Case, list[str]]) -> None:
    case, logged = found
    (page,) = case.material(PAPER).pages
    assert page.id == "0" * 32
    assert all((page.preview, page.page, page.original, page.sha256))
    assert sorted(logged) == ["original-stored", "page-stored"]


@pytest.mark.parametrize(
    ("at", "answered"),
    [
        pytest.param(LAST_OF_PAGE, None, id="between chunks"),
        pytest.param(LAST_OF_PAGE, False, id="with the last chunk"),
        pytest.param(LAST_OF_PAGE, True, id="after its answer that nobody heard"),
    ],
)
async def test_a_server_that_is_killed_has_the_page_once(
    tmp_path: Path, at: int, answered: bool | None
) -> None:
    house = House(tmp_path)
    answers_only = answered is not None
    async with (
        a_session(house) as session,
        Tap(house.site.port, at, answers_only=answers_only) as tap,
    ):
        terminal = await house.terminal(tap, session, pages=1)
        await tap.cut.wait()
        if answered:
            await tap.answered.wait()
        await house.kill_server()
        await house.start_server()
        tap.restore()

        found = await house.delivered(CaseId(session["case"]["id"]))
        terminal.kill()
        await terminal.wait()

    is_there_once(found)


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(FIRST_OF_PAGE, id="between preview and page"),
        pytest.param(LAST_OF_PAGE, id="in the page"),
    ],
)
async def test_a_terminal_that_is_killed_sends_its_page_when_it_is_back(
    tmp_path: Path, at: int
) -> None:
    house = House(tmp_path)
    async with a_session(house) as session, Tap(house.site.port, at) as tap:
        terminal = await house.terminal(tap, session, pages=1)
        await tap.cut.wait()
        terminal.kill()
        await terminal.wait()
        tap.restore()

        again = await house.terminal(tap, session, pages=0)
        found = await house.delivered(CaseId(session["case"]["id"]))
        again.kill()
        await again.wait()

    is_there_once(found)
