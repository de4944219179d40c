"""Each screen is sent its own relays, and the clerk reads why a leg has no media."""

import dataclasses

import pytest

from casework.errors import NotFound
from protocol.ids import CallId, TerminalId
from protocol.messages import Failed, LegFailed
from protocol.states import Leg
from protocol.texts import texts
from signaling.settings import Settings
from tests.builders import CLERK, TERMINAL, FixedClock, Office
from tests.signaling.house import CALL, THE_CLERK, House


@dataclasses.dataclass(frozen=True)
class Said:
    leg: Leg = Leg.DOCUMENT
    by: TerminalId = TERMINAL
    call: CallId = CALL


async def test_each_screen_is_sent_relays_for_its_own_legs(office: Office) -> None:
    house = House(office)
    url = "turns:turn.example"
    settings = Settings(turn_urls=url, turn_secret="s" * 32)
    house.media.relays = settings.relays(FixedClock())

    await house.visits.tell(await house.begin())

    desk = house.seen_by(THE_CLERK)
    assert desk is not None
    calls = house.seen_by_applicant().call, desk.call
    legs = [[one.leg for one in call.ice] for call in calls if call]
    assert legs == [[Leg.APPLICANT, Leg.DOCUMENT], [Leg.CLERK]]


async def say(house: House, said: Said) -> list[str]:
    """Say it, and return the codes that the clerk's desk was sent."""
    failed = LegFailed(call=said.call, leg=said.leg, reason="media-blocked")
    await house.calls.leg_failed(failed, said.by)
    letters = house.post.to(f"desk {CLERK}")
    return [one.code for one in letters if isinstance(one, Failed)]


@pytest.mark.parametrize("leg", [Leg.APPLICANT, Leg.DOCUMENT])
async def test_the_clerk_is_told_in_words_that_exist(office: Office, leg: Leg) -> None:
    house = House(office)
    await house.begin()

    codes = await say(house, Said(leg=leg))

    assert codes == ["counter-media-blocked"]
    assert {*codes, "counter-relay-refused"} <= set(texts())


@pytest.mark.parametrize(
    "said",
    [Said(leg=Leg.CLERK), Said(by=TerminalId("another")), Said(call=CallId("b" * 32))],
)
async def test_a_terminal_speaks_for_its_own_legs_only(
    office: Office, said: Said
) -> None:
    house = House(office)
    await house.begin()

    with pytest.raises(NotFound):
        await say(house, said)
