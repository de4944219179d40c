"""Several people sign one application, one after the other, at the counter."""

import asyncio
from pathlib import Path

import msgspec
import pytest
import yaml

from casework.case import Case
from casework.cases import Cases
from casework.checks import Check
from casework.errors import (
    BadItem,
    ChangedMeanwhile,
    MaterialsMissing,
    NotAllowedNow,
    NotTheseBytes,
)
from casework.items import Catalogue, read_catalogue
from casework.ledger import Ledger
from casework.papers.application import place_of
from casework.signing.trust import Trust
from casework.signing.verdicts import Verdict, agreed, verify_pdf
from casework.verify import signatures_of
from casework.verify_dossier import read_strokes, verify_dossier
from document_capture.pdf_pages import text_of
from protocol.ids import MaterialId
from protocol.states import CaseState, MaterialState, Refusal, Task
from tests.builders import CLERK, ROOT, TERMINAL, Office, a_signature, a_step
from tests.casework.partners import (
    MANAGING,
    PARTNER,
    PARTNERS,
    PARTNERSHIP,
    refusing,
    signed_by_both,
    signing,
    to_be_signed,
)


async def application(office: Office, case: Case) -> bytes:
    found = case.document("application")
    assert found is not None, "made"
    return await office.papers.read(case.id, found)


async def verdicts(office: Office, pdf: bytes) -> list[Verdict]:
    known = agreed(office.authority.root.certificate)
    return await asyncio.to_thread(verify_pdf, pdf, known)


async def test_the_application_has_a_place_for_each_with_role_and_name(
    office: Office,
) -> None:
    case = await to_be_signed(office)

    text = text_of(await application(office, case))

    for said in ("執行事務合夥人", "合夥人", PARTNERS["partner"]):
        assert said in text
    assert [one.name for one in case.signers] == ["陳示範", "李樣本"]


async def test_each_signature_is_a_revision_over_the_one_before(office: Office) -> None:
    case = await to_be_signed(office)
    shown = await application(office, case)

    case = await office.cases.sign(signing(case, MANAGING))
    once = await application(office, case)
    case = await office.cases.sign(signing(case, PARTNER))
    twice = await application(office, case)
    case = await office.cases.countersign(case.id, a_step("seal"), CLERK)
    sealed = await application(office, case)

    assert once.startswith(shown) and twice.startswith(once)
    assert sealed.startswith(twice)
    found = await verdicts(office, sealed)
    assert [one.field for one in found] == [
        "Applicant",
        "Signer2",
        "company-seal",
        "Clerk",
        "Seal",
    ]
    assert [one.good for one in found] == [True] * 5
    assert [one.shown and one.shown.size for one in found[:2]] == [
        len(shown),
        len(once),
    ]


async def test_between_two_signatures_the_case_waits_for_the_second(
    office: Office,
) -> None:
    case = await to_be_signed(office)

    case = await office.cases.sign(signing(case, MANAGING))

    assert (case.state, case.task, case.number) == (CaseState.SIGNING, Task.SIGN, "")
    assert case.turn is not None and case.turn.id == PARTNER
    # Whoever starts the server again finds the same.
    kept = await office.store.load(case.id)
    assert [bool(one.signed) for one in kept.signers] == [True, False]
    case = await office.cases.sign(signing(kept, PARTNER))
    assert (case.state, len(case.number)) == (CaseState.SUBMITTED, 14)


async def test_nobody_signs_out_of_turn_or_in_the_name_of_another(
    office: Office,
) -> None:
    case = await to_be_signed(office)

    with pytest.raises(NotAllowedNow):
        await office.cases.sign(signing(case, PARTNER))
    once = await office.cases.sign(signing(case, MANAGING))
    with pytest.raises(NotAllowedNow):
        await office.cases.sign(signing(once, MANAGING, step=a_step("again")))
    with pytest.raises(NotTheseBytes):
        await office.cases.sign(signing(case, PARTNER))


async def test_the_clerk_signs_only_below_all_of_them(office: Office) -> None:
    case = await to_be_signed(office)
    case = await office.cases.sign(signing(case, MANAGING))

    with pytest.raises(NotAllowedNow):
        await office.cases.countersign(case.id, a_step("seal"), CLERK)


async def test_a_signer_whom_the_clerk_has_not_identified_does_not_sign(
    office: Office,
) -> None:
    case = await to_be_signed(office)
    papers = tuple(
        msgspec.structs.replace(one, state=MaterialState.OWED)
        if one.id == "identity-partner"
        else one
        for one in case.materials
    )
    case = await office.cases.sign(signing(case, MANAGING))
    doubted = case.with_changes(office.clock.now(), materials=papers)
    await office.store.save(doubted, None, None)

    with pytest.raises(MaterialsMissing, match="identity-partner"):
        await office.cases.sign(signing(doubted, PARTNER))


async def test_when_the_second_refuses_all_sign_anew_and_the_log_says_who(
    office: Office,
) -> None:
    case = await to_be_signed(office)
    case = await office.cases.sign(signing(case, MANAGING))

    case = await office.cases.refuse_to_sign(refusing(case, PARTNER), TERMINAL)

    assert (case.state, case.task) == (CaseState.COLLECTING, Task.FORM)
    assert (case.refused, case.refused_by) == (Refusal.UNCLEAR, PARTNER)
    assert not any(one.signed for one in case.signers)
    said = [one.said for one in await office.store.entries()]
    [refusal] = [one for one in said if one.kind == "signature-refused"]
    assert (refusal.facts["signer"], refusal.facts["reason"]) == (PARTNER, "unclear")
    again = await office.cases.accept_form(case.id, a_step("form-2"), CLERK)
    assert again.refused_by is None
    assert (await signed_by_both(office.cases, again)).state is CaseState.SUBMITTED


async def test_papers_do_not_change_between_two_signatures(office: Office) -> None:
    case = await to_be_signed(office)
    case = await office.cases.sign(signing(case, MANAGING))

    with pytest.raises(NotAllowedNow):
        await office.cases.refuse_material(
            case.id, MaterialId("agreement"), "reason-expired", a_step("no"), CLERK
        )
    case = await office.cases.reopen_form(case.id, a_step("back"), CLERK)
    assert case.state is CaseState.COLLECTING


async def test_two_signatures_at_once_are_one(office: Office) -> None:
    case = await to_be_signed(office)

    both = await asyncio.gather(
        office.cases.sign(signing(case, MANAGING)),
        office.cases.sign(signing(case, MANAGING, step=a_step("other"))),
        return_exceptions=True,
    )

    lost = [one for one in both if isinstance(one, Exception)]
    assert len(lost) == 1
    assert isinstance(lost[0], ChangedMeanwhile | NotAllowedNow)
    kept = await office.store.load(case.id)
    assert [bool(one.signed) for one in kept.signers] == [True, False]


async def test_each_act_is_in_the_log_and_the_dossier_proves_them_all(
    office: Office,
) -> None:
    case = await signed_by_both(office.cases, await to_be_signed(office))
    case = await office.cases.countersign(case.id, a_step("seal"), CLERK)

    dossier = await office.dossiers.make(case, CLERK)
    checks = await asyncio.to_thread(verify_dossier, dossier)

    assert [one for one in checks if not one.holds] == []
    key = office.authority.escrow
    assert read_strokes(dossier, key, "partner") == a_signature()
    signers = {one.detail for one in checks if one.name == "check-intact"}
    assert f"Signer 1, managing, of {case.id}" in signers
    assert f"Signer 2, partner, of {case.id}" in signers
    said = [one.said for one in await office.store.entries()]
    acts = [one for one in said if one.kind in {"signer-signed", "application-signed"}]
    assert [one.facts["signer"] for one in acts] == [MANAGING, PARTNER]
    assert acts[0].facts["identity"] != acts[1].facts["identity"]
    named = {one.about for one in checks if one.name == "check-logged-digest"}
    assert {"strokes-managing.escrow", "strokes-partner.escrow"} <= named


async def test_every_signer_has_a_line_and_a_missing_one_is_told(
    office: Office,
) -> None:
    case = await to_be_signed(office)
    case = await office.cases.sign(signing(case, MANAGING))
    once = await application(office, case)
    case = await office.cases.sign(signing(case, PARTNER))
    twice = await application(office, case)
    trust = Trust(roots=(office.authority.root.certificate,))

    def told(pdf: bytes) -> list[Check]:
        return list(signatures_of("application.pdf", pdf, trust, "Applicant"))

    half, full = (
        await asyncio.to_thread(told, once),
        await asyncio.to_thread(told, twice),
    )

    [missing] = [one for one in half if one.name == "check-all-signed"]
    assert not missing.holds
    assert all(one.holds for one in full)
    [there] = [one for one in full if one.name == "check-all-signed"]
    assert there.detail == "2/2: managing, partner"
    lines = [one.detail for one in full if one.name == "check-signer"]
    assert lines == ["1/2: managing", "2/2: partner"]


def with_signers(count: int) -> Catalogue:
    found = read_catalogue(ROOT / "services").item(PARTNERSHIP)
    one = found.signers[1]
    names = [chr(ord("a") + n) for n in range(count)]
    signers = [msgspec.structs.replace(one, id=name) for name in names]
    return Catalogue([msgspec.structs.replace(found, signers=signers)])


@pytest.mark.parametrize("count", [6])
async def test_as_many_as_six_sign_one_application(office: Office, count: int) -> None:
    office.items = with_signers(count)
    ledger = Ledger(office.store)
    office.cases = Cases(ledger, office.papers, office.items, office.clock)
    case = await to_be_signed(office)

    for signer in case.signers:
        case = await office.cases.sign(signing(case, signer.id))

    found = await verdicts(office, await application(office, case))
    by_hand = [one for one in found if one.seal is None]
    assert (len(by_hand), all(one.good for one in found)) == (count, True)
    boxes = [place_of(at, count) for at in range(count)]
    assert len(set(boxes)) == count


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"identity": "agreement"}, "no identity paper"),
        ({"identity": "identity"}, "two signers"),
        ({"id": "managing"}, "two signers"),
        ({"id": "Nobody!"}, "signers"),
        ({"name": "nothing"}, "no form field"),
        ({"title": {"pt": "Sócio"}}, "no English title"),
    ],
)
def test_an_item_with_signers_who_cannot_be_told_apart_is_refused(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    raw = yaml.safe_load((ROOT / f"services/{PARTNERSHIP}.yaml").read_text("utf-8"))
    raw["signers"][1] |= change
    del raw["licence"]
    (tmp_path / f"{PARTNERSHIP}.yaml").write_text(yaml.safe_dump(raw), "utf-8")

    with pytest.raises(BadItem, match=why):
        read_catalogue(tmp_path)
