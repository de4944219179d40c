"""Processes are killed in mid-journey, and the case goes on from its last step."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from protocol.ids import CaseId
from protocol.messages import AnswerTicket, EndCall
from protocol.scan_messages import AcceptMaterial, ConfirmIdentity
from protocol.states import CallState, MaterialState, Task
from signaling.journey import JourneyFailed, Stopwatch, signed_in
from signaling.journey_wire import ScriptedDesk, WirePlayers, new_step
from signaling.stack import (
    CannotStart,
    Plan,
    Stack,
    free_media_port,
    free_ports,
    running,
)

pytestmark = pytest.mark.journey


@contextlib.asynccontextmanager
async def a_stack(folder: Path, media_workers: int = 0) -> AsyncIterator[Stack]:
    ports = free_ports(3)
    plan = Plan(
        folder=folder,
        port=ports[0],
        media_port=free_media_port(),
        media_workers=media_workers,
        terminal_port=ports[1],
        printer_port=ports[2],
        thinks=0.0,
    )
    async with running(plan) as stack:
        yield stack


class Clerk:
    """A clerk whose page comes back by itself, as a browser's does."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._desks: list[ScriptedDesk] = []

    @property
    def desk(self) -> ScriptedDesk:
        """The page as it is now; its media goes on while its socket is away."""
        return self._desks[-1]

    async def close(self) -> None:
        for desk in self._desks:
            await desk.close()

    async def run(self, ready: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(Exception):
                async with signed_in(self._stack.plan, "clerk") as http:
                    self._desks.append(ScriptedDesk(http))
                    ready.set()
                    await self.desk.listen()
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def a_clerk(stack: Stack) -> AsyncIterator[Clerk]:
    clerk, ready = Clerk(stack), asyncio.Event()
    running_page = asyncio.create_task(clerk.run(ready))
    await ready.wait()
    try:
        yield clerk
    finally:
        running_page.cancel()
        await clerk.close()


async def until(clerk: Clerk, what: str, task: Task) -> None:
    """Wait on whichever connection the clerk has now."""
    for _ in range(600):
        desk = clerk.desk
        if desk.session and desk.session.case and desk.session.case.task is task:
            return
        await asyncio.sleep(0.05)
    raise JourneyFailed(what)


async def begin(clerk: Clerk) -> CaseId:
    """Answer, talk, and confirm the identity."""
    desk = clerk.desk
    await desk.until("a ticket", lambda: bool(desk.queue.waiting))
    ticket = desk.queue.waiting[0].id
    await desk.say(AnswerTicket(step=new_step(), ticket=ticket))
    await desk.until("a call", lambda: bool(desk.session and desk.session.call))
    assert desk.session is not None and desk.session.call is not None
    await desk.join(desk.session.call.id)
    await desk.until("identity", desk.material_in(MaterialState.CHECKED))
    message = ConfirmIdentity(step=new_step(), case=desk.case.id, sha256=desk.digest())
    await desk.say(message)
    await desk.until("materials", desk.task_is(Task.MATERIALS))
    return desk.case.id


async def accept_next(clerk: Clerk) -> None:
    """Accept the paper that is wanted now; say it again until it is done."""
    wanted = clerk.desk.case.wanted
    assert wanted is not None
    step = new_step()
    for _ in range(60):
        with contextlib.suppress(JourneyFailed, ConnectionError, AssertionError):
            desk = clerk.desk
            if desk.material_in(MaterialState.CHECKED)():
                message = AcceptMaterial(
                    step=step, case=desk.case.id, material=wanted, sha256=desk.digest()
                )
                await desk.say(message)
            if desk.case.wanted != wanted:
                return
        await asyncio.sleep(0.25)
    raise JourneyFailed(f"{wanted} was not accepted")


@pytest.mark.parametrize("victim", ["server", "media", "recorder", "applicant"])
async def test_after_kill_9_the_case_goes_on_from_its_last_step(
    tmp_path: Path, victim: str
) -> None:
    async with a_stack(tmp_path) as stack, a_clerk(stack) as clerk:
        case = await begin(clerk)

        stack.children[victim].kill()

        await asyncio.sleep(1.0)
        for _ in range(2):
            await until(clerk, f"materials after {victim}", Task.MATERIALS)
            assert clerk.desk.case.id == case
            await accept_next(clerk)
        await until(clerk, "form", Task.FORM)
        assert clerk.desk.case.id == case
        killed = stack.children[victim]
        assert killed.restarts == 1, killed.last_words()


async def test_a_killed_media_worker_loses_no_recording_and_media_comes_back(
    tmp_path: Path,
) -> None:
    async with a_stack(tmp_path, media_workers=1) as stack, a_clerk(stack) as clerk:
        await begin(clerk)
        desk = clerk.desk
        await desk.until("pictures", lambda: desk.pictures > 20)

        stack.children["media"].kill()

        await until_ready(stack)
        assert desk.session is not None and desk.session.call is not None
        call = desk.session.call.id
        await desk.close()
        desk.answer = ""
        await desk.join(call)
        seen = desk.pictures
        await desk.until("pictures again", lambda: desk.pictures > seen + 10)
        await desk.until("talking again", lambda: talking(desk))
        ticket = desk.session.ticket.id
        await desk.say(EndCall(step=new_step(), ticket=ticket))
        await desk.until("the end", lambda: desk.session is None)
        sources = await recorded(stack.plan)
        assert {one["name"] for one in sources} == {"applicant", "clerk", "document"}
        applicant = next(one for one in sources if one["name"] == "applicant")
        assert sum(film["frames"] for film in applicant["films"]) > 10
        reasons = {gap["reason"] for gap in applicant["gaps"]}
        assert "worker-lost" in reasons, "the time without a worker is told"
        assert 0 < applicant["coverage"] < 100


async def test_a_part_that_is_not_recorded_is_on_the_screens_and_in_the_recording(
    tmp_path: Path,
) -> None:
    async with a_stack(tmp_path) as stack, a_clerk(stack) as clerk:
        await begin(clerk)
        desk = clerk.desk
        await desk.until("pictures", lambda: desk.pictures > 20)

        await desk.close()

        await desk.until("a sign", lambda: ("clerk", "leg-down") in missing(desk))
        assert desk.session is not None and desk.session.call is not None
        desk.answer = ""
        await desk.join(desk.session.call.id)
        await desk.until("no sign", lambda: ("clerk", "leg-down") not in missing(desk))
        ticket = desk.session.ticket.id
        await desk.say(EndCall(step=new_step(), ticket=ticket))
        await desk.until("the end", lambda: desk.session is None)
        [source] = [one for one in await recorded(stack.plan) if one["name"] == "clerk"]
        assert "leg-down" in {gap["reason"] for gap in source["gaps"]}, source
        assert len(source["films"]) == 1


def missing(desk: ScriptedDesk) -> set[tuple[str, str]]:
    call = desk.session.call if desk.session else None
    return {(gap.leg, gap.reason) for gap in call.not_recorded} if call else set()


async def until_ready(stack: Stack) -> None:
    """Wait until the worker was missed, and then until there is another."""
    wanted = [503, 200]
    async with aiohttp.ClientSession() as session:
        while wanted:
            url = f"http://127.0.0.1:{stack.plan.port}/readyz"
            async with session.get(url) as response:
                if response.status == wanted[0]:
                    wanted.pop(0)
            await asyncio.sleep(0.05)


def talking(desk: ScriptedDesk) -> bool:
    call = desk.session.call if desk.session else None
    return call is not None and call.state is CallState.TALKING


async def recorded(plan: Plan) -> list[dict[str, Any]]:
    """Return the sources of the newest recording, once there is one."""
    for _ in range(100):
        async with signed_in(plan, "supervisor") as desk:
            rows = msgspec.json.decode(await desk.get("/api/recordings"))
        if rows:
            return list(rows[0]["sources"])
        await asyncio.sleep(0.2)
    raise JourneyFailed("not recorded")


async def test_a_second_start_says_that_it_runs_already(tmp_path: Path) -> None:
    async with a_stack(tmp_path):
        with pytest.raises(CannotStart, match="runs already"):
            async with a_stack(tmp_path):
                pass


async def test_a_busy_port_is_named(tmp_path: Path) -> None:
    blocker = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = blocker.sockets[0].getsockname()[1]
    plan = Plan(folder=tmp_path, port=port)

    with pytest.raises(CannotStart, match=f"port {port} is used"):
        async with running(plan):
            pass

    blocker.close()


async def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    async with a_stack(tmp_path) as stack:
        watch = Stopwatch(quiet=True)
        number, case = await WirePlayers(stack.plan).play(watch)

    async with a_stack(tmp_path) as stack, signed_in(stack.plan, "approver") as desk:
        found = await desk.get("/api/cases")
        assert number.encode() in found
        assert (await desk.get(f"/api/cases/{case}/documents/licence"))[:5] == b"%PDF-"
