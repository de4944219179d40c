"""Somebody else's time stamp authority: ``openssl ts`` behind a small HTTP server."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from casework.signing.certificates import (
    Purpose,
    Revoked,
    issue,
    make_root,
    revocation_list,
    serial_of,
)
from signaling.stack import free_ports
from signaling.time_authority import ANSWERED

CONFIGURATION = """
[tsa]
default_tsa = ours
[ours]
serial = serial
crypto_device = builtin
signer_cert = clock.pem
certs = root.pem
signer_key = clock.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""

Answer = Callable[[bytes], Awaitable[web.StreamResponse]]


class ForeignClock:
    """An authority with a root of its own; a test may have it answer otherwise."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_ports(1)[0]
        self.asked = 0
        self.answer: Answer = self.well
        now = dt.datetime.now(dt.UTC)
        self._root = make_root("Foreign root", now, dt.timedelta(days=30))
        lasts, purpose = dt.timedelta(days=20), Purpose.TIME_STAMPING
        self._clock = issue("Foreign clock", self._root, now, lasts, purpose)
        self.root = self._root.certificate
        self._write("root.pem", self.root)
        self._write("clock.pem", self._clock.certificate)
        key = load_der_private_key(self._clock.key, None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        (folder / "clock.key").write_bytes(key)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION)
        self.write_list()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsa"

    @property
    def roots(self) -> str:
        return str(self.folder / "root.pem")

    @property
    def crl(self) -> str:
        return str(self.folder / "clock.crl")

    def write_list(self, *, revoked: bool = False) -> None:
        now = dt.datetime.now(dt.UTC)
        serial = serial_of(self._clock.certificate)
        gone = [Revoked(serial, now.timestamp())] if revoked else []
        (self.folder / "clock.crl").write_bytes(revocation_list(self._root, now, gone))

    def _write(self, name: str, certificate: bytes) -> None:
        found = x509.load_der_x509_certificate(certificate)
        (self.folder / name).write_bytes(found.public_bytes(Encoding.PEM))

    async def serve(self) -> web.AppRunner:
        """Begin to listen; the caller cleans the runner up."""
        app = web.Application()
        app.router.add_post("/tsa", self._heard)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        return runner

    async def _heard(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        assert request.content_type == "application/timestamp-query"
        return await self.answer(await request.read())

    async def well(self, query: bytes) -> web.StreamResponse:
        """Answer as openssl does."""
        return as_reply(await self.made(query))

    async def made(self, query: bytes) -> bytes:
        """Return openssl's TimeStampResp to ``query``."""
        (self.folder / "query").write_bytes(query)
        words = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query"]
        run = await asyncio.create_subprocess_exec(
            "openssl", *words, "-out", "reply", cwd=self.folder, stderr=-1
        )
        _, told = await run.communicate()
        assert run.returncode == 0, told
        return (self.folder / "reply").read_bytes()


def as_reply(data: bytes) -> web.Response:
    """Return ``data`` as RFC 3161, 3.4 has it."""
    return web.Response(body=data, content_type=ANSWERED)
