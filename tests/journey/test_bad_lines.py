"""Two browsers in a call whose line loses, narrows, ends and comes back."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from protocol.states import Leg
from signaling.media.control import AddLeg
from signaling.media.journal import Journals
from signaling.media.leg import Peer
from signaling.media.port import own_address
from signaling.media.worker import Worker
from tests.builders import has
from tests.line import Line, Way
from tests.pages import a_browser, a_caller, bundled
from tests.signaling.media.ends import CALL, KEY

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not has("chromium"), reason="no Chromium on this machine"),
]
TRIP = 0.03
WAIT = 40_000.0
"""Milliseconds: a busy machine is slow, a broken one never."""


SOUND = """async () => [...(await leg.peer.getStats()).values()].filter(
  ({ type, kind, packetsReceived }) =>
    type === "inbound-rtp" && kind === "audio" && packetsReceived)"""


class Talk:
    """An applicant on a good line, a clerk on the line of the test."""

    def __init__(self, worker: Worker, line: Line) -> None:
        self.worker, self.line = worker, line
        self.applicant: Page
        self.clerk: Page

    async def answer_applicant(self, sdp: str) -> str:
        return self.worker.add_leg(AddLeg(1, CALL, Leg.APPLICANT, sdp, KEY))

    async def answer_clerk(self, sdp: str) -> str:
        answer = self.worker.add_leg(AddLeg(1, CALL, Leg.CLERK, sdp, KEY))
        return self.line.through(answer)

    @property
    def leg(self) -> Peer:
        """The clerk's leg, as the worker has it now."""
        return self.worker._calls[CALL].legs[Leg.CLERK]

    async def both_see(self, more: int) -> None:
        """Wait until both have seen so many pictures more."""
        for page in (self.applicant, self.clerk):
            seen = await page.evaluate("pictures")
            wanted = f"pictures > {seen + more}"
            await page.wait_for_function(wanted, timeout=WAIT)

    async def sound_of_clerk(self) -> dict[str, Any]:
        """Return what Chromium counts of the applicant's sound at the clerk."""
        found: list[dict[str, Any]] = await self.clerk.evaluate(SOUND)
        [sound] = found
        return sound


@contextlib.asynccontextmanager
async def a_talk(folder: Path, up: Way, down: Way) -> AsyncIterator[Talk]:
    worker = Worker([own_address()], 0, Journals(folder))
    worker.start()
    line = Line(worker.gate.addresses[0][:2], up, down)
    talk, code = Talk(worker, line), bundled(folder)
    async with a_browser() as open_context:
        contexts = [await open_context(), await open_context()]
        talk.applicant = await a_caller(contexts[0], code, talk.answer_applicant)
        talk.clerk = await a_caller(contexts[1], code, talk.answer_clerk)
        await talk.applicant.evaluate("begin('applicant', 'clerk')")
        await talk.clerk.evaluate("begin('clerk', 'applicant')")
        await talk.both_see(10)
        yield talk
    talk.line.close()
    worker.stop()


async def test_a_line_that_loses_five_in_a_hundred_carries_pictures_and_sound(
    tmp_path: Path,
) -> None:
    lossy = [Way(delay=TRIP, loss=0.05, seed=seed) for seed in (1, 2)]
    async with a_talk(tmp_path, *lossy) as talk:
        await talk.both_see(60)

        sound = await talk.sound_of_clerk()
        assert sound["nackCount"] > 0, "lost sound is asked for again"
        assert sound["packetsLost"] < 0.02 * sound["packetsReceived"]


async def test_a_narrow_line_is_noticed_and_its_sender_sends_less(
    tmp_path: Path,
) -> None:
    async with a_talk(tmp_path, Way(delay=TRIP), Way(delay=TRIP)) as talk:
        talk.line.down.rate = 250_000

        await talk.both_see(40)

        rate = talk.leg.downlink.estimate.rate
        assert rate is not None
        assert rate < 400_000
        sender = talk.worker._calls[CALL].legs[Leg.APPLICANT]
        assert sender.feedback._cap is not None


async def test_a_leg_comes_back_under_another_address_again_and_again(
    tmp_path: Path,
) -> None:
    async with a_talk(tmp_path, Way(delay=TRIP), Way(delay=TRIP)) as talk:
        for _ in range(2):
            talk.line.close()  # the address is gone for good
            talk.line = Line(talk.worker.gate.addresses[0][:2])

            await talk.both_see(10)

        offers = await talk.clerk.evaluate("offers")
        assert offers >= 3
        assert await talk.applicant.evaluate("offers") == 1, "the other did nothing"


async def test_a_line_that_was_cut_for_a_while_is_taken_up_again(
    tmp_path: Path,
) -> None:
    async with a_talk(tmp_path, Way(delay=TRIP), Way(delay=TRIP)) as talk:
        talk.line.cut()
        await talk.clerk.wait_for_function("states.at(-1) === false", timeout=WAIT)
        seen = await talk.clerk.evaluate("pictures")

        talk.line.restore()

        await talk.clerk.wait_for_function(f"pictures > {seen + 10}", timeout=WAIT)
        await talk.clerk.wait_for_function("states.at(-1) === true", timeout=WAIT)


async def test_a_nat_that_forgot_the_browser_is_not_noticed(tmp_path: Path) -> None:
    async with a_talk(tmp_path, Way(delay=TRIP), Way(delay=TRIP)) as talk:
        leg = talk.leg
        talk.line.rebind()

        await talk.both_see(20)

        assert talk.leg is leg, "no fresh connection"
