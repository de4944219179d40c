"""What can happen to a licence after it was issued, and what everybody then sees."""

import asyncio
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.case import Case
from casework.case import Step as CaseStep
from casework.errors import (
    FormIncomplete,
    LicenceNotInForce,
    NotAllowedNow,
    NotFound,
    ReasonMissing,
)
from casework.licence import MOVES, Copy, Happened, Licence, Step
from casework.licence_code import code_signer, published_keys
from casework.licence_list import make_list
from casework.licences import Change
from casework.papers.archival import embedded_source
from casework.papers.licence import SOURCE
from casework.paperwork import Paperwork
from casework.print_job import Step as JobStep
from casework.prints import Told
from casework.verify_dossier import verify_dossier
from casework.verify_licence import verify_code
from protocol.ids import StaffId
from protocol.states import CaseState, Standing
from tests.builders import FORM, NOON, TERMINAL, Office, a_step

APPROVER = StaffId("approver")


def a_change(step: Step, mark: str = "one", **more: object) -> Change:
    change = Change(step=step, by=APPROVER, mark=a_step(mark), reason="樣本原因")
    return msgspec.structs.replace(change, **more)


async def issued(office: Office) -> Case:
    case = await office.submitted()
    step = CaseStep.APPROVED
    return await office.outcomes.decide(case.id, step, "", APPROVER, a_step("yes"))


async def code_of(office: Office, case: Case) -> str:
    return await code_in(office.papers, case)


async def code_in(papers: Paperwork, case: Case) -> str:
    document = case.document("licence")
    assert document is not None
    pdf = await papers.read(case.id, document)
    found = json.loads(embedded_source(pdf, SOURCE, 100_000) or b"")
    return str(found["code"])


async def in_force(office: Office, code: str) -> bool:
    """Whether a stranger with today's list finds the sheet with this code in force."""
    signer, now = code_signer(office.authority), office.clock.now()
    listed = make_list(await office.copies.withdrawn(), "局", now, signer)
    keys = published_keys(office.authority, "局")
    *_, last = verify_code(code, keys, listed, now)
    assert last.name == "check-in-force"
    return last.holds


async def kinds(office: Office, case: Case) -> list[str]:
    leaves = [json.loads(one.leaf) for one in await office.store.entries()]
    return [leaf["kind"] for leaf in leaves if leaf["case"] == case.id]


async def test_a_licence_that_was_issued_is_in_force(office: Office) -> None:
    case = await issued(office)

    assert case.licence is not None
    assert case.licence.standing is Standing.IN_FORCE
    assert await in_force(office, await code_of(office, case))


@pytest.mark.parametrize("step", [Step.SUSPENDED, Step.REVOKED])
async def test_what_is_withdrawn_is_on_the_list_and_not_printed(
    office: Office, step: Step
) -> None:
    case = await issued(office)
    code = await code_of(office, case)

    case = await office.licences.change(case.id, a_change(step))

    assert not await in_force(office, code)
    assert (await kinds(office, case))[-1] == f"licence-{step}"
    with pytest.raises(LicenceNotInForce):
        await office.releases.release(case.number, case.release_code, TERMINAL)


async def test_what_was_suspended_can_be_restored(office: Office) -> None:
    case = await issued(office)
    await office.licences.change(case.id, a_change(Step.SUSPENDED))

    case = await office.licences.change(case.id, a_change(Step.RESTORED, "two"))

    assert await in_force(office, await code_of(office, case))
    await office.releases.release(case.number, case.release_code, TERMINAL)


async def test_what_was_revoked_stays_so(office: Office) -> None:
    case = await issued(office)
    await office.licences.change(case.id, a_change(Step.REVOKED))

    for step in Step:
        with pytest.raises(NotAllowedNow):
            await office.licences.change(case.id, a_change(step, "two"))


async def test_an_amended_licence_is_another_sheet_in_place_of_the_old(
    office: Office,
) -> None:
    case = await issued(office)
    old = await code_of(office, case)
    change = a_change(Step.AMENDED, fields={"company": "新名稱有限公司"})

    case = await office.licences.change(case.id, change)

    new = await code_of(office, case)
    assert case.licence is not None
    assert (case.form["company"], case.licence.edition) == ("新名稱有限公司", 2)
    assert [await in_force(office, one) for one in (old, new)] == [False, True]


async def test_a_printed_licence_that_is_replaced_can_be_printed_again(
    office: Office,
) -> None:
    case = await issued(office)
    job = await office.releases.release(case.number, case.release_code, TERMINAL)
    await office.prints.hand_out(job.id, TERMINAL)
    await office.prints.moved(job.id, Told(step=JobStep.SHEET_OUT), TERMINAL)
    old = await code_of(office, case)

    case = await office.licences.change(case.id, a_change(Step.DUPLICATED))

    assert case.state is CaseState.ISSUED
    assert not await in_force(office, old)
    assert case.licence is not None
    assert [one.number for one in case.licence.copies] == [1, 2]
    again = await office.releases.release(case.number, case.release_code, TERMINAL)
    assert again.id != job.id


async def test_a_sheet_on_its_way_is_not_replaced(office: Office) -> None:
    case = await issued(office)
    job = await office.releases.release(case.number, case.release_code, TERMINAL)

    with pytest.raises(NotAllowedNow, match="on its way"):
        await office.licences.change(case.id, a_change(Step.DUPLICATED))

    await office.prints.moved(job.id, Told(step=JobStep.NO_SHEET), TERMINAL)
    await office.licences.change(case.id, a_change(Step.DUPLICATED))


async def test_a_step_said_twice_happens_once(office: Office) -> None:
    case = await issued(office)
    change = a_change(Step.DUPLICATED)

    first = await office.licences.change(case.id, change)
    second = await office.licences.change(case.id, change)

    assert first == second
    assert (await kinds(office, case)).count("licence-duplicated") == 1


async def test_two_desks_at_once_make_one_copy_or_say_so(office: Office) -> None:
    case = await issued(office)
    changes = [a_change(Step.AMENDED, mark) for mark in ("one", "two")]

    done = await asyncio.gather(
        *(office.licences.change(case.id, one) for one in changes),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Case) for one in done) == 1
    assert (await kinds(office, case)).count("licence-amended") == 1


async def test_every_step_needs_its_reason(office: Office) -> None:
    case = await issued(office)

    for reason in ("", "   ", "長" * 301):
        with pytest.raises(ReasonMissing):
            change = a_change(Step.REVOKED, reason=reason)
            await office.licences.change(case.id, change)


async def test_an_amendment_must_satisfy_the_form(office: Office) -> None:
    case = await issued(office)

    for fields in ({"capital": "a lot"}, {"shoe_size": "42"}):
        with pytest.raises(FormIncomplete):
            change = a_change(Step.AMENDED, fields=fields)
            await office.licences.change(case.id, change)


async def test_a_licence_without_an_end_is_not_renewed(office: Office) -> None:
    case = await issued(office)

    with pytest.raises(NotAllowedNow, match="without an end"):
        await office.licences.change(case.id, a_change(Step.RENEWED))


async def test_a_case_without_a_licence_has_none_to_change(office: Office) -> None:
    case = await office.submitted()

    with pytest.raises(NotFound):
        await office.licences.change(case.id, a_change(Step.REVOKED))


async def test_the_log_holds_no_name_and_no_reason(office: Office) -> None:
    case = await issued(office)
    await office.licences.change(case.id, a_change(Step.AMENDED))

    entries = await office.store.entries()
    leaves = b"".join([one.leaf for one in entries]).decode()
    said = msgspec.json.encode([one.said for one in entries]).decode()

    for logged in (leaves, said):
        assert FORM["company"] not in logged
        assert "樣本原因" not in logged


async def test_a_dossier_holds_the_newest_licence_as_the_log_says(
    office: Office,
) -> None:
    case = await issued(office)
    case = await office.licences.change(case.id, a_change(Step.AMENDED))

    dossier = await office.dossiers.make(case, APPROVER)

    checks = await asyncio.to_thread(verify_dossier, dossier)
    assert [check for check in checks if not check.holds] == []


async def test_how_a_copy_stands_is_found_by_its_mark(office: Office) -> None:
    case = await issued(office)
    assert case.licence is not None
    mark = bytes.fromhex(case.licence.copies[0].mark)

    assert await office.copies.standing(mark) is Standing.IN_FORCE
    await office.licences.change(case.id, a_change(Step.SUSPENDED))
    assert await office.copies.standing(mark) is Standing.SUSPENDED
    with pytest.raises(NotFound):
        await office.copies.standing(b"nobody's")


def a_licence(**more: object) -> Licence:
    licence = Licence(identifier="1", edition=1, issued=NOON, ends=NOON + 100)
    licence = licence.with_copy(Copy("aa" * 8, 1, 1, NOON))
    return msgspec.structs.replace(licence, **more)


def test_time_alone_ends_a_licence_and_renewing_brings_it_back() -> None:
    licence = a_licence()

    assert licence.standing_at(NOON + 99) is Standing.IN_FORCE
    assert licence.standing_at(NOON + 100) is Standing.EXPIRED
    renewed = licence.after(Happened(Step.RENEWED, NOON + 101, "", ""))
    assert renewed.standing is Standing.IN_FORCE
    with pytest.raises(NotAllowedNow):
        licence.after(Happened(Step.AMENDED, NOON + 101, "", ""))


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_no_history_brings_back_what_was_revoked(steps: list[Step]) -> None:
    licence, revoked = a_licence(), False
    for number, step in enumerate(steps):
        try:
            licence = licence.after(Happened(step, NOON + number, "", ""))
        except NotAllowedNow:
            continue
        revoked = revoked or step is Step.REVOKED
        assert revoked == (licence.standing is Standing.REVOKED)
        assert revoked <= (set(licence.standings().values()) == {Standing.REVOKED})


def test_every_standing_of_a_licence_is_a_key_of_its_table() -> None:
    assert set(MOVES) == set(Standing)
