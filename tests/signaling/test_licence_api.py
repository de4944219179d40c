"""What everybody may ask about licences, and what staff may do to them."""

import time
from typing import Any

import pytest

from casework.case import Case, Step
from casework.cose import read_keys
from casework.ledger import entry_of
from casework.licence_export import read_credential
from casework.licence_list import read_list
from casework.verify_licence import verify_code
from protocol.ids import StaffId
from protocol.states import CaseState, Standing
from signaling.licence_api import FRESH
from tests.builders import FORM, a_case, a_step
from tests.casework.test_licences import code_in
from tests.licence_builders import NUMBER
from tests.signaling.site import Site


async def issued(site: Site) -> Case:
    now = time.time()
    more: dict[str, Any] = {"opened": now, "touched": now, "form": FORM}
    more |= {"number": NUMBER, "release_code": "12345678"}
    case = a_case(CaseState.SUBMITTED, **more)
    services = site.services
    entry = a_case_entry(case)
    await services.cases.ledger.store.add(case, a_step("add"), entry)
    by, step = StaffId("approver"), a_step("yes")
    return await services.outcomes.decide(case.id, Step.APPROVED, "", by, step)


def a_case_entry(case: Case) -> Any:
    return entry_of("case-opened", case, "t", {})


async def post(site: Site, path: str, body: object) -> tuple[int, Any]:
    headers = {"Origin": site.base}
    url = f"{site.base}{path}"
    async with site.session.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def fetched(site: Site, path: str) -> bytes:
    async with site.session.get(f"{site.base}{path}") as answer:
        assert answer.status == 200
        return await answer.read()


def an_act(act: str, step: str = "s1", **more: object) -> dict[str, object]:
    return {"step": step, "act": act, "reason": "樣本原因", **more}


async def test_what_is_published_verifies_a_licence_that_was_issued(site: Site) -> None:
    case = await issued(site)
    code = await code_in(site.services.papers, case)

    keys = read_keys(await fetched(site, "/licence-check/keys.json"))
    listed = await fetched(site, "/licence-check/withdrawn.cose")

    checks = verify_code(code, keys, listed, time.time())
    assert {one.name for one in checks if not one.holds} == {"check-no-specimen"}
    assert keys.issuer == site.settings.office


async def test_an_approver_suspends_a_licence_and_everybody_can_see_it(
    site: Site,
) -> None:
    case = await issued(site)
    await site.sign_in("approver")

    path = f"/api/cases/{case.id}/licence"
    answered, view = await post(site, path, an_act("suspended"))

    assert (answered, view["standing"]) == (200, "suspended")
    assert view["allowed"] == ["restored", "revoked"]
    assert view["history"][0]["reason"] == "樣本原因"
    keys = read_keys(await fetched(site, "/licence-check/keys.json"))
    listed = read_list(await fetched(site, "/licence-check/withdrawn.cose"), keys)
    assert list(listed.standings.values()) == [Standing.SUSPENDED]
    answered, told = await post(site, "/api/licence-status", {"number": NUMBER})
    assert (answered, told["standing"]) == (200, "suspended")
    assert "樣本原因" not in str(told)
    assert FORM["company"] not in str(told)


async def test_the_list_is_signed_anew_within_a_minute(site: Site) -> None:
    first = await fetched(site, "/licence-check/withdrawn.cose")

    assert await fetched(site, "/licence-check/withdrawn.cose") == first
    assert FRESH <= 60


async def test_one_copy_is_asked_for_by_its_mark(site: Site) -> None:
    case = await issued(site)
    assert case.licence is not None
    asked = {"mark": case.licence.copies[0].mark}

    assert (await post(site, "/api/licence-status", asked))[1]["standing"] == "in-force"
    for wrong, code in (
        ({"mark": "00" * 8}, "not-found"),
        ({"mark": "zz"}, "bad-request"),
        ({"mark": "00"}, "bad-request"),
        ({"number": "20261121000017"}, "bad-number"),
        ({"number": "nothing"}, "bad-number"),
    ):
        assert (await post(site, "/api/licence-status", wrong))[1] == {"code": code}


async def test_who_asks_too_fast_is_asked_to_wait(site: Site) -> None:
    answers = [
        (await post(site, "/api/licence-status", {"mark": "00" * 8}))[1]["code"]
        for _ in range(32)
    ]

    assert answers[0] == "not-found"
    assert answers[-1] == "too-fast"


async def test_a_clerk_may_have_a_lost_copy_of_an_own_case_replaced_and_no_more(
    site: Site,
) -> None:
    case = await issued(site)
    await site.sign_in("clerk")
    path = f"/api/cases/{case.id}/licence"

    refused, why = await post(site, path, an_act("revoked"))
    answered, view = await post(site, path, an_act("duplicated"))

    assert (refused, why["code"]) == (403, "forbidden")
    assert (answered, view["allowed"]) == (200, ["duplicated"])


@pytest.mark.parametrize("account", ["administrator", "expert"])
async def test_nobody_else_sees_it(site: Site, account: str) -> None:
    case = await issued(site)
    await site.sign_in(account)

    path = f"/api/cases/{case.id}/licence"
    assert (await post(site, path, an_act("revoked")))[0] == 404
    async with site.session.get(f"{site.base}{path}") as answer:
        assert answer.status == 404


async def test_a_supervisor_sees_it_and_may_do_nothing(site: Site) -> None:
    case = await issued(site)
    await site.sign_in("supervisor")

    path = f"/api/cases/{case.id}/licence"
    assert (await post(site, path, an_act("revoked")))[0] == 403
    async with site.session.get(f"{site.base}{path}") as answer:
        assert (await answer.json())["allowed"] == []


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"act": "burned"}, "bad-request"),
        ({"reason": " "}, "reason-missing"),
        ({"act": "restored"}, "not-allowed-now"),
        ({"act": "amended", "fields": {"capital": "a lot"}}, "form-incomplete"),
    ],
)
async def test_what_cannot_be_done_is_said(
    site: Site, act: dict[str, object], code: str
) -> None:
    case = await issued(site)
    await site.sign_in("approver")

    answer = await post(site, f"/api/cases/{case.id}/licence", an_act("revoked") | act)

    assert answer[1] == {"code": code}


async def test_a_licence_in_force_is_given_as_a_credential_and_no_other(
    site: Site,
) -> None:
    case = await issued(site)
    await site.sign_in("approver")
    path = f"/api/cases/{case.id}/licence"
    keys = read_keys(await fetched(site, "/licence-check/keys.json"))

    said = read_credential((await fetched(site, f"{path}/credential")).decode(), keys)

    assert said["credentialSubject"]["name"] == FORM["company"]
    await post(site, path, an_act("revoked"))
    async with site.session.get(f"{site.base}{path}/credential") as answer:
        assert await answer.json() == {"code": "licence-not-in-force"}
