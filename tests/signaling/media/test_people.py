"""An expert and a supervisor in a call: who is heard by whom, by real ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack

from protocol.states import Leg, Voice
from signaling.company import HEARERS
from signaling.media.calls import WANTS
from signaling.media.journal import Journals
from signaling.media.port import own_address
from signaling.media.worker import Worker
from tests.signaling.media.ends import CALL, End

ENOUGH = 10
"""Packets: a fifth of a second of sound."""


class Person(End):
    """One end of a call that offers the lines of its leg."""

    def __init__(self, leg: Leg) -> None:
        sends: list[MediaStreamTrack] = [AudioStreamTrack()]
        if leg is not Leg.SUPERVISOR:
            sends.append(VideoStreamTrack())
        self.leg = leg
        self.lines = [(kind, one) for kind in WANTS[leg] for one in WANTS[leg][kind]]
        self._sends = len(sends)
        super().__init__(sends, [kind for kind, _ in self.lines])

    async def got(self, kind: str, source: Leg) -> int:
        """Return how many packets of that line have come."""
        place = self._sends + self.lines.index((kind, source))
        receiver = self.peer.getTransceivers()[place].receiver
        stats = await receiver.getStats()
        return sum(
            one.packetsReceived for one in stats.values() if one.type == "inbound-rtp"
        )

    async def sent(self) -> int:
        """Return how many packets of sound have left."""
        stats = await self.peer.getTransceivers()[0].sender.getStats()
        return sum(
            one.packetsSent for one in stats.values() if one.type == "outbound-rtp"
        )

    async def gets(self, kind: str, source: Leg) -> None:
        """Wait until more of that line comes."""
        before = await self.got(kind, source)
        async with asyncio.timeout(20):
            while await self.got(kind, source) < before + ENOUGH:  # noqa: ASYNC110  # packets tell nobody
                await asyncio.sleep(0.02)

    async def hears(self, source: Leg) -> None:
        await self.gets("audio", source)

    async def sees(self, source: Leg) -> None:
        await self.gets("video", source)


class Room:
    """A call with everybody in it."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.applicant = Person(Leg.APPLICANT)
        self.clerk = Person(Leg.CLERK)
        self.expert = Person(Leg.EXPERT)
        self.supervisor = Person(Leg.SUPERVISOR)
        self.people = [self.applicant, self.clerk, self.expert, self.supervisor]

    async def gather(self) -> None:
        for person in self.people:
            await person.join(self.worker, person.leg)

    def speak_to(self, voice: Voice) -> None:
        self.worker._calls[CALL].set_voice(Leg.SUPERVISOR, HEARERS[voice])

    async def supervisor_has_spoken(self) -> None:
        """Wait until the supervisor's microphone has sent more to the worker."""
        before = await self.supervisor.sent()
        async with asyncio.timeout(20):
            while await self.supervisor.sent() < before + 3 * ENOUGH:  # noqa: ASYNC110  # packets tell nobody
                await asyncio.sleep(0.02)

    async def heard_supervisor(self) -> list[int]:
        """Return how much applicant, clerk and expert have heard of them so far."""
        hearers = (self.applicant, self.clerk, self.expert)
        return [await one.got("audio", Leg.SUPERVISOR) for one in hearers]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    worker = Worker([own_address()], 0, Journals(tmp_path))
    worker.start()
    room = Room(worker)
    await room.gather()
    yield room
    await worker.end_call(CALL)
    for person in room.people:
        await person.peer.close()
    worker.stop()


async def test_a_silent_supervisor_sees_and_hears_all_and_is_heard_by_nobody(
    room: Room,
) -> None:
    for one in (Leg.APPLICANT, Leg.CLERK, Leg.EXPERT):
        await room.supervisor.hears(one)
        await room.supervisor.sees(one)

    await room.supervisor_has_spoken()

    assert await room.heard_supervisor() == [0, 0, 0]


async def test_a_whisper_reaches_only_the_clerk(room: Room) -> None:
    room.speak_to(Voice.CLERK)

    await room.clerk.hears(Leg.SUPERVISOR)
    await room.supervisor_has_spoken()
    applicant, clerk, expert = await room.heard_supervisor()
    assert (applicant, expert) == (0, 0)
    assert clerk > 0


async def test_a_supervisor_who_speaks_to_both_is_heard_by_everybody(
    room: Room,
) -> None:
    room.speak_to(Voice.BOTH)

    await room.applicant.hears(Leg.SUPERVISOR)
    await room.clerk.hears(Leg.SUPERVISOR)
    await room.expert.hears(Leg.SUPERVISOR)


async def test_silence_is_silence_again(room: Room) -> None:
    room.speak_to(Voice.BOTH)
    await room.applicant.hears(Leg.SUPERVISOR)

    room.speak_to(Voice.NOBODY)

    await room.supervisor_has_spoken()  # what was on its way has arrived
    before = await room.heard_supervisor()
    await room.supervisor_has_spoken()
    assert await room.heard_supervisor() == before


async def test_an_expert_and_both_people_see_and_hear_each_other(room: Room) -> None:
    for person in (room.applicant, room.clerk):
        await person.hears(Leg.EXPERT)
        await person.sees(Leg.EXPERT)
        await room.expert.hears(person.leg)
        await room.expert.sees(person.leg)


async def test_a_dismissed_expert_neither_sends_nor_receives(room: Room) -> None:
    await room.clerk.sees(Leg.EXPERT)
    await room.expert.hears(Leg.CLERK)

    room.worker.drop_leg(CALL, Leg.EXPERT)

    await room.supervisor.hears(Leg.CLERK)  # what was on its way has arrived
    seen, heard = (
        room.clerk.got("video", Leg.EXPERT),
        room.expert.got("audio", Leg.CLERK),
    )
    before = [await seen, await heard]
    await room.supervisor.hears(Leg.CLERK)
    await room.clerk.hears(Leg.APPLICANT)
    assert before == [
        await room.clerk.got("video", Leg.EXPERT),
        await room.expert.got("audio", Leg.CLERK),
    ]
