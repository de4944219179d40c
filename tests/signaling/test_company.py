"""Experts and supervisors: who is let into a call, what is logged, who sees it."""

import pytest

from casework.errors import NotAllowedNow, NotFound
from protocol.ids import CallId, CaseId, TicketId
from protocol.messages import CallsChanged, MediaLost
from protocol.states import Leg, Role, Voice
from signaling.company import HEARERS, ExpertBusy
from signaling.media.control import LegUp
from signaling.policy import Forbidden
from tests.builders import CLERK, Office
from tests.signaling.house import (
    A_SUPERVISOR,
    CALL,
    EXPERT,
    OFFICE,
    THE_CLERK,
    THE_EXPERT,
    House,
    an_actor,
    kinds,
)


@pytest.fixture
async def house(office: Office) -> House:
    house = House(office)
    await house.begin()
    return house


async def test_listening_is_in_the_log_before_a_supervisor_is_connected(
    house: House,
) -> None:
    with pytest.raises(NotFound):
        await house.offer(A_SUPERVISOR, Leg.SUPERVISOR)

    await house.company.supervise(CALL, A_SUPERVISOR)

    assert await house.offer(A_SUPERVISOR, Leg.SUPERVISOR) == "answer to offer"
    assert "call-supervised" in house.media.logged
    assert house.media.said[-1] == ("voice", Leg.SUPERVISOR, [])


async def test_a_supervisor_of_another_office_is_refused_and_hears_nothing(
    house: House,
) -> None:
    stranger = an_actor(Role.SUPERVISOR, "stranger", office="tax")

    with pytest.raises(Forbidden):
        await house.company.supervise(CALL, stranger)
    with pytest.raises(NotFound):
        await house.offer(stranger, Leg.SUPERVISOR)

    assert house.media.said == []
    assert (await house.queue.calls("tax")).calls == []


async def test_a_supervisor_sees_the_calls_of_their_own_office(house: House) -> None:
    [call] = (await house.queue.calls(OFFICE)).calls

    assert (call.id, call.terminal_name) == (CALL, "Counter 1")


@pytest.mark.parametrize(
    ("voice", "hearers"),
    [
        (Voice.CLERK, [Leg.CLERK]),
        (Voice.BOTH, [Leg.APPLICANT, Leg.CLERK, Leg.EXPERT]),
    ],
)
async def test_a_supervisor_is_heard_by_whom_they_choose(
    house: House, voice: Voice, hearers: list[Leg]
) -> None:
    await house.company.supervise(CALL, A_SUPERVISOR)

    await house.company.speak_to(CALL, voice, A_SUPERVISOR)

    assert house.media.said[-1] == ("voice", Leg.SUPERVISOR, hearers)
    assert "supervisor-voice" in await kinds(house.office)


async def test_only_who_supervises_a_call_speaks_in_it(house: House) -> None:
    other = an_actor(Role.SUPERVISOR, "other")
    await house.company.supervise(CALL, A_SUPERVISOR)

    with pytest.raises(NotFound):
        await house.company.speak_to(CALL, Voice.BOTH, other)

    assert house.media.said == []


async def test_a_worker_that_took_the_call_over_is_told_who_is_heard(
    house: House,
) -> None:
    await house.company.supervise(CALL, A_SUPERVISOR)
    await house.company.speak_to(CALL, Voice.CLERK, A_SUPERVISOR)

    await house.offer(A_SUPERVISOR, Leg.SUPERVISOR)

    assert house.media.said[-1] == ("voice", Leg.SUPERVISOR, HEARERS[Voice.CLERK])


async def test_the_clerk_sees_a_silent_supervisor_and_the_applicant_does_not(
    house: House,
) -> None:
    await house.company.supervise(CALL, A_SUPERVISOR)
    await house.calls.leg_changed(LegUp(call=CALL, leg=Leg.SUPERVISOR))

    for voice in (Voice.NOBODY, Voice.CLERK):
        await house.company.speak_to(CALL, voice, A_SUPERVISOR)
        clerk, applicant = house.seen_by(THE_CLERK), house.seen_by_applicant()
        assert clerk is not None and clerk.call is not None
        assert clerk.call.supervisor is not None
        assert clerk.call.voice is voice
        assert applicant.call is not None
        assert applicant.call.supervisor is None
        assert (applicant.call.legs, applicant.call.voice) == ([], Voice.NOBODY)


async def test_the_applicant_sees_who_speaks_to_them(house: House) -> None:
    await house.company.supervise(CALL, A_SUPERVISOR)

    await house.company.speak_to(CALL, Voice.BOTH, A_SUPERVISOR)

    call = house.seen_by_applicant().call
    assert call is not None and call.supervisor is not None
    assert call.supervisor.id == A_SUPERVISOR.id


async def test_two_supervisors_do_not_listen_to_one_call(house: House) -> None:
    await house.company.supervise(CALL, A_SUPERVISOR)
    await house.calls.leg_changed(LegUp(call=CALL, leg=Leg.SUPERVISOR))

    with pytest.raises(NotAllowedNow):
        await house.company.supervise(CALL, an_actor(Role.SUPERVISOR, "other"))


async def test_a_supervisor_whose_page_is_gone_is_relieved(house: House) -> None:
    await house.company.supervise(CALL, A_SUPERVISOR)
    other = an_actor(Role.SUPERVISOR, "other")

    await house.company.supervise(CALL, other)

    assert house.seen_by(A_SUPERVISOR) is None
    with pytest.raises(NotFound):
        await house.offer(A_SUPERVISOR, Leg.SUPERVISOR)


async def test_an_expert_who_was_not_asked_is_refused(house: House) -> None:
    with pytest.raises(NotFound):
        await house.offer(THE_EXPERT, Leg.EXPERT)

    assert house.media.said == []


async def test_a_clerk_of_another_call_asks_nobody_into_this_one(
    house: House,
) -> None:
    stranger = an_actor(Role.CLERK, "stranger", office="tax")

    with pytest.raises(NotFound):
        await house.company.invite(CALL, EXPERT, stranger)
    with pytest.raises(NotFound):
        await house.offer(stranger, Leg.CLERK)


async def test_an_expert_rings_joins_and_is_in_the_log_before_any_packet(
    house: House,
) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)
    ringing = house.seen_by(THE_EXPERT)

    await house.offer(THE_EXPERT, Leg.EXPERT)

    assert ringing is not None and ringing.call is not None
    assert ringing.call.expert is not None and not ringing.call.expert.answered
    assert {"expert-invited", "expert-joined"} <= set(house.media.logged)
    call = house.seen_by_applicant().call
    assert call is not None and call.expert is not None and call.expert.answered


async def test_an_expert_is_given_no_papers_and_no_form(house: House) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)

    expert, clerk = house.seen_by(THE_EXPERT), house.seen_by(THE_CLERK)

    assert expert is not None and expert.case is None
    assert clerk is not None and clerk.case is not None


async def test_a_dismissed_expert_is_cut_off_and_cannot_come_back(
    house: House,
) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)
    await house.offer(THE_EXPERT, Leg.EXPERT)

    await house.company.dismiss(CALL, THE_CLERK)

    assert house.media.said[-1] == ("drop", Leg.EXPERT, [])
    assert house.seen_by(THE_EXPERT) is None
    with pytest.raises(NotFound):
        await house.offer(THE_EXPERT, Leg.EXPERT)


async def test_an_expert_who_is_dismissed_while_connecting_stays_out(
    house: House,
) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)
    house.media.meanwhile = lambda: house.company.dismiss(CALL, THE_CLERK)

    with pytest.raises(NotFound):
        await house.offer(THE_EXPERT, Leg.EXPERT)

    assert house.media.said[-1] == ("drop", Leg.EXPERT, [])


async def test_an_expert_is_asked_into_one_call_at_a_time(house: House) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)
    other = an_actor(Role.CLERK, "other")
    call = CallId("b" * 32)
    await house.begin(
        id=TicketId("u" * 32), call=call, case=CaseId("d" * 32), clerk=other.id
    )

    with pytest.raises(ExpertBusy):
        await house.company.invite(call, EXPERT, other)


async def test_who_leaves_is_told_and_is_in_no_call(house: House) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)
    await house.company.supervise(CALL, A_SUPERVISOR)

    for actor in (THE_EXPERT, A_SUPERVISOR):
        await house.company.leave(CALL, actor)
        await house.company.leave(CALL, actor)  # said again

    assert await house.visits.of_staff(EXPERT) is None
    assert house.seen_by(THE_EXPERT) is house.seen_by(A_SUPERVISOR) is None
    logged = await kinds(house.office)
    assert logged.count("expert-left") == logged.count("supervision-ended") == 1


async def test_leaving_a_call_that_is_not_ones_own_changes_nothing(
    house: House,
) -> None:
    await house.company.leave(CALL, THE_CLERK)

    seen = house.seen_by(THE_CLERK)
    assert seen is not None and seen.call is not None
    assert house.media.said == []


async def test_everybody_hears_that_the_visit_is_over_or_that_media_was_lost(
    house: House,
) -> None:
    await house.company.invite(CALL, EXPERT, THE_CLERK)
    await house.company.supervise(CALL, A_SUPERVISOR)

    await house.calls.media_lost(frozenset({CALL}))
    await house.visits.end(TicketId("t" * 32), CLERK)

    for actor in (THE_CLERK, THE_EXPERT, A_SUPERVISOR):
        told = house.post.to(f"desk {actor.id}")
        assert MediaLost(call=CALL) in told
        assert house.seen_by(actor) is None
    none = CallsChanged(calls=[])
    async with house.telling():
        await house.post.until(lambda: house.post.to("supervisors *")[-1] == none)


async def test_calls_of_other_workers_are_not_told_that_media_was_lost(
    house: House,
) -> None:
    await house.calls.media_lost(frozenset({CallId("of another worker")}))

    assert house.post.letters == []
