"""Printers that others wrote, as private instances: ippeveprinter and CUPS.

Each has its own folders, ports and, for the one that insists on DNS-SD, its own bus
and its own Avahi on the loopback. Nothing of the machine's own is touched.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from signaling.stack import free_ports

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PATIENCE = 20.0
BUS = """<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>"""
AVAHI = """[server]
allow-interfaces=lo
use-ipv6=no
enable-dbus=yes
"""
PRINT = """#!/bin/sh
while [ -e {folder}/no-paper ]; do
  echo "STATE: +media-empty-error" >&2; sleep 0.1
done
echo "STATE: -media-empty-error" >&2
echo "ATTR: job-impressions-completed=1" >&2
"""
CUPSD = """Listen 127.0.0.1:{port}
Browsing No
WebInterface No
DefaultAuthType None
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""
CUPS_FILES = """ServerRoot {folder}/root
CacheDir {folder}/cache
StateDir {folder}/state
RequestRoot {folder}/requests
TempDir {folder}/temporary
ErrorLog {folder}/error
AccessLog {folder}/access
PageLog {folder}/page
User lp
Group lp
SystemGroup root
"""


def missing(*programs: str) -> str:
    """Return the first program that is not installed, empty if all are."""
    absent = (one for one in programs if not shutil.which(one, path=PATH))
    return next(absent, "")


@contextlib.contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that the user of a print spooler can look into as well."""
    folder = Path(tempfile.mkdtemp(prefix="printer-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(words: list[str], log: Path, **env: str) -> Iterator[None]:
    """Run a program of the machine's until the end of the block."""
    program = shutil.which(words[0], path=PATH) or words[0]
    with log.open("ab") as out:
        child = subprocess.Popen(
            [program, *words[1:]], stdout=out, stderr=out, env=os.environ | env
        )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


async def _until_there(port: int) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.1)
    raise TimeoutError(port)


class EvePrinter:
    """The sample printer of the standard's authors: what others call conforming."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.address = f"ipp://localhost:{port}/ipp/print"
        self.port = port

    def sheets(self) -> list[bytes]:
        """Return every document that was printed, as the printer got it."""
        return [path.read_bytes() for path in (self.folder / "spool").glob("*.pdf")]

    def take_the_paper_out(self) -> None:
        """Have it stop in the next job, until there is paper."""
        (self.folder / "no-paper").touch()

    def put_paper_in(self) -> None:
        """Let it print."""
        (self.folder / "no-paper").unlink()


@contextlib.asynccontextmanager
async def an_eve_printer() -> AsyncIterator[EvePrinter]:
    """Run ``ippeveprinter`` on the loopback, with a bus and an Avahi of its own."""
    port = free_ports(1)[0]
    with a_folder() as folder, contextlib.ExitStack() as parts:
        script = folder / "print"
        script.write_text(PRINT.format(folder=folder))
        script.chmod(0o755)
        (folder / "spool").mkdir()
        log = folder / "log"
        env = await _with_dns_sd(folder, parts, log)
        words = ["ippeveprinter", "-k", "-d", str(folder / "spool"), "-c", str(script)]
        words += ["-p", str(port), "-n", "localhost", "-f", "application/pdf", "Eve"]
        parts.enter_context(_running(words, log, **env))
        await _until_there(port)
        yield EvePrinter(folder, port)


async def _with_dns_sd(
    folder: Path, parts: contextlib.ExitStack, log: Path
) -> dict[str, str]:
    """Have an Avahi on the loopback; return what tells a program of it.

    There can be one on a machine: where it runs already, it is used.
    """
    if avahi_runs():
        return {}
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    (folder / "avahi.conf").write_text(AVAHI)
    words = ["dbus-daemon", f"--config-file={folder}/bus.conf"]
    parts.enter_context(_running([*words, "--nofork", "--nopidfile"], log))
    while not (folder / "bus").exists():  # noqa: ASYNC110  # another process
        await asyncio.sleep(0.05)
    env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}
    words = ["avahi-daemon", "-f", str(folder / "avahi.conf"), "--no-drop-root"]
    words += ["--no-rlimits", "--no-chroot", "--no-proc-title"]
    parts.enter_context(_running(words, log, **env))
    await asyncio.sleep(1.0)  # it says to nobody that it is ready
    return env


def avahi_runs() -> bool:
    """Return whether an Avahi runs on this machine."""
    try:
        os.kill(int(Path("/run/avahi-daemon/pid").read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


@contextlib.asynccontextmanager
async def cups_queues(printer: str) -> AsyncIterator[str]:
    """Run a CUPS with a queue ``filtered`` and a queue ``raw`` to ``printer``.

    Yields the address of its queues.
    """
    port = free_ports(1)[0]
    with a_folder() as folder, contextlib.ExitStack() as parts:
        for name in ("root", "cache", "state", "requests", "temporary"):
            (folder / name).mkdir()
        (folder / "temporary").chmod(0o1777)
        (folder / "cupsd.conf").write_text(CUPSD.format(port=port))
        (folder / "files.conf").write_text(CUPS_FILES.format(folder=folder))
        words = ["cupsd", "-f", "-c", str(folder / "cupsd.conf")]
        words += ["-s", str(folder / "files.conf")]
        parts.enter_context(_running(words, folder / "log"))
        await _until_there(port)
        for queue, model in (("filtered", "everywhere"), ("raw", "raw")):
            await _add_queue(f"127.0.0.1:{port}", queue, model, printer)
        yield f"ipp://127.0.0.1:{port}/printers"


async def _add_queue(server: str, queue: str, model: str, printer: str) -> None:
    lpadmin = shutil.which("lpadmin", path=PATH) or "lpadmin"
    words = ("-h", server, "-p", queue, "-E", "-v", printer, "-m", model)
    child = await asyncio.create_subprocess_exec(
        lpadmin, *words, stderr=asyncio.subprocess.PIPE
    )
    _, said = await child.communicate()
    assert child.returncode == 0, said.decode()
