"""A case on real stores, with real papers and signatures, from opening to paper."""

import asyncio

import pytest

from casework.case import Step
from casework.errors import (
    AlreadyDone,
    BadSignature,
    ChangedMeanwhile,
    FormIncomplete,
    MissingGlyph,
    NotFound,
    NotTheseBytes,
)
from casework.ports import Entry
from casework.signing.evidence_file import Shown
from casework.signing.verdicts import agreed, verify_pdf
from document_capture.pdf_pages import text_of
from protocol.ids import ItemId, MaterialId, StaffId, StepId
from protocol.parts import PageSeen
from protocol.states import CaseState, MaterialState
from tests.builders import (
    CLERK,
    FORM,
    Office,
    a_signature,
    a_signing,
    a_step,
    a_visit,
)

APPROVER = StaffId("approver")


async def test_the_application_shows_exactly_what_was_typed(office: Office) -> None:
    case = await office.ready_for_form()

    case = await office.cases.accept_form(case.id, a_step("form"), CLERK)

    document = case.document("application")
    assert document is not None
    text = text_of(await office.papers.read(case.id, document))
    for value in FORM.values():
        assert value in text


async def test_what_is_signed_begins_with_the_bytes_that_were_shown(
    office: Office,
) -> None:
    case = await office.ready_for_form()
    case = await office.cases.accept_form(case.id, a_step("form"), CLERK)
    shown = case.document("application")
    assert shown is not None
    before = await office.papers.read(case.id, shown)

    case = await office.cases.sign(a_signing(case, shown.sha256))

    signed = case.document("application")
    assert signed is not None
    after = await office.papers.read(case.id, signed)
    assert after.startswith(before)
    known = agreed(office.authority.root.certificate)
    [verdict] = await asyncio.to_thread(verify_pdf, after, known)
    assert verdict.good
    assert verdict.shown == Shown(shown.sha256, shown.size, True)
    assert case.state is CaseState.SUBMITTED
    assert len(case.number) == 14


async def test_other_bytes_than_the_shown_ones_are_not_signed(office: Office) -> None:
    case = await office.ready_for_form()
    case = await office.cases.accept_form(case.id, a_step("form"), CLERK)

    with pytest.raises(NotTheseBytes):
        await office.cases.sign(a_signing(case, "0" * 64))


@pytest.mark.parametrize(
    ("seconds", "points"),
    [
        pytest.param([], 30, id="page not seen"),
        pytest.param([0.1], 30, id="page scrolled past"),
        pytest.param([2.0], 3, id="a tap"),
    ],
)
async def test_a_tap_or_an_unseen_page_is_no_signature(
    office: Office, seconds: list[float], points: int
) -> None:
    case = await office.ready_for_form()
    case = await office.cases.accept_form(case.id, a_step("form"), CLERK)
    shown = case.document("application")
    assert shown is not None

    pages = [PageSeen(page=1, seconds=one) for one in seconds]
    drawn = a_signature(points)
    with pytest.raises(BadSignature):
        await office.cases.sign(
            a_signing(case, shown.sha256, pages=pages, strokes=drawn)
        )


async def test_a_step_said_twice_is_applied_once(office: Office) -> None:
    case = await office.submitted()
    application = case.document("application")
    assert application is not None

    again = await office.cases.sign(a_signing(case, application.sha256))

    assert again == case
    kinds = [
        b'"kind":"application-signed"' in e.leaf for e in await office.store.entries()
    ]
    assert sum(kinds) == 1


async def test_an_incomplete_form_names_the_field(office: Office) -> None:
    case = await office.ready_for_form()
    await office.cases.fill_form(case.id, {**FORM, "capital": "-5"})

    with pytest.raises(FormIncomplete, match="capital"):
        await office.cases.accept_form(case.id, a_step("form"), CLERK)


async def test_a_field_that_the_item_does_not_have_is_refused(office: Office) -> None:
    case = await office.ready_for_form()

    with pytest.raises(NotFound):
        await office.cases.fill_form(case.id, {"evil": "x"})


async def test_a_character_without_a_glyph_stops_the_paper(office: Office) -> None:
    case = await office.ready_for_form()
    await office.cases.fill_form(case.id, {**FORM, "company": "示範\U00031350公司"})

    with pytest.raises(MissingGlyph, match=r"U\+31350"):
        await office.cases.accept_form(case.id, a_step("form"), CLERK)


async def test_two_clerks_cannot_both_save_the_same_version(office: Office) -> None:
    case = await office.opened()
    await office.store.save(case.with_changes(1.0), None, None)

    with pytest.raises(ChangedMeanwhile):
        await office.store.save(case.with_changes(2.0), None, None)


async def test_a_case_is_opened_once_per_step(office: Office) -> None:
    first = await office.opened()

    assert await office.opened() == first
    with pytest.raises(AlreadyDone):
        entry = Entry(kind="x", at=0.0, by="nobody")
        await office.store.add(first, StepId(f"open {first.ticket}"), entry)


async def test_a_refused_paper_comes_again_and_is_accepted(office: Office) -> None:
    case = await office.opened()
    case = await office.stored_page(case, "identity")
    case = await office.cases.refuse_material(
        case.id, MaterialId("identity"), "reason-unreadable", a_step("no"), CLERK
    )
    assert case.wanted == "identity"

    case = await office.stored_page(case, "identity")
    seen = case.material(MaterialId("identity")).sha256
    with pytest.raises(ChangedMeanwhile):
        await office.cases.confirm_identity(case.id, "old", a_step("old"), CLERK)
    case = await office.cases.confirm_identity(case.id, seen, a_step("yes"), CLERK)

    assert case.state is CaseState.IDENTIFIED
    assert case.material(MaterialId("identity")).state is MaterialState.ACCEPTED


async def test_a_consultation_ends_with_the_talk(office: Office) -> None:
    visit = a_visit(item=ItemId("tax-consultation"))
    case = await office.cases.open(visit)

    closed = await office.cases.close(case.id, Step.CLOSED, CLERK, a_step("end"))

    assert (closed.state, closed.materials, closed.documents) == (
        CaseState.CLOSED,
        (),
        (),
    )


async def test_approval_issues_a_sealed_licence(office: Office) -> None:
    case = await office.submitted()

    case = await office.outcomes.decide(
        case.id, Step.APPROVED, "", APPROVER, a_step("approve")
    )

    assert case.state is CaseState.ISSUED
    licence = case.document("licence")
    assert licence is not None
    pdf = await office.papers.read(case.id, licence)
    known = agreed(office.authority.root.certificate)
    [verdict] = await asyncio.to_thread(verify_pdf, pdf, known)
    assert verdict.good
    assert verdict.covers_all
    assert FORM["company"] in text_of(pdf)
    assert "SPECIMEN" in text_of(pdf)


async def test_a_return_keeps_its_reason(office: Office) -> None:
    case = await office.submitted()

    case = await office.outcomes.decide(
        case.id, Step.RETURNED, "地址不全", APPROVER, a_step("return")
    )

    assert (case.state, case.reason) == (CaseState.RETURNED, "地址不全")


async def issued(office: Office) -> tuple[str, str]:
    case = await office.submitted()
    await office.outcomes.decide(case.id, Step.APPROVED, "", APPROVER, a_step("ok"))
    return case.number, case.release_code


async def test_nothing_personal_is_readable_in_the_database_or_the_log(
    office: Office,
) -> None:
    await issued(office)
    files = [p for p in office.folder.rglob("*") if p.is_file()]
    assert len(files) > 5

    for path in files:
        data = path.read_bytes()
        assert FORM["legal_representative"].encode() not in data
        assert FORM["address"].encode() not in data
