"""Two networks with a wall between them, in namespaces of their own; needs root.

``HOME`` has the media worker and the relay. In ``AWAY`` are a counter and a desk
whose firewall lets nothing out but TCP to port 443 of the relay.
"""

import asyncio
import base64
import contextlib
import dataclasses
import datetime as dt
import hashlib
import ipaddress
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signaling.turn import relay_configuration
from tests.builders import ROOT, has

WORKER, RELAY, GUEST = "10.231.77.1", "10.231.77.2", "10.231.77.9"
RELAY_6 = "fd00:77::2"
URL = f"turns:{RELAY}:443?transport=tcp"
SECRET = "b49e9a40f1c24b0d" * 4
MEDIA_PORT = 40000

NEEDED = ("turnserver", "ip", "nft")
POSSIBLE = os.geteuid() == 0 and all(has(name) for name in NEEDED)
WHY_NOT = f"needs root and {', '.join(NEEDED)}"

SCHEMA = Path("/usr/share/coturn/schema.sql")

WALL = f"""
table inet wall {{
  chain out {{
    type filter hook output priority 0; policy drop;
    oifname lo accept
    ip daddr {RELAY} tcp dport 443 accept
  }}
}}
"""


class NotHere(Exception):
    """This machine does not let us make namespaces."""


@dataclasses.dataclass(frozen=True)
class Nets:
    """Names of the two namespaces, and where the test keeps its files."""

    home: str
    away: str
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "relay.crt"

    @property
    def control(self) -> Path:
        """The worker's control socket: files are the same in all namespaces."""
        return self.folder / "media-0.sock"

    def run(self, where: str, *words: str) -> None:
        command = ["ip", "netns", "exec", where, *words]
        subprocess.run(command, check=True, capture_output=True)

    async def start(
        self, where: str, *words: str, log: str = "", **env: str
    ) -> asyncio.subprocess.Process:
        """Start a program inside ``where``; its standard input and output are ours,
        unless it has a ``log``.
        """
        out = (self.folder / log).open("wb") if log else None
        pipe = out or asyncio.subprocess.PIPE
        try:
            return await asyncio.create_subprocess_exec(
                *("ip", "netns", "exec", where, *words),
                cwd=ROOT,
                env=os.environ | {"SSL_CERT_FILE": str(self.certificate)} | env,
                stdin=asyncio.subprocess.PIPE,
                stdout=pipe,
                stderr=out,
            )
        finally:
            if out is not None:
                out.close()


@contextlib.contextmanager
def two_networks(folder: Path) -> Iterator[Nets]:
    """Make both, and take them away again.

    Raises:
        NotHere: a container without the right to.
    """
    nets = Nets(f"home{os.getpid()}", f"away{os.getpid()}", folder)
    steps = f"""
        ip netns add {nets.home}
        ip netns add {nets.away}
        ip link add wire netns {nets.home} type veth peer name wire netns {nets.away}
        ip -n {nets.home} addr add {WORKER}/24 dev wire
        ip -n {nets.home} addr add {RELAY}/24 dev wire
        ip -n {nets.home} addr add {RELAY_6}/64 dev wire nodad
        ip -n {nets.away} addr add {GUEST}/24 dev wire
        ip -n {nets.home} link set lo up
        ip -n {nets.away} link set lo up
        ip -n {nets.home} link set wire up
        ip -n {nets.away} link set wire up
    """
    try:
        for step in steps.strip().splitlines():
            done = subprocess.run(step.split(), capture_output=True, check=False)
            if done.returncode:
                raise NotHere(done.stderr.decode(errors="replace").strip())
        (folder / "wall.nft").write_text(WALL)
        nets.run(nets.away, "nft", "-f", str(folder / "wall.nft"))
        yield nets
    finally:
        for name in (nets.away, nets.home):
            subprocess.run(["ip", "netns", "del", name], check=False)


@contextlib.asynccontextmanager
async def a_relay(nets: Nets) -> AsyncIterator[str]:
    """Run coturn with the configuration that we ship; yield its key's fingerprint."""
    key = _make_certificate(nets)
    conf = nets.folder / "turnserver.conf"
    made = relay_configuration([URL], SECRET, [WORKER])
    for name, path in (("cert", nets.certificate), ("pkey", nets.folder / "relay.key")):
        was = "/etc/coturn/certificate.pem" if name == "cert" else "/etc/coturn/key.pem"
        made = made.replace(f"{name}={was}", f"{name}={path}")
    conf.write_text(made)
    # A fresh database is locked while coturn makes its tables, and whoever asks at
    # that moment is refused; the package brings a ready one, so the test does.
    with contextlib.closing(sqlite3.connect(nets.folder / "turndb")) as database:
        database.executescript(SCHEMA.read_text("utf-8"))
    relay = await nets.start(
        nets.home,
        *("turnserver", "-c", str(conf), f"--listening-ip={RELAY}"),
        *(f"--relay-ip={RELAY}", f"--relay-ip={RELAY_6}"),
        *(f"--pidfile={nets.folder / 'pid'}", f"--db={nets.folder / 'turndb'}"),
        log="relay.log",
    )
    try:
        await _answers(nets, relay)
        yield key
    finally:
        relay.kill()
        await relay.wait()


async def _answers(nets: Nets, relay: asyncio.subprocess.Process) -> None:
    """Wait until the relay takes connections from behind the wall."""
    knock = f"import socket; socket.create_connection(('{RELAY}', 443), 2)"
    for _ in range(100):
        done = await nets.start(nets.away, sys.executable, "-c", knock, log="knock")
        if await done.wait() == 0:
            return
        if relay.returncode is not None:
            break
        await asyncio.sleep(0.1)
    raise AssertionError((nets.folder / "relay.log").read_text("utf-8", "replace"))


@contextlib.asynccontextmanager
async def a_worker(nets: Nets) -> AsyncIterator[None]:
    """Run a media worker at home."""
    worker = await nets.start(
        nets.home,
        *(sys.executable, "-m", "signaling.cli", "media"),
        log="media.log",
        COUNTER_DATA_DIR=str(nets.folder / "data"),
        COUNTER_MEDIA_HOST=WORKER,
        COUNTER_MEDIA_PORT=str(MEDIA_PORT),
        COUNTER_MEDIA_CONTROL=str(nets.folder),
    )
    try:
        yield
    finally:
        worker.terminate()
        await worker.wait()


def _make_certificate(nets: Nets) -> str:
    """Make the relay's key and certificate; return what Chromium calls the key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay")])
    alternative = x509.IPAddress(ipaddress.ip_address(RELAY))
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    nets.certificate.write_bytes(certificate.public_bytes(pem))
    (nets.folder / "relay.key").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashlib.sha256(key.public_key().public_bytes(der, public)).digest()
    return base64.b64encode(digest).decode()
