"""A signer who is elsewhere: identified and signing by the link that the clerk gave."""

import asyncio

import pytest

from casework.away_signers import LINK, Stage, stage_of
from casework.errors import BadItem, NotAllowedNow, NotFound, PaperFromLink
from casework.item_signers import SignerSpec, check_signers
from casework.signing.verdicts import agreed, verify_pdf
from protocol.ids import SignerId
from protocol.states import CaseState, MaterialState
from tests.builders import CLERK, Office, a_step
from tests.casework.partners import (
    MANAGING,
    PAPER,
    PARTNER,
    accepted,
    away_and_identified,
    before_the_form,
    page_from,
    refusing,
    sent_link,
    signing,
    to_be_signed,
)


async def test_a_signer_elsewhere_signs_below_the_first_by_link(office: Office) -> None:
    case = await away_and_identified(office)
    assert stage_of(case, PARTNER) is Stage.WAITING
    case = await office.cases.sign(signing(case, MANAGING))
    assert stage_of(case, PARTNER) is Stage.SIGN

    case = await office.cases.sign(signing(case, PARTNER), link="link abc")

    assert (case.state, stage_of(case, PARTNER)) == (CaseState.SUBMITTED, Stage.SIGNED)
    said = [one.said for one in await office.store.entries()]
    [last] = [one for one in said if one.kind == "application-signed"]
    assert (last.by, last.facts["device"]) == ("link abc", "own-device")
    document = case.document("application")
    assert document is not None
    pdf = await office.papers.read(case.id, document)
    known = agreed(office.authority.root.certificate)
    found = await asyncio.to_thread(verify_pdf, pdf, known)
    # Both people, and the seal of the company for which the second signed.
    assert [one.good for one in found] == [True, True, True]
    assert [one.shown.signer for one in found if one.shown] == [MANAGING, PARTNER]


async def test_nobody_at_the_counter_signs_for_who_is_elsewhere(office: Office) -> None:
    case = await away_and_identified(office)
    case = await office.cases.sign(signing(case, MANAGING))

    with pytest.raises(NotAllowedNow):
        await office.cases.sign(signing(case, PARTNER))


async def test_a_link_is_worth_nothing_for_who_is_at_the_counter(
    office: Office,
) -> None:
    case = await to_be_signed(office)

    with pytest.raises(NotAllowedNow):
        await office.cases.sign(signing(case, MANAGING), link="link abc")


async def test_who_gets_a_link_shows_from_there_who_they_are(office: Office) -> None:
    case = await before_the_form(office)

    case = await sent_link(office, case)

    # The paper that was accepted at the counter counts no more.
    assert case.material(PAPER).state is MaterialState.REFUSED
    assert case.material(PAPER).reason == "paper-from-link"
    assert stage_of(case, PARTNER) is Stage.IDENTITY
    for way in ("", "phone"):
        with pytest.raises(PaperFromLink):
            await page_from(office, case, way)
    case = await page_from(office, case, LINK)
    assert stage_of(case, PARTNER) is Stage.CHECKING


async def test_whoever_comes_to_the_counter_after_all_shows_it_there(
    office: Office,
) -> None:
    case = await sent_link(office, await before_the_form(office))
    case = await page_from(office, case, LINK)

    step = a_step("here")
    case = await office.cases.expect(case.id, PARTNER, step, CLERK, away=False)

    assert case.material(PAPER).state is MaterialState.WANTED
    with pytest.raises(PaperFromLink):
        await page_from(office, case, LINK)
    case = await accepted(office, await page_from(office, case, ""))
    assert not case.signers[1].away


async def test_a_new_link_in_the_middle_of_signing_has_to_wait(office: Office) -> None:
    case = await away_and_identified(office)
    case = await office.cases.sign(signing(case, MANAGING))

    with pytest.raises(NotAllowedNow):
        await sent_link(office, case)


async def test_a_refusal_from_elsewhere_takes_the_application_back(
    office: Office,
) -> None:
    case = await away_and_identified(office)
    case = await office.cases.sign(signing(case, MANAGING))

    case = await office.cases.refuse_to_sign(
        refusing(case, PARTNER), "link abc", by_link=True
    )

    assert (case.refused_by, stage_of(case, PARTNER)) == (PARTNER, Stage.REFUSED)
    case = await office.cases.accept_form(case.id, a_step("form-2"), CLERK)
    assert stage_of(case, PARTNER) is Stage.WAITING
    assert case.signers[1].away


async def test_only_whom_the_item_lets_sign_elsewhere_gets_a_link(
    office: Office,
) -> None:
    case = await before_the_form(office)

    for signer, why in ((MANAGING, NotAllowedNow), (SignerId("nobody"), NotAllowedNow)):
        with pytest.raises(why):
            await office.cases.expect(case.id, signer, a_step("x"), CLERK, away=True)
    with pytest.raises(NotFound):
        await office.cases.expect(
            case.id, SignerId("nobody"), a_step("y"), CLERK, away=False
        )


def test_the_first_signer_sits_at_the_counter() -> None:
    first = SignerSpec(id="first", title={"en": "First"}, remote=True)

    with pytest.raises(BadItem, match="first signer"):
        check_signers("item.yaml", [first], {"identity"}, set())
