"""The server, as the terminal's agent sees it: a socket and a few addresses."""

import asyncio
import base64
import logging
import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from counter_client.device import Device
from protocol.ids import StepId
from protocol.messages import Done, Failed
from protocol.wire import (
    LONGEST_FRAME,
    BadMessage,
    FromTerminal,
    ToTerminal,
    read_to_terminal,
)

log = logging.getLogger(__name__)

HEARTBEAT = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.25, 2.0
SERVER_ERROR = 500
MOST_UNHEARD = 200
"""Steps kept for a line that is down; an applicant makes ten."""
TIMEOUT = aiohttp.ClientTimeout(total=30)


class OfficeSaysNo(Exception):
    """The server refused; ``code`` is a key of ``texts.json``."""

    def __init__(self, code: str, status: int = 400) -> None:
        self.code = code
        self.status = status
        super().__init__(code)


class OfficeUnreachable(OfficeSaysNo):
    """The line is down."""

    def __init__(self) -> None:
        super().__init__("line-down", 503)


class ServerOffice:
    """The connection to the server; a step is said until it is heard."""

    def __init__(
        self, url: str, device: Device, session: aiohttp.ClientSession
    ) -> None:
        self._url = url.rstrip("/")
        self._device = device
        self._session = session
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._unheard: OrderedDict[StepId, FromTerminal] = OrderedDict()
        self._waiting: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether the socket is up."""
        return self._socket is not None

    async def say(self, message: FromTerminal) -> None:
        """Send a message; one with a step is sent again until it is done."""
        step = getattr(message, "step", None)
        if step is not None and len(self._unheard) < MOST_UNHEARD:
            self._unheard[step] = message
        if self._socket is not None:
            try:
                await self._socket.send_str(msgspec.json.encode(message).decode())
            except (ConnectionError, aiohttp.ClientError):
                log.info("line lost while speaking")

    async def run(
        self, heard: Callable[[ToTerminal], None], line: Callable[[bool], None]
    ) -> None:
        """Keep the line up until cancelled; ``line`` hears whether it is."""
        wait = FIRST_WAIT
        while True:
            try:
                await self._one_connection(heard, line)
                wait = FIRST_WAIT
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                log.info("server not reached: %s", type(error).__name__)
            self._socket = None
            line(False)  # the line is down
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  # jitter
            wait = min(wait * 2, LONGEST_WAIT)

    async def _one_connection(
        self, heard: Callable[[ToTerminal], None], line: Callable[[bool], None]
    ) -> None:
        headers = {"Authorization": self._device.proof("GET", "/ws/terminal")}
        async with self._session.ws_connect(
            f"{self._url}/ws/terminal",
            headers=headers,
            heartbeat=HEARTBEAT,
            max_msg_size=4 * LONGEST_FRAME,
        ) as self._socket:
            line(True)  # the line is up
            for message in list(self._unheard.values()):
                await self._socket.send_str(msgspec.json.encode(message).decode())
            async for frame in self._socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._hear(frame.data, heard)

    def _hear(self, frame: str, heard: Callable[[ToTerminal], None]) -> None:
        try:
            message = read_to_terminal(frame)
        except BadMessage:
            log.exception("server said something unknown")
            return
        if isinstance(message, Done | Failed) and message.step is not None:
            self._unheard.pop(message.step, None)
        heard(message)

    async def ask(
        self,
        method: str,
        path: str,
        body: object | None = None,
        data: bytes | None = None,
        query: str = "",
    ) -> bytes:
        """Make one request and return its body.

        Raises:
            OfficeSaysNo: with the server's code.
            OfficeUnreachable: nothing came back.
        """
        if body is not None:
            data = msgspec.json.encode(body)
        return await self._asked(method, path + query, data, TIMEOUT, {})

    async def put_chunk(
        self,
        path: str,
        offset: int,
        chunk: bytes,
        patience: float,
        announcement: object = None,
    ) -> bytes:
        """Send a part of a file and return the answer, as ``ask`` does.

        ``patience``: seconds after which the chunk is taken for lost.
        ``announcement``: of a first chunk, what it is the first of.
        """
        headers = {}
        if announcement is not None:
            said = base64.b64encode(msgspec.json.encode(announcement)).decode()
            headers["Upload-Announcement"] = said
        within = aiohttp.ClientTimeout(total=patience)
        address = f"{path}?offset={offset}"
        return await self._asked("PUT", address, chunk, within, headers)

    async def _asked(
        self,
        method: str,
        address: str,
        data: bytes | None,
        within: aiohttp.ClientTimeout,
        more: dict[str, str],
    ) -> bytes:
        proof = self._device.proof(method, urlsplit(address).path)
        headers = {"Authorization": proof} | more
        try:
            async with self._session.request(
                method,
                self._url + address,
                data=data,
                headers=headers,
                timeout=within,
            ) as response:
                raw = await response.read()
                if response.status >= 400:
                    raise OfficeSaysNo(_code(raw), response.status)
                return raw
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise OfficeUnreachable from error

    async def enrol(self, code: str, name: str) -> None:
        """Make the device known to the server with a one-time code."""
        body = {"code": code, "public_key": self._device.public_key, "name": name}
        await self.ask("POST", "/api/enrol", body)

    async def licence(self, job: str) -> bytes:
        """Return the PDF released to this terminal."""
        return await self.ask("GET", f"/api/terminal/jobs/{job}/document")

    async def job_moved(self, job: str, step: str, printer: tuple[str, str]) -> None:
        """Say what became of a print job; waits for the line if it is down."""
        said = {"step": step, "printer": printer[0], "printer_job": printer[1]}
        while True:
            try:
                await self.ask("POST", f"/api/terminal/jobs/{job}", said)
                return
            except OfficeUnreachable:
                await asyncio.sleep(1.0)
            except OfficeSaysNo as error:
                if error.status >= SERVER_ERROR:
                    await asyncio.sleep(1.0)
                    continue
                log.warning("print job: %s", error.code)
                return


def _code(raw: bytes) -> str:
    try:
        found: dict[str, Any] = msgspec.json.decode(raw, type=dict)
    except msgspec.DecodeError:
        return "internal"
    return str(found.get("code", "internal"))
