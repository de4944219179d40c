"""Janus in a folder of its own: started, asked over its WebSocket, stopped.

Only the video room runs, with two event loops and recording, so that
it does what our worker does and nothing else.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiortc.sdp import SessionDescription

from bench.light_client import LightClient, Line
from signaling.media.dtls import Certificate
from signaling.media.transport_cc import URI as TRANSPORT_CC
from signaling.stack import free_ports

START_WITHIN = 60.0
ANSWER_WITHIN = 20.0
KEEP_ALIVE = 20.0

_MAIN = """general: {{
  configs_folder = "{here}"
  plugins_folder = "{lib}/plugins"
  transports_folder = "{lib}/transports"
  events_folder = "{lib}/events"
  loggers_folder = "{lib}/loggers"
  debug_level = 3
  event_loops = 2
  protected_folders = []
}}
nat: {{ full_trickle = false, ice_lite = false, min_nack_queue = 500 }}
media: {{ rtp_port_range = "20000-39999" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
events: {{ broadcast = false }}
"""
_SOCKETS = """general: {{
 json = "compact", ws = true, ws_ip = "127.0.0.1", ws_port = {port}
}}
"""


class JanusRefused(Exception):
    """Janus answered with an error."""


def library() -> Path | None:
    """Return where Janus keeps its plugins, or ``None`` if it is not installed."""
    if shutil.which("janus") is None:
        return None
    found = sorted(Path("/usr/lib").glob("*/janus"))
    return found[0] if found else None


def _configure(here: Path, lib: Path, port: int) -> None:
    def all_but(kind: str, kept: str) -> str:
        names = {path.name for path in (lib / kind).glob("*.so")}
        return ",".join(sorted(name for name in names if kept not in name))

    main = _MAIN.format(
        here=here,
        lib=lib,
        plugins=all_but("plugins", "videoroom"),
        transports=all_but("transports", "websockets"),
    )
    (here / "janus.jcfg").write_text(main)
    (here / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
    sockets = here / "janus.transport.websockets.jcfg"
    sockets.write_text(_SOCKETS.format(port=port))


class Janus:
    """A running Janus and one session with it."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        socket: aiohttp.ClientWebSocketResponse,
        recordings: Path,
    ) -> None:
        self.process = process
        self.recordings = recordings
        self._socket = socket
        self._asked = 0
        self._session = 0
        self._rooms = 0
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tasks = [asyncio.create_task(self._listen())]

    @property
    def pid(self) -> int:
        """The process that is measured."""
        return self.process.pid

    async def begin(self) -> None:
        """Open the session and the handle that makes rooms."""
        self._session = (await self._ask(janus="create"))["data"]["id"]
        self._rooms = await self.attach()
        self._tasks.append(asyncio.create_task(self._stay()))

    async def attach(self) -> int:
        """Return a new handle of the video room."""
        name = "janus.plugin.videoroom"
        answer = await self._ask(janus="attach", plugin=name)
        return int(answer["data"]["id"])

    async def open_room(self, room: int, *, record: bool = True) -> None:
        """Make a room; what is published in it is recorded."""
        body = {
            "request": "create",
            "room": room,
            "publishers": 6,
            "audiocodec": "opus",
            "videocodec": "vp8",
            "bitrate": 0,
            "fir_freq": 2,
            "record": record,
            "rec_dir": str(self.recordings),
        }
        await self.tell(self._rooms, body)

    async def close_room(self, room: int) -> None:
        """Throw everybody out and forget the room."""
        await self.tell(self._rooms, {"request": "destroy", "room": room})

    async def publish(self, room: int, offer: str) -> tuple[int, str]:
        """Publish what ``offer`` sends; return the feed's id and the answer."""
        handle = await self.attach()
        join = {"request": "join", "ptype": "publisher", "room": room}
        joined = await self.tell(handle, join)
        jsep = {"type": "offer", "sdp": offer}
        answer = await self.tell(handle, {"request": "publish"}, jsep)
        return int(joined["plugindata"]["data"]["id"]), str(answer["jsep"]["sdp"])

    async def subscribe(self, room: int, feeds: list[int]) -> tuple[int, str]:
        """Ask for what some feeds send; return the handle and Janus's offer.

        A feed is there once its publisher's handshake is done: asked for until then.
        """
        handle = await self.attach()
        body = {
            "request": "join",
            "ptype": "subscriber",
            "room": room,
            "streams": [{"feed": feed} for feed in feeds],
        }
        async with asyncio.timeout(ANSWER_WITHIN):
            while True:
                with contextlib.suppress(JanusRefused):
                    return handle, str((await self.tell(handle, body))["jsep"]["sdp"])
                await asyncio.sleep(0.01)

    async def start(self, handle: int, answer: str) -> None:
        """Answer an offer of Janus's."""
        jsep = {"type": "answer", "sdp": answer}
        await self.tell(handle, {"request": "start"}, jsep)

    async def tell(
        self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Say something to the video room; raises ``JanusRefused``."""
        more = {} if jsep is None else {"jsep": jsep}
        return await self._ask(janus="message", handle_id=handle, body=body, **more)

    async def _ask(self, **what: Any) -> dict[str, Any]:
        self._asked += 1
        name = str(self._asked)
        future = self._waiting[name] = asyncio.get_running_loop().create_future()
        if self._session:
            what["session_id"] = self._session
        text = msgspec.json.encode(what | {"transaction": name}).decode()
        await self._socket.send_str(text)
        answer: dict[str, Any] = await asyncio.wait_for(future, ANSWER_WITHIN)
        if answer["janus"] == "error" or _refusal(answer):
            raise JanusRefused(str(answer)[:400])
        return answer

    async def _listen(self) -> None:
        async for message in self._socket:
            heard = msgspec.json.decode(message.data)
            if heard["janus"] == "ack" and heard.get("hint") is None:
                continue  # the real answer to a message comes later
            waiting = self._waiting.pop(heard.get("transaction", ""), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(heard)

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE)
            text = {"janus": "keepalive", "session_id": self._session}
            await self._socket.send_str(
                msgspec.json.encode(text | {"transaction": "stay"}).decode()
            )

    async def stop(self) -> None:
        """End the process."""
        for task in self._tasks:
            task.cancel()
        await self._socket.close()
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()


def _refusal(answer: dict[str, Any]) -> bool:
    return "error" in answer.get("plugindata", {}).get("data", {})


@contextlib.asynccontextmanager
async def running_janus(folder: Path) -> AsyncIterator[Janus]:
    """Run Janus with its configuration, log and recordings in ``folder``."""
    lib = library()
    assert lib is not None, "the caller looked whether it is installed"
    port = free_ports(1)[0]
    _configure(folder, lib, port)
    recordings = folder / "recordings"
    recordings.mkdir(exist_ok=True)
    with (folder / "janus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "janus",
            "-F",
            str(folder),
            "-C",
            str(folder / "janus.jcfg"),
            stdout=log,
            stderr=log,
        )
    async with aiohttp.ClientSession() as http:
        janus = Janus(process, await _reach(http, port), recordings)
        try:
            await janus.begin()
            yield janus
        finally:
            await janus.stop()


async def _reach(
    http: aiohttp.ClientSession, port: int
) -> aiohttp.ClientWebSocketResponse:
    async with asyncio.timeout(START_WITHIN):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                url = f"ws://127.0.0.1:{port}"
                return await http.ws_connect(url, protocols=("janus-protocol",))
            await asyncio.sleep(0.1)


async def subscribed(
    janus: Janus, room: int, feeds: list[int], certificate: Certificate
) -> LightClient:
    """Return a light client that receives everything of some feeds."""
    handle, offer = await janus.subscribe(room, feeds)
    lines = []
    for media in SessionDescription.parse(offer).media:
        ids = {one.uri: one.id for one in media.rtp.headerExtensions}
        number = ids.get(TRANSPORT_CC, 0)
        lines.append(Line(media.rtp.muxId, media.kind, "recvonly", transport=number))
    client = LightClient(certificate, lines, controls=False)
    await janus.start(handle, client.description())
    await client.connect(offer)
    return client
