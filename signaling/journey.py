"""Plays the whole journey: a stack of its own, a clerk, an applicant, a stopwatch."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec

from casework.verify_dossier import verify_dossier
from document_capture.pdf_pages import text_of
from signaling.stack import Plan, Stack, free_media_port, free_ports, running

RECORDED_WITHIN = 30.0
ENDINGS = {"video/webm": ".webm", "video/x-matroska": ".mkv"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class JourneyFailed(Exception):
    """Something a person would have waited for did not come; says what."""


class Step(msgspec.Struct):
    """One thing of the journey: how long, and how much of it machines took."""

    name: str
    seconds: float
    machine_seconds: float


class Stopwatch:
    """Times steps and tells whoever watches."""

    def __init__(self, *, quiet: bool) -> None:
        self.steps: list[Step] = []
        self._quiet = quiet

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator["Stopwatch"]:
        """Time what happens inside; all of it is machine time but ``human``."""
        self._human = 0.0
        began = time.monotonic()
        yield self
        seconds = time.monotonic() - began
        machine = max(0.0, seconds - self._human)
        self.steps.append(Step(name, round(seconds, 3), round(machine, 3)))
        self.say(f"{name:34s} {seconds:6.2f} s   machine {machine:5.2f} s")

    @contextlib.contextmanager
    def human(self) -> Iterator[None]:
        """What happens inside is a person's time."""
        began = time.monotonic()
        yield
        self._human += time.monotonic() - began

    def say(self, line: str) -> None:
        """Print a line for people, unless only JSON is wanted."""
        if not self._quiet:
            print(f"  {line}", flush=True)  # noqa: T201  # a command talks to who typed it


class Desk:
    """A member of staff who talks HTTP."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session

    async def get(self, path: str) -> bytes:
        """Return what is at ``path``."""
        async with self.session.get(self.base + path) as response:
            response.raise_for_status()
            return await response.read()

    async def post(self, path: str) -> bytes:
        """Post nothing to ``path`` and return the answer."""
        async with self.session.post(self.base + path) as response:
            response.raise_for_status()
            return await response.read()


@contextlib.asynccontextmanager
async def signed_in(plan: Plan, account: str) -> AsyncIterator[Desk]:
    """Sign in as a demo account."""
    base = f"http://127.0.0.1:{plan.port}"
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(
        cookie_jar=jar, headers={"Origin": base}
    ) as session:
        async with session.post(f"{base}/api/login", json={"account": account}) as done:
            done.raise_for_status()
        yield Desk(base, session)


class Players(Protocol):
    """Those who play: a browser pair, or programs on the same wire."""

    receipt: bytes
    """The receipt that the applicant took home."""

    async def play(self, watch: Stopwatch) -> tuple[str, str]:
        """Play up to the sheet; return acceptance number and case id."""
        ...


class Look(msgspec.Struct):
    """What else to do with every page that is passed."""

    shots: Path | None = None
    """A folder for screenshots."""
    axe: str = ""
    """The source of axe-core: pages are examined for accessibility."""
    findings: list[str] = []
    """What axe found: page, rule, element."""
    reload: bool = False
    """Both pages are reloaded in the middle of the call."""
    kills: dict[str, str] = {}
    """Paper -> process that is killed once that paper has been accepted."""


async def play(
    folder: Path,
    *,
    quiet: bool,
    browser: bool | None = None,
    look: Look | None = None,
) -> dict[str, Any]:
    """Play the journey in ``folder`` and return the report.

    Args:
        folder: where receipt, licence, dossier, sheets and recordings are left.
        quiet: print nothing.
        browser: Chromium, or programs on the wire; ``None`` takes what is there.
        look: what else to do with the pages on the way.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    watch = Stopwatch(quiet=quiet)
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    with_browser = bool(found) if browser is None else browser
    if not with_browser:
        watch.say("no Chromium here: simulated terminal and scripted clerk")
    began = time.monotonic()
    ports = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="counter-journey-") as place:
        plan = Plan(
            folder=Path(place),
            port=ports[0],
            media_port=free_media_port(),
            terminal_port=ports[1],
            printer_port=ports[2],
            simulated=not with_browser,
            thinks=0.0,
        )
        async with running(plan) as stack:
            players = _players(stack, found if with_browser else "", look or Look())
            try:
                number, case = await players.play(watch)
            except Exception:
                _keep_logs(stack, folder)
                raise
            report = await _collect(plan, folder, case, watch)
    taken_home = folder / "receipt.pdf"
    taken_home.write_bytes(players.receipt)
    report["receipt"] = str(taken_home)
    report["acceptance_number"] = number
    report["total_seconds"] = round(time.monotonic() - began, 3)
    report["machine_seconds"] = round(sum(s.machine_seconds for s in watch.steps), 3)
    report["steps"] = msgspec.to_builtins(watch.steps)
    watch.say(f"machine time {report['machine_seconds']} s; everything in {folder}")
    return report


def _keep_logs(stack: Stack, folder: Path) -> None:
    for name, child in stack.children.items():
        (folder / f"{name}.log").write_text(child.last_words(), "utf-8")


def _players(stack: Stack, browser: str, look: Look) -> Players:
    if browser:
        from signaling.journey_browser import BrowserPlayers  # noqa: PLC0415  # needs playwright

        return BrowserPlayers(stack, browser, look)
    from signaling.journey_wire import WirePlayers  # noqa: PLC0415  # one of the two is used

    return WirePlayers(stack.plan)


async def _collect(
    plan: Plan, folder: Path, case: str, watch: Stopwatch
) -> dict[str, Any]:
    report: dict[str, Any] = {}
    with watch.step("recording stored"):
        films = await _recordings(plan, folder, case)
    with watch.step("dossier made and verified"):
        async with signed_in(plan, "approver") as desk:
            for name in ("application", "licence"):
                path = folder / f"{name}.pdf"
                path.write_bytes(await desk.get(f"/api/cases/{case}/documents/{name}"))
                report[name] = str(path)
            data = await desk.get(f"/api/cases/{case}/dossier")
        dossier = folder / "dossier.zip"
        dossier.write_bytes(data)
        checks = await asyncio.to_thread(verify_dossier, data)
        wrong = [check for check in checks if not check.holds]
        if wrong:
            raise JourneyFailed(f"dossier: {wrong}")
    sheets = [shutil.copy(sheet, folder) for sheet in sorted(plan.tray.glob("*.pdf"))]
    return report | {"dossier": str(dossier), "sheets": sheets, "recordings": films}


async def _recordings(plan: Plan, folder: Path, case: str) -> list[str]:
    deadline = time.monotonic() + RECORDED_WITHIN
    async with signed_in(plan, "supervisor") as desk:
        while True:
            rows = msgspec.json.decode(await desk.get("/api/recordings"))
            mine = [row for row in rows if row["case"] == case]
            if mine:
                break
            if time.monotonic() > deadline:
                raise JourneyFailed("the recording was not stored")
        await desk.post(f"/api/recordings/{mine[0]['call']}/views")
        films = []
        found = [film for source in mine[0]["sources"] for film in source["films"]]
        for film in found:
            path = folder / f"{film['name']}{ENDINGS[film['media_type']]}"
            address = f"/api/recordings/{mine[0]['call']}/films/{film['name']}"
            path.write_bytes(await _film(desk, address, film["size"]))
            films.append(str(path))
    return films


async def _film(desk: Desk, address: str, size: int) -> bytes:
    data = b""
    while len(data) < size:
        headers = {"Range": f"bytes={len(data)}-"}
        async with desk.session.get(
            desk.base + address, headers=headers
        ) as part:  # our own class
            part.raise_for_status()
            data += await part.read()
    return data


def read_receipt(pdf: bytes) -> tuple[str, str]:
    """Return acceptance number and release code as a person reads them off."""
    digits = [part.replace(" ", "") for part in text_of(pdf).splitlines()]
    numbers = [part for part in digits if part.isdigit() and len(part) == 14]
    codes = [part for part in digits if part.isdigit() and len(part) == 8]
    if not numbers or not codes:
        raise JourneyFailed("the receipt cannot be read")
    return numbers[0], codes[0]
