"""Several media workers, as real processes: one is killed, another takes its call."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from tests.journey.test_faults import a_clerk, a_stack, begin, talking

pytestmark = pytest.mark.journey


async def calls_by_worker(session: aiohttp.ClientSession, base: str) -> dict[str, int]:
    async with session.get(f"{base}/metrics") as answer:
        text = await answer.text()
    rows = re.findall(r'^counter_media_calls{worker="(\d)"} (\d+)$', text, re.M)
    return {worker: int(count) for worker, count in rows}


async def until_calls(
    session: aiohttp.ClientSession, base: str, wanted: dict[str, int]
) -> None:
    """Wait until the workers say that they hold so many calls each."""
    async with asyncio.timeout(15):
        while await calls_by_worker(session, base) != wanted:  # noqa: ASYNC110  # it is asked, it does not tell
            await asyncio.sleep(0.1)


async def watch_readiness(
    session: aiohttp.ClientSession, base: str, seen: set[int]
) -> None:
    while True:
        async with session.get(f"{base}/readyz") as answer:
            seen.add(answer.status)
        await asyncio.sleep(0.05)


async def test_another_worker_takes_over_the_call_of_a_killed_one(
    tmp_path: Path,
) -> None:
    async with (
        a_stack(tmp_path, media_workers=2) as stack,
        a_clerk(stack) as clerk,
        aiohttp.ClientSession() as session,
    ):
        base, seen = f"http://127.0.0.1:{stack.plan.port}", set[int]()
        await begin(clerk)
        desk = clerk.desk
        await desk.until("pictures", lambda: desk.pictures > 20)
        await until_calls(session, base, {"0": 1, "1": 0})
        ready = asyncio.create_task(watch_readiness(session, base, seen))
        assert desk.session is not None and desk.session.call is not None
        call = desk.session.call.id

        stack.children["media"].kill()

        await desk.until("word of it", lambda: desk.lost == 1)
        await desk.close()
        desk.answer, before = "", desk.pictures
        await desk.join(call)
        await desk.until("pictures again", lambda: desk.pictures > before + 20)
        await desk.until("talking again", lambda: talking(desk))
        await until_calls(session, base, {"0": 0, "1": 1})
        ready.cancel()
        assert seen == {200}, "one worker was there all the time"
