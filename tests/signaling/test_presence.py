"""Which experts can be asked, and who is told."""

import msgspec

from protocol.messages import ExpertsChanged
from signaling.policy import DEMO_STAFF
from signaling.presence import Presence
from signaling.switchboard import DESKS, Switchboard
from tests.signaling.house import EXPERT, Post

THE_EXPERT, A_CLERK = DEMO_STAFF["expert"], DEMO_STAFF["clerk"]


async def test_desks_are_told_when_an_expert_comes_and_goes() -> None:
    post = Post()
    presence = Presence(post, Switchboard(post))

    async with presence.of(THE_EXPERT):
        assert await presence.is_here(EXPERT)
    assert not await presence.is_here(EXPERT)

    assert post.to(DESKS) == [
        ExpertsChanged(experts=[THE_EXPERT.view()]),
        ExpertsChanged(experts=[]),
    ]


async def test_nobody_is_told_of_somebody_who_cannot_be_asked() -> None:
    post = Post()
    presence = Presence(post, Switchboard(post))

    async with presence.of(A_CLERK):
        assert await presence.experts() == []

    assert post.letters == []


async def test_an_expert_on_another_server_can_be_asked_here() -> None:
    bus = Post()
    here, there = (Presence(bus, Switchboard(bus)) for _ in range(2))

    async with there.of(THE_EXPERT):
        assert msgspec.to_builtins(await here.experts())[0]["id"] == EXPERT
