"""A server over real HTTP, with a terminal's device and a browser's cookies."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from counter_client.device import Device, open_device
from signaling.server import make_app
from signaling.services import Services
from signaling.settings import Settings
from signaling.stack import free_ports
from signaling.web import SERVICES
from tests.builders import FONTS, ROOT


class Site:
    """A running server and how to reach it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports(1)[0]
        self.base = f"http://127.0.0.1:{self.port}"
        self.settings = Settings(
            port=self.port,
            demo=True,
            data_dir=str(folder / "data"),
            fonts_dir=str(FONTS),
            services_dir=str(ROOT / "services"),
            pages_dir=str(ROOT / "agent_desk/dist"),
            phone_dir=str(ROOT / "web/phone/dist"),
            licence_dir=str(ROOT / "web/licence-check/dist"),
            verify_dir=str(ROOT / "web/verify/dist"),
        )
        self.device: Device = open_device(folder / "device")
        self.session: aiohttp.ClientSession
        self.services: Services
        self.app: web.Application

    async def sign_in(self, account: str) -> None:
        body, headers = {"account": account}, {"Origin": self.base}
        url = f"{self.base}/api/login"
        async with self.session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 200

    async def enrol(self) -> None:
        await self.sign_in("administrator")
        headers = {"Origin": self.base}
        url = f"{self.base}/api/enrolment-codes"
        async with self.session.post(url, headers=headers) as answer:
            code = (await answer.json())["code"]
        assert await self.try_code(code) == 200
        assert await self.try_code(code) == 404

    async def try_code(self, code: str) -> int:
        body = {"code": code, "public_key": self.device.public_key, "name": "T"}
        headers = {"Authorization": self.device.proof("POST", "/api/enrol")}
        url = f"{self.base}/api/enrol"
        async with self.session.post(url, json=body, headers=headers) as answer:
            return answer.status

    def terminal_socket(
        self, proof: str
    ) -> "aiohttp.client._BaseRequestContextManager[aiohttp.ClientWebSocketResponse]":
        url = f"{self.base}/ws/terminal"
        return self.session.ws_connect(url, headers={"Authorization": proof})

    def desk_socket(
        self,
    ) -> "aiohttp.client._BaseRequestContextManager[aiohttp.ClientWebSocketResponse]":
        headers = {"Origin": self.base}
        return self.session.ws_connect(f"{self.base}/ws/desk", headers=headers)


@contextlib.asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Site]:
    """The site with its server running, until the end of the block."""
    site.app = app = make_app(site.settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", site.port).start()
    jar = aiohttp.CookieJar(unsafe=True)
    site.services = app[SERVICES]
    async with aiohttp.ClientSession(cookie_jar=jar) as site.session:
        yield site
    await runner.cleanup()


class Ear:
    """One end of a socket that remembers the last view it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.queue: list[dict[str, Any]] = []
        self.session: dict[str, Any] | None = None

    async def say(self, **message: object) -> dict[str, Any]:
        """Say a message with a step, and return how the server answered it."""
        await self.socket.send_str(json.dumps(message))
        return await self.until(
            lambda heard: (
                heard["type"] in {"done", "failed"} and heard["step"] == message["step"]
            )
        )

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Hear on until a message that is ``wanted``, and return it."""
        while True:
            frame = await self.socket.receive(timeout=10)
            heard: dict[str, Any] = json.loads(frame.data)
            if heard["type"] == "queue-changed":
                self.queue = heard["waiting"]
            if heard["type"] == "session-changed":
                self.session = heard["session"]
            if wanted(heard):
                return heard

    async def sees(self, there: Callable[[dict[str, Any]], bool]) -> None:
        """Hear on until the session is as it should be."""
        if self.session is None or not there(self.session):
            await self.until(lambda _: bool(self.session and there(self.session)))


@contextlib.asynccontextmanager
async def a_call(
    site: Site, item: str = "foreign-enterprise"
) -> AsyncIterator[tuple[Ear, Ear, str]]:
    """A terminal and a clerk in a call: both ends, and the call's id."""
    await site.enrol()
    await site.sign_in("clerk")
    proof = site.device.proof("GET", "/ws/terminal")
    async with site.terminal_socket(proof) as one, site.desk_socket() as other:
        counter, desk = Ear(one), Ear(other)
        took = {"type": "take-ticket", "language": "en"}
        await counter.say(**took, step="t1", item=item)
        await desk.until(lambda _: bool(desk.queue))
        ticket = desk.queue[0]["id"]
        await desk.say(type="answer-ticket", step="d1", ticket=ticket)
        for end in (counter, desk):
            await end.sees(lambda session: session["call"] is not None)
        assert desk.session is not None, "just seen"
        yield counter, desk, desk.session["call"]["id"]
