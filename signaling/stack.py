"""Starts every process of one machine, watches them, and stops them again."""

import asyncio
import contextlib
import dataclasses
import fcntl
import os
import random
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp

from signaling.child import Child
from signaling.embedded import embedded_valkey
from signaling.settings import Settings

READY_WITHIN = 40.0


class CannotStart(Exception):
    """A sentence for whoever typed the command."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which processes, where. ``say`` hears a line per step."""

    folder: Path
    port: int = 8080
    media_port: int = 40000
    media_workers: int = 0
    """0 is one per core, as in ``COUNTER_MEDIA_WORKERS``."""
    terminal_port: int = 8090
    printer_port: int = 8631
    simulated: bool = True
    thinks: float = 1.0
    say: Callable[[str], None] = lambda _line: None

    @property
    def desk_url(self) -> str:
        """Where staff work."""
        return f"http://127.0.0.1:{self.port}/desk/"

    @property
    def counter_url(self) -> str:
        """Where an applicant sits down."""
        return f"http://127.0.0.1:{self.terminal_port}/"

    @property
    def window_url(self) -> str:
        """The Citizen's Window."""
        return f"{self.counter_url}window"

    @property
    def tray(self) -> Path:
        """Where printed sheets lie."""
        return self.folder / "terminal" / "tray"


class Stack:
    """All processes of a plan."""

    def __init__(self, plan: Plan, redis_url: str) -> None:
        self.plan = plan
        self.children: dict[str, Child] = {}
        self._redis = redis_url
        self._logs = plan.folder / "log"
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keepers: list[asyncio.Task[None]] = []

    @property
    def media_names(self) -> list[str]:
        """The names of the media workers' processes; the first call is on "media"."""
        count = Settings(media_workers=self.plan.media_workers).workers
        return ["media", *(f"media-{number}" for number in range(1, count))]

    async def start(self) -> None:
        """Start everything in order.

        Raises:
            CannotStart: a process does not come up; the text has its last words.
        """
        plan = self.plan
        env, command = self._server_env(), ["-m", "signaling.cli"]
        for number, name in enumerate(self.media_names):
            words = ["-m", "signaling.media", "--worker", str(number)]
            await self._start(name, words, env)
        for name in ("recorder", "server"):
            await self._start(name, [*command, name], env)
        await self._wait_for_page(f"http://127.0.0.1:{plan.port}/readyz")
        plan.say(f"server, recorder and media are up ({len(self.media_names)})")
        # A cookie jar keeps nothing of hosts without a name unless told to.
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(
            cookie_jar=jar, raise_for_status=True
        ) as session:
            codes = [await self._code(session) for _ in range(2)]
        env = self._terminal_env("terminal", "Smart Counter 1", codes[0])
        env["TERMINAL_PORT"] = str(plan.terminal_port)
        env["TERMINAL_PRINTER_PORT"] = str(plan.printer_port)
        await self._start("terminal", ["-m", "counter_client"], env)
        await self._wait_for_page(plan.counter_url)
        plan.say("terminal and its printer are up")
        if plan.simulated:
            env = self._terminal_env("applicant", "Simulated applicant", codes[1])
            env["TERMINAL_SIMULATED_APPLICANT"] = "true"
            env["TERMINAL_THINKS"] = str(plan.thinks)
            await self._start("applicant", ["-m", "counter_client"], env)
            plan.say("a simulated applicant sits down and takes a ticket")

    async def stop(self) -> None:
        """Stop everything, terminals first."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        order = ("applicant", "terminal", "server", "recorder", *self.media_names)
        for name in order:
            if name in self.children:
                await self.children[name].stop()

    async def _start(self, name: str, words: list[str], env: dict[str, str]) -> None:
        child = Child(name, [sys.executable, *words], env, self._logs / f"{name}.log")
        await child.start()
        self.children[name] = child
        self._keepers.append(asyncio.create_task(child.keep()))

    def _server_env(self) -> dict[str, str]:
        plan = self.plan
        return _inherited() | {
            "COUNTER_DEMO": "true",
            "COUNTER_PORT": str(plan.port),
            "COUNTER_DATA_DIR": str(plan.folder / "data"),
            "COUNTER_REDIS_URL": self._redis,
            "COUNTER_MEDIA_PORT": str(plan.media_port),
            "COUNTER_MEDIA_WORKERS": str(plan.media_workers),
        }

    def _terminal_env(self, folder: str, name: str, code: str) -> dict[str, str]:
        return _inherited() | {
            "TERMINAL_SERVER_URL": f"http://127.0.0.1:{self.plan.port}",
            "TERMINAL_DATA_DIR": str(self.plan.folder / folder),
            "TERMINAL_NAME": name,
            "TERMINAL_ENROL_CODE": code,
        }

    async def _code(self, session: aiohttp.ClientSession) -> str:
        base = f"http://127.0.0.1:{self.plan.port}"
        headers = {"Origin": base}
        body = {"account": "administrator"}
        async with session.post(f"{base}/api/login", json=body, headers=headers):
            pass
        async with session.post(f"{base}/api/enrolment-codes", headers=headers) as made:
            return str((await made.json())["code"])

    async def _wait_for_page(self, url: str) -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(int(READY_WITHIN / 0.1)):
                try:
                    async with session.get(url) as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                broken = [c for c in self.children.values() if c.restarts > 2]
                if broken:
                    raise CannotStart(f"{broken[0].name}: {broken[0].last_words()}")
                await asyncio.sleep(0.1)
        words = "\n".join(c.last_words() for c in self.children.values())
        raise CannotStart(f"{url} did not answer within {READY_WITHIN:.0f} s\n{words}")


PASSED_ON = (
    "COUNTER_FONTS_DIR",
    "COUNTER_FACE_MODELS",
    "COUNTER_SERVICES_DIR",
    "TERMINAL_FACE_MODELS",
    "TERMINAL_CAMERA",
    "TERMINAL_CAMERA_SIZE",
    "TERMINAL_CAMERA_FOCUS",
    "TERMINAL_CAMERA_EXPOSURE",
    "TERMINAL_CAMERA_CROP",
    "TERMINAL_SCANNER",
    "TERMINAL_STICKS_DIR",
    "TERMINAL_PRINTER_URL",
)
"""Settings that tell of this machine's devices and folders; the rest is the plan's."""


def _inherited() -> dict[str, str]:
    ours = ("COUNTER_", "TERMINAL_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return kept | {k: os.environ[k] for k in PASSED_ON if k in os.environ}


@contextlib.asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Stack]:
    """Run everything of ``plan``; stop it on leaving, also after an error.

    Raises:
        CannotStart: it runs already, a port is taken, or a process fails.
    """
    plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _only_once(plan.folder), contextlib.ExitStack() as engines:
        _require_ports(plan)
        url = engines.enter_context(embedded_valkey(plan.folder / "valkey"))
        plan.say("embedded engines are up")
        stack = Stack(plan, url)
        try:
            await stack.start()
            yield stack
        finally:
            await stack.stop()


@contextlib.contextmanager
def _only_once(folder: Path) -> Iterator[None]:
    with (folder / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"the counter runs already with the data in {folder}; "
                "stop it with Ctrl-C where it runs"
            ) from None
        yield


def _require_ports(plan: Plan) -> None:
    for port, setting in (
        (plan.port, "PORT"),
        (plan.terminal_port, "TERMINAL_PORT"),
        (plan.printer_port, "PRINTER_PORT"),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CannotStart(
                    f"port {port} is used by another program; "
                    f"choose another one: make run {setting}={port + 1}"
                ) from None


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses at this moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def free_media_port(workers: int = 8) -> int:
    """Return the first of so many UDP ports in a row that nobody uses.

    They lie below those that systems hand out by themselves, so that a worker
    that is started again finds its port still free.
    """
    while True:
        first = random.randrange(20_000, 32_000 - workers)  # noqa: S311  # no secret
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in range(first, first + workers):
                probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                probes.enter_context(probe).bind(("", port))
            return first
