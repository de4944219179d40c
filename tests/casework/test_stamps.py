"""No signature is lost while the clock is away, and none grows too old."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from casework.case import Step
from casework.signing.notary import Notary
from casework.signing.timestamps import NoTime, OwnTime
from casework.signing.verdicts import agreed, verify_pdf
from casework.stamps import RENEW_AFTER, Stamps
from casework.stores.sql_stamps import SqlDueStore
from protocol.ids import StaffId
from signaling.seal_watch import WARNING_DAYS, Watch
from tests.builders import TERMINAL, Office, a_step
from tests.casework.due_rules import DueRules

APPROVER = StaffId("approver")


class ClockThatGoesAway:
    """A time stamp authority that a test takes away."""

    def __init__(self, office: Office) -> None:
        assert office.authority.time is not None, "just made"
        self.away = False
        self._own = OwnTime(office.authority.time)

    def reply(self, request: bytes) -> bytes:
        if self.away:
            raise NoTime("away")
        return self._own.reply(request)


class House:
    """An office with its queue of time stamps."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.time = ClockThatGoesAway(office)
        office.papers.notary = Notary(office.authority, self.time)
        ledger, clock = office.cases.ledger, office.clock
        self.stamps = Stamps(ledger, office.papers, SqlDueStore(office.engine), clock)

    async def good(self, name: str) -> list[bool]:
        [case] = await self.office.store.in_states(["submitted", "issued"], 2)
        document = case.document(name)
        assert document is not None
        pdf = await self.office.papers.read(case.id, document)
        known = agreed(self.office.authority.root.certificate)
        return [one.good for one in await asyncio.to_thread(verify_pdf, pdf, known)]


@pytest.fixture
async def house(office: Office) -> House:
    return House(office)


class TestSqlDueStore(DueRules):
    @pytest.fixture
    async def store(self, office: Office) -> AsyncIterator[SqlDueStore]:
        yield SqlDueStore(office.engine)


async def test_a_signature_without_a_clock_is_kept_and_stamped_later(
    house: House,
) -> None:
    house.time.away = True
    case = await house.office.submitted()
    signed = case.document("application")
    assert signed is not None
    assert signed.untimed
    assert await house.good("application") == [False]

    house.office.clock.time += 61
    assert await house.stamps.sweep() == 0
    house.time.away = False
    assert await house.stamps.sweep() == 2  # the application and the receipt

    assert await house.good("application") == [True]
    assert await house.good("receipt") == [True]
    assert await house.stamps.sweep() == 0
    case = await house.office.store.load(case.id)
    assert not any(one.untimed for one in case.documents)


async def test_a_stamp_only_ever_appends_and_is_in_the_log(house: House) -> None:
    house.time.away = True
    case = await house.office.submitted()
    old = case.document("receipt")
    assert old is not None
    before = await house.office.papers.read(case.id, old)
    house.time.away, house.office.clock.time = False, house.office.clock.time + 61

    await house.stamps.sweep()

    new = (await house.office.store.load(case.id)).document("receipt")
    assert new is not None
    assert (await house.office.papers.read(case.id, new)).startswith(before)
    leaves = [one.leaf for one in await house.office.store.entries()]
    assert sum(b"document-stamped" in leaf for leaf in leaves) == 2


async def test_every_paper_gets_a_younger_stamp_in_time(house: House) -> None:
    await house.office.submitted()
    house.office.clock.time += RENEW_AFTER - 60
    assert await house.stamps.sweep() == 0

    house.office.clock.time += 120

    assert await house.stamps.sweep() == 2
    assert await house.stamps.sweep() == 0


async def test_a_released_licence_is_printed_as_it_was_released(house: House) -> None:
    case = await house.office.submitted()
    outcomes = house.office.outcomes
    case = await outcomes.decide(case.id, Step.APPROVED, "", APPROVER, a_step("ok"))
    releases = house.office.releases
    job = await releases.release(case.number, case.release_code, TERMINAL)
    house.office.clock.time += RENEW_AFTER + 60

    assert await house.stamps.sweep() == 2  # not the licence

    licence = (await house.office.store.load(case.id)).document("licence")
    assert licence is not None
    assert licence.sha256 == job.sha256


async def test_somebody_hears_of_a_key_that_ends_a_month_before(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch(house.office.papers.notary, house.stamps, house.office.clock)
    end = house.office.papers.notary.ends()["seal"].timestamp()

    with caplog.at_level(logging.WARNING):
        watch.warn(end - (WARNING_DAYS + 1) * 86400)
        assert caplog.records == []
        watch.warn(end - (WARNING_DAYS - 1) * 86400)

    [record] = caplog.records
    assert record.__dict__["key"] == "seal"
    assert record.__dict__["days"] == WARNING_DAYS - 1
