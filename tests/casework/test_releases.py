"""One release, one window, one sheet; and what a person says when nobody knows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from casework.case import Step as CaseStep
from casework.errors import (
    LicenceNotReady,
    NotAllowedNow,
    NotFound,
    PhotoMissing,
    ReasonMissing,
    ReleaseLocked,
    ReleaseUsed,
    WrongReleaseCode,
)
from casework.ports import Job
from casework.print_job import Step
from casework.print_moves import LASTS
from casework.prints import Told, Verdict
from casework.stock import Photo
from protocol.ids import StaffId, TerminalId
from protocol.states import CaseState, JobState, SheetReason
from tests.builders import TERMINAL, Office, a_step

APPROVER, SUPERVISOR = StaffId("approver"), StaffId("supervisor")
ELSEWHERE = TerminalId("another")
OUT = Told(step=Step.SHEET_OUT, printer="urn:uuid:p", printer_job="urn:uuid:j")
UNKNOWN = Told(step=Step.NOBODY_KNOWS)
TORN = Verdict(step=Step.SPOILED, reason=SheetReason.TORN, photo=Photo("key", "d" * 64))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path).open()
    yield office
    await office.engine.dispose()


async def issued(office: Office) -> tuple[str, str]:
    case = await office.submitted()
    approved = CaseStep.APPROVED
    await office.outcomes.decide(case.id, approved, "", APPROVER, a_step("ok"))
    return case.number, case.release_code


async def test_number_and_code_release_the_licence_once(office: Office) -> None:
    number, code = await issued(office)

    job = await office.releases.release(number, f"{code[:4]} {code[4:]}", TERMINAL)

    assert await office.releases.release(number, code, TERMINAL) == job
    with pytest.raises(ReleaseLocked):
        await office.releases.release(number, code, TerminalId("another"))
    await office.prints.hand_out(job.id, TERMINAL)
    await office.prints.moved(job.id, Told(step=Step.SPOOLED), TERMINAL)
    printed = await office.prints.moved(job.id, OUT, TERMINAL)
    assert printed.state is JobState.PRINTED
    assert (await office.store.load(job.case)).state is CaseState.PRINTED


async def test_two_windows_at_once_release_one_sheet(office: Office) -> None:
    number, code = await issued(office)

    windows = [TerminalId(f"window {number}") for number in range(4)]
    done = await asyncio.gather(
        *(office.releases.release(number, code, one) for one in windows),
        return_exceptions=True,
    )

    assert sum(not isinstance(one, Exception) for one in done) == 1


async def test_five_wrong_codes_lock_the_release(office: Office) -> None:
    number, code = await issued(office)
    wrong = f"{(int(code) + 1) % 10**8:08d}"

    for _ in range(5):
        with pytest.raises(WrongReleaseCode):
            await office.releases.release(number, wrong, TERMINAL)

    with pytest.raises(ReleaseLocked):
        await office.releases.release(number, code, TERMINAL)


async def test_nothing_is_released_before_approval(office: Office) -> None:
    case = await office.submitted()

    with pytest.raises(LicenceNotReady):
        await office.releases.release(case.number, case.release_code, TERMINAL)


async def released(office: Office) -> Job:
    return await office.releases.release(*await issued(office), TERMINAL)


async def handed_out(office: Office) -> Job:
    return await office.prints.hand_out((await released(office)).id, TERMINAL)


async def logged(office: Office) -> list[str]:
    said = [entry.said for entry in await office.store.entries()]
    return [msgspec.json.encode(one).decode() for one in said]


async def test_a_hundred_guesses_at_once_are_five_guesses(office: Office) -> None:
    number, code = await issued(office)
    guesses = [f"{(int(code) + 1 + n) % 10**8:08d}" for n in range(12)]

    done = await asyncio.gather(
        *(office.releases.release(number, one, TERMINAL) for one in guesses),
        return_exceptions=True,
    )

    assert sum(isinstance(one, WrongReleaseCode) for one in done) <= 5
    with pytest.raises((ReleaseLocked, WrongReleaseCode)):
        for _ in range(6):
            await office.releases.release(number, guesses[0], TERMINAL)


async def test_right_codes_are_not_counted_as_tries(office: Office) -> None:
    number, code = await issued(office)

    jobs = {
        (await office.releases.release(number, code, TERMINAL)).id for _ in "1234567"
    }

    assert len(jobs) == 1


async def test_the_document_is_handed_out_once_and_to_its_own_station(
    office: Office,
) -> None:
    job = await released(office)

    with pytest.raises(NotFound):
        await office.prints.hand_out(job.id, ELSEWHERE)
    await office.prints.hand_out(job.id, TERMINAL)
    with pytest.raises(ReleaseUsed):
        await office.prints.hand_out(job.id, TERMINAL)


async def test_two_fetches_at_once_get_one_document(office: Office) -> None:
    job = await released(office)

    done = await asyncio.gather(
        *(office.prints.hand_out(job.id, TERMINAL) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Job) for one in done) == 1


async def test_a_release_lasts_fifteen_minutes_and_then_another_window_may_ask(
    office: Office,
) -> None:
    number, code = await issued(office)
    job = await office.releases.release(number, code, TERMINAL)

    office.clock.time += LASTS + 1
    with pytest.raises(ReleaseUsed):
        await office.prints.hand_out(job.id, TERMINAL)

    other = await office.releases.release(number, code, ELSEWHERE)
    assert (other.id != job.id, other.terminal) == (True, ELSEWHERE)


async def test_after_no_sheet_another_window_may_print(office: Office) -> None:
    number, code = await issued(office)
    job = await office.releases.release(number, code, TERMINAL)
    await office.prints.hand_out(job.id, TERMINAL)

    with pytest.raises(ReleaseLocked):
        await office.releases.release(number, code, ELSEWHERE)
    await office.prints.moved(job.id, Told(step=Step.NO_SHEET), TERMINAL)

    again = await office.releases.release(number, code, ELSEWHERE)
    assert again.state is JobState.RELEASED


async def test_what_is_unknown_is_settled_by_a_person_and_by_no_machine(
    office: Office,
) -> None:
    job = await handed_out(office)
    await office.prints.moved(job.id, UNKNOWN, TERMINAL)

    with pytest.raises(NotAllowedNow):
        await office.prints.moved(job.id, OUT, TERMINAL)
    assert [one.id for one in await office.prints.open_ones()] == [job.id]
    settled = await office.prints.settle(
        job.id, Verdict(step=Step.SHEET_OUT), SUPERVISOR
    )

    assert (settled.state, settled.settled_by) == (JobState.PRINTED, SUPERVISOR)
    assert (await office.store.load(job.case)).state is CaseState.PRINTED
    assert await office.prints.open_ones() == []
    assert any('"settled-by":"supervisor"' in one for one in await logged(office))


async def test_two_people_who_say_different_things_are_not_both_believed(
    office: Office,
) -> None:
    job = await handed_out(office)
    await office.prints.moved(job.id, UNKNOWN, TERMINAL)
    verdicts = [Verdict(step=Step.SHEET_OUT), Verdict(step=Step.NO_SHEET)]

    done = await asyncio.gather(
        *(office.prints.settle(job.id, one, SUPERVISOR) for one in verdicts),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Job) for one in done) == 1
    state = (await office.prints.any_job(job.id)).state
    printed = (await office.store.load(job.case)).state is CaseState.PRINTED
    assert printed == (state is JobState.PRINTED)


async def test_a_person_does_not_speak_before_the_station_had_its_time(
    office: Office,
) -> None:
    job = await handed_out(office)
    none = Verdict(step=Step.NO_SHEET)

    with pytest.raises(NotAllowedNow):
        await office.prints.settle(job.id, none, SUPERVISOR)
    office.clock.time += LASTS + 1

    settled = await office.prints.settle(job.id, none, SUPERVISOR)
    assert settled.state is JobState.NOT_PRINTED


async def test_a_reprint_needs_the_spoilt_sheet_its_photo_and_a_new_code(
    office: Office,
) -> None:
    job = await handed_out(office)
    await office.prints.moved(job.id, OUT, TERMINAL)
    before = await office.store.load(job.case)
    with pytest.raises(ReleaseLocked):
        await office.releases.release(before.number, before.release_code, TERMINAL)
    with pytest.raises(ReasonMissing):
        await office.prints.settle(job.id, Verdict(step=Step.SPOILED), SUPERVISOR)
    bare = Verdict(step=Step.SPOILED, reason=SheetReason.TORN)
    with pytest.raises(PhotoMissing):
        await office.prints.settle(job.id, bare, SUPERVISOR)

    await office.prints.settle(job.id, TORN, SUPERVISOR)

    case = await office.store.load(job.case)
    assert case.state is CaseState.ISSUED
    with pytest.raises(WrongReleaseCode):
        await office.releases.release(case.number, before.release_code, TERMINAL)
    again = await office.releases.release(case.number, case.release_code, TERMINAL)
    assert again.id != job.id


async def test_what_a_crash_left_undone_is_done_at_the_start(office: Office) -> None:
    job = await handed_out(office)
    more = {"state": JobState.PRINTED, "version": job.version + 1}
    await office.jobs.save(msgspec.structs.replace(job, **more))

    await office.prints.resume()

    assert (await office.store.load(job.case)).state is CaseState.PRINTED
    assert await office.jobs.open_ones() == []


async def test_what_the_camera_over_the_tray_saw_is_printed_and_said_to_be_seen(
    office: Office,
) -> None:
    job = await handed_out(office)

    done = await office.prints.moved(job.id, Told(step=Step.SHEET_SEEN), TERMINAL)

    assert done.state is JobState.PRINTED
    assert (await office.store.load(job.case)).state is CaseState.PRINTED
    last = (await office.store.entries(job.case))[-1].said
    assert (last.kind, last.facts["known-by"]) == ("sheet-printed", "tray-camera")


async def test_what_a_person_has_to_settle_no_camera_settles_afterwards(
    office: Office,
) -> None:
    job = await handed_out(office)
    await office.prints.moved(job.id, Told(step=Step.NOBODY_KNOWS), TERMINAL)

    with pytest.raises(NotAllowedNow):
        await office.prints.moved(job.id, Told(step=Step.SHEET_SEEN), TERMINAL)
