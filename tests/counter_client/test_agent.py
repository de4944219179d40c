"""What the terminal's agent does by itself when its document camera has no path."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from counter_client.agent import Agent
from counter_client.cameras import SimulatedCamera
from counter_client.device import open_device
from counter_client.office import ServerOffice
from counter_client.outbox import Outbox
from counter_client.specimens import Specimens
from protocol.messages import AnswerMedia, LegFailed, OfferMedia, SessionChanged
from protocol.states import Leg
from protocol.views import SessionView
from protocol.wire import FromTerminal, ToTerminal
from signaling.views import for_terminal, session_view, ticket_view
from tests.builders import FONTS, a_visit, no_relays


class QuietOffice(ServerOffice):
    """A server that hears what it is told and says what the test says."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[FromTerminal] = asyncio.Queue()
        self.tell: Callable[[ToTerminal], None] = lambda _message: None

    async def say(self, message: FromTerminal) -> None:
        self.said.put_nowait(message)

    async def run(
        self, heard: Callable[[ToTerminal], None], _line: Callable[[bool], None]
    ) -> None:
        self.tell = heard


def a_call(*legs: Leg) -> SessionView:
    visit = a_visit()
    ticket = ticket_view(visit, 0, "Counter 1")
    return for_terminal(session_view(ticket, visit, set(legs), None, []), no_relays())


async def a_dead_answer(offer: str) -> str:
    """Return the answer of somebody who is gone when it arrives."""
    gone = RTCPeerConnection()
    await gone.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await gone.setLocalDescription(await gone.createAnswer())
    sdp = gone.localDescription.sdp
    await gone.close()
    return str(sdp)


async def test_a_leg_without_a_path_is_told_once_and_tried_again(
    tmp_path: Path,
) -> None:
    office = QuietOffice()
    outbox = Outbox(tmp_path / "outbox", open_device(tmp_path))
    agent = Agent(office, SimulatedCamera(Specimens(FONTS)), outbox, patience=0.2)
    await agent.run()
    offers: list[str] = []
    failures: list[LegFailed] = []

    office.tell(SessionChanged(session=a_call()))
    while len(set(offers)) < 3:
        message = await office.said.get()
        if isinstance(message, LegFailed):
            failures.append(message)
        elif isinstance(message, OfferMedia) and message.sdp not in offers:
            offers.append(message.sdp)
            sdp = await a_dead_answer(message.sdp)
            answer = AnswerMedia(call=message.call, leg=Leg.DOCUMENT, sdp=sdp)
            office.tell(answer)
    await agent.close()

    assert [(one.leg, one.reason) for one in failures] == [
        (Leg.DOCUMENT, "media-blocked")
    ]


@contextlib.asynccontextmanager
async def an_agent(folder: Path, office: QuietOffice) -> AsyncIterator[Agent]:
    outbox = Outbox(folder / "outbox", open_device(folder))
    agent = Agent(office, SimulatedCamera(Specimens(FONTS)), outbox)
    await agent.run()
    try:
        yield agent
    finally:
        await agent.close()


async def test_the_document_camera_lets_the_people_see_each_other_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counter_client.agent.FACES_FIRST", 3600.0)
    office = QuietOffice()
    async with an_agent(tmp_path, office):
        office.tell(SessionChanged(session=a_call()))
        for _ in range(100):
            await asyncio.sleep(0)
        assert office.said.empty()

        office.tell(SessionChanged(session=a_call(Leg.APPLICANT)))
        assert isinstance(await office.said.get(), OfferMedia)


async def test_the_document_camera_comes_when_nobody_can_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counter_client.agent.FACES_FIRST", 0.0)
    office = QuietOffice()
    async with an_agent(tmp_path, office):
        office.tell(SessionChanged(session=a_call()))
        assert isinstance(await office.said.get(), OfferMedia)
