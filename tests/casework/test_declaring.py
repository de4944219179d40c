"""Who signs may say aloud that they have read the application; a clerk hears it."""

import asyncio
import io
import json

import pikepdf
import pytest

from casework.away_signers import LINK
from casework.case import Case
from casework.errors import BadSignature, NotAllowedNow, NotTheseBytes
from casework.verify_dossier import verify_dossier
from protocol.ids import SignerId
from protocol.messages import HearDeclaration
from tests.builders import CLERK, TERMINAL, Office, a_step
from tests.casework.partners import (
    MANAGING,
    PARTNER,
    accepted,
    before_the_form,
    page_from,
    refusing,
    sent_link,
    signing,
    to_be_signed,
)


def heard(case: Case, signer: SignerId, **more: str) -> HearDeclaration:
    """Return what the desk says once ``signer`` has declared aloud."""
    shown = case.document("application")
    assert shown is not None, "made"
    said = {"sha256": shown.sha256, "step": a_step(f"hear {case.version}"), **more}
    return HearDeclaration(case=case.id, signer=signer, **said)  # type: ignore[arg-type]  # steps are strings


async def test_what_a_clerk_heard_stands_in_the_signed_paper_and_in_the_log(
    office: Office,
) -> None:
    case = await to_be_signed(office)

    case = await office.cases.hear(heard(case, MANAGING), CLERK)
    assert [one.view().heard for one in case.signers] == [True, False]
    case = await office.cases.sign(signing(case, MANAGING, declared="aloud"))
    case = await office.cases.sign(signing(case, PARTNER))

    application = case.document("application")
    assert application is not None
    pdf = await office.papers.read(case.id, application)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        told = json.loads(opened.attachments["evidence.json"].get_file().read_bytes())
    assert (told["declared"].split()[-1], told["heard"]) == ("aloud", CLERK)
    said = [one.said for one in await office.store.entries()]
    [entry] = [one for one in said if one.kind == "declaration-heard"]
    assert (entry.by, entry.facts["signer"]) == (CLERK, MANAGING)
    dossier = await office.dossiers.make(case, "auditor")
    checks = await asyncio.to_thread(verify_dossier, dossier)
    assert [one for one in checks if not one.holds] == []


async def test_nothing_was_declared_aloud_that_nobody_heard(office: Office) -> None:
    case = await to_be_signed(office)

    with pytest.raises(BadSignature, match="nobody heard"):
        await office.cases.sign(signing(case, MANAGING, declared="aloud"))

    case = await office.cases.hear(heard(case, MANAGING), CLERK)
    case = await office.cases.sign(signing(case, MANAGING, declared="aloud"))
    with pytest.raises(BadSignature, match="nobody heard"):
        await office.cases.sign(signing(case, PARTNER, declared="aloud"))


async def test_a_declaration_is_of_these_bytes_and_of_whose_turn_it_is(
    office: Office,
) -> None:
    case = await to_be_signed(office)

    with pytest.raises(NotAllowedNow):
        await office.cases.hear(heard(case, PARTNER), CLERK)
    with pytest.raises(NotTheseBytes):
        await office.cases.hear(heard(case, MANAGING, sha256="0" * 64), CLERK)


async def test_nobody_hears_a_signer_who_is_elsewhere(office: Office) -> None:
    case = await sent_link(office, await before_the_form(office))
    await page_from(office, case, LINK)
    await accepted(office, await office.store.load(case.id))
    case = await office.cases.accept_form(case.id, a_step("form"), CLERK)
    case = await office.cases.sign(signing(case, MANAGING))

    with pytest.raises(NotAllowedNow):
        await office.cases.hear(heard(case, PARTNER), CLERK)


async def test_back_at_the_form_it_has_to_be_declared_anew(office: Office) -> None:
    case = await to_be_signed(office)
    case = await office.cases.hear(heard(case, MANAGING), CLERK)

    case = await office.cases.refuse_to_sign(refusing(case, MANAGING), TERMINAL)

    assert not any(one.heard for one in case.signers)
    case = await office.cases.accept_form(case.id, a_step("form again"), CLERK)
    with pytest.raises(BadSignature):
        await office.cases.sign(signing(case, MANAGING, declared="aloud"))
