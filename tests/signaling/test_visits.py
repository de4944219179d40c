"""What is sent last is what is true: no screen goes back to a visit that is over."""

import asyncio

import pytest

from protocol.ids import CallId, CaseId, TicketId
from protocol.states import TicketState
from tests.builders import TERMINAL, Office, a_step, a_visit
from tests.signaling.house import THE_CLERK, House


@pytest.fixture
async def house(office: Office) -> House:
    return House(office)


async def test_late_news_of_a_visit_that_is_over_clears_its_screens(
    house: House,
) -> None:
    before = await house.begin()
    await house.visits.leave(TERMINAL, before.id)

    await house.visits.tell(before)

    assert house.seen_by(THE_CLERK) is None
    assert house.post.session(f"terminal {TERMINAL}") is None


async def test_news_that_is_sent_while_the_visit_ends_is_not_the_last_word(
    house: House,
) -> None:
    visit = await house.begin()

    await asyncio.gather(
        *(house.visits.tell(visit) for _ in range(5)),
        house.visits.leave(TERMINAL, visit.id),
        *(house.visits.tell(visit) for _ in range(5)),
    )

    assert house.seen_by(THE_CLERK) is None
    assert house.post.session(f"terminal {TERMINAL}") is None


async def test_what_another_server_changes_meanwhile_is_sent_too(house: House) -> None:
    visit = await house.begin()

    async def elsewhere() -> None:
        await house.office.visits.save(visit.changed(number="A999"))

    house.post.meanwhile = elsewhere
    await house.visits.tell(visit)

    seen = house.seen_by(THE_CLERK)
    assert seen is not None
    assert seen.ticket.number == "A999"


async def test_the_next_visit_stays_on_the_screens_of_the_one_before(
    house: House,
) -> None:
    before = await house.begin()
    await house.visits.leave(TERMINAL, before.id)
    following = a_visit(
        TicketState.SERVING,
        id=TicketId("f" * 32),
        call=CallId("e" * 32),
        case=CaseId("d" * 32),
    )
    await house.office.visits.add(following, a_step(following.id))
    await house.visits.tell(following)

    await house.visits.tell(before)

    seen = house.seen_by(THE_CLERK)
    assert seen is not None
    assert seen.ticket.id == following.id
    assert house.seen_by_applicant().ticket.id == following.id
