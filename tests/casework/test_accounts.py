"""What a lawyer reads in a dossier is what the log says, all of it."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.accounts import ACCOUNTS, Told, disagreement
from casework.archive import unpack
from casework.case import Case
from casework.cases import Cases
from casework.dossier import Dossiers
from casework.ledger import Ledger, entry_of
from casework.ports import Entry
from casework.redact import redact
from casework.session_files import Sessions
from casework.stores.sql import SqlCaseStore
from casework.verify_dossier import verify_dossier
from protocol.ids import StepId
from tests.builders import CLERK, TERMINAL, Office, a_step
from tests.casework.made_dossiers import printed, signatures_once
from tests.casework.mutations import retellings
from tests.casework.partners import (
    MANAGING,
    PAPER,
    refused_once,
    signing,
    to_be_signed,
)

Rows = list[dict[str, Any]]


async def failing(dossier: bytes) -> list[str]:
    checks = await asyncio.to_thread(verify_dossier, dossier, signatures_once)
    return [f"{one.name} {one.about}" for one in checks if not one.holds]


async def whole(office: Office) -> tuple[Case, dict[str, bytes]]:
    case = await printed(office, await office.submitted())
    dossier = await office.dossiers.make(case, "auditor")
    return case, unpack(dossier)[0]


def rows(members: Mapping[str, bytes], name: str) -> Rows:
    found: Rows = json.loads(members[name])
    return found


async def test_a_lawyer_reads_what_was_agreed_to_in_the_words_of_then(
    office: Office,
) -> None:
    _, members = await whole(office)

    notice, declared = rows(members, "consents.json")
    assert notice["said"]["consent"] == "recorded-notice/1"
    assert "觸碰即表示同意" in notice["plain"]["words"]
    assert declared["what"] == "application-signed"
    assert "本人聲明" in declared["plain"]["words"]


async def test_a_lawyer_reads_who_was_compared_with_what_and_by_which_role(
    office: Office,
) -> None:
    case, members = await whole(office)

    [row] = rows(members, "identity.json")
    assert row["said"]["how"] == "clerk-compared-by-eye"
    assert row["said"]["role"] == "clerk"
    assert row["said"]["compared"] == case.materials[0].sha256
    assert "by" not in row["said"]


async def test_a_decision_names_the_rules_it_was_made_by(office: Office) -> None:
    _, members = await whole(office)

    decided = rows(members, "decisions.json")[-1]["said"]
    assert (decided["decision"], decided["role"]) == ("approved", "approver")
    for name in ("item", "template"):
        digest = hashlib.sha256(members[f"{name}.json"]).hexdigest()
        assert decided[f"{name}-sha256"] == digest


async def test_every_try_and_every_sheet_is_in_the_account_of_printing(
    office: Office,
) -> None:
    case, members = await whole(office)

    told = [(row["what"], row["said"].get("job")) for row in printing(members)]
    job = case.release_job.split()[0]
    assert told == [
        ("wrong-release-code", None),
        ("licence-released", job),
        ("sheet-printed", job),
    ]


def printing(members: Mapping[str, bytes]) -> Rows:
    return rows(members, "printing.json")


@pytest.mark.parametrize("name", sorted(ACCOUNTS))
async def test_an_office_that_tells_it_otherwise_than_its_log_is_named(
    office: Office, name: str
) -> None:
    case, members = await whole(office)
    files = {one: data for one, data in members.items() if one != "manifest.json"}

    for what, told in retellings(members[name]):
        # The office itself makes it: archive, digests, log and keys are right.
        dossier = await office.dossiers.pack(case.id, "auditor", {**files, name: told})
        assert await failing(dossier) == [f"check-account {name}"], what


async def test_a_lawyer_reads_who_of_several_refused_and_who_signed_where(
    office: Office,
) -> None:
    case = await refused_once(office)
    members = unpack(await office.dossiers.make(case, "auditor"))[0]

    told = rows(members, "consents.json")
    assert [(row["what"], row["said"].get("signer")) for row in told] == [
        ("case-opened", None),
        ("signer-sent-link", "partner"),
        ("signer-signed", "managing"),
        ("signature-refused", "partner"),
        ("signer-signed", "managing"),
        ("application-signed", "partner"),
    ]
    assert (told[3]["said"]["reason"], told[3]["said"]["device"]) == (
        "unclear",
        "own-device",
    )
    assert told[-1]["said"]["device"] == "own-device"
    assert "本人聲明" in told[2]["plain"]["words"]


async def test_a_lawyer_reads_how_each_of_several_was_identified(
    office: Office,
) -> None:
    case = await refused_once(office)
    members = unpack(await office.dossiers.make(case, "auditor"))[0]

    told = rows(members, "identity.json")
    paper = case.material(PAPER).sha256
    assert [(row["what"], row["said"].get("material")) for row in told] == [
        ("identity-confirmed", None),
        ("material-accepted", PAPER),
        ("signer-sent-link", None),
        ("material-accepted", PAPER),
    ]
    # What they signed with is what the clerk accepted after the link was given.
    assert told[-1]["said"]["sha256"] == paper
    assert rows(members, "consents.json")[-1]["said"]["identity"] == paper


async def test_a_signature_that_was_withdrawn_is_told_as_well(office: Office) -> None:
    case = await to_be_signed(office)
    case = await office.cases.sign(signing(case, MANAGING))
    case = await office.cases.reopen_form(case.id, a_step("back"), CLERK)
    members = unpack(await office.dossiers.make(case, "auditor"))[0]

    told = [row["what"] for row in rows(members, "consents.json")]
    assert told == ["case-opened", "signer-signed", "application-withdrawn"]


async def test_without_the_papers_name_nobody_is_told_how_it_was_identified(
    office: Office,
) -> None:
    case = await refused_once(office)
    dossier = await office.dossiers.make(case, "auditor")

    left = redact(dossier, [], ["material"])

    assert "identity.json" not in unpack(left)[0]
    assert "consents.json" in unpack(left)[0]
    assert await failing(left) == []


async def test_an_account_goes_with_what_it_repeats(office: Office) -> None:
    case = await printed(office, await office.submitted())
    dossier = await office.dossiers.make(case, "auditor")

    left = redact(dossier, ["licence.pdf"], ["by"])

    kept = set(unpack(left)[0]) & set(ACCOUNTS)
    assert kept == {"consents.json", "identity.json"}
    assert await failing(left) == []


async def test_nobody_is_named_in_an_account_so_that_names_can_be_withheld(
    office: Office,
) -> None:
    case = await printed(office, await office.submitted())
    dossier = await office.dossiers.make(case, "auditor")

    left = redact(dossier, [], ["by"])

    assert set(ACCOUNTS) <= set(unpack(left)[0])
    assert await failing(left) == []


async def test_what_happens_while_a_dossier_is_made_is_in_it(office: Office) -> None:
    case = await office.submitted()

    class Busy(SqlCaseStore):
        """Somebody types a wrong code just when the files were put together."""

        async def append(self, entry: Entry, step: StepId | None = None) -> int:
            if not await self.was_applied(a_step("typed")):
                typed = entry_of("wrong-release-code", case, TERMINAL, {})
                await super().append(typed, a_step("typed"))
            return await super().append(entry, step)

    ledger = Ledger(Busy(office.engine, office.master))
    cases = Cases(ledger, office.papers, office.items, office.clock)
    dossiers = Dossiers(cases, Sessions(office.shelf), office.checkpoints)

    dossier = await dossiers.make(case, "auditor")

    told = [row["what"] for row in printing(unpack(dossier)[0])]
    assert told == ["wrong-release-code"]
    assert await failing(dossier) == []


@given(st.binary(max_size=200))
def test_garbage_is_no_account(data: bytes) -> None:
    entries = [Told(3, "identity-confirmed", 1.0, {"how": "x"})]

    assert disagreement("identity.json", data, entries) is not None


def test_words_for_people_may_be_anything() -> None:
    entries = [Told(3, "identity-confirmed", 1.0, {"how": "x", "by": "clerk"})]
    row = {"entry": 3, "what": "identity-confirmed", "at": 1.0, "said": {"how": "x"}}

    for plain in ({}, {"title": "身份"}):
        account = msgspec.json.encode([{**row, "plain": plain}])
        assert disagreement("identity.json", account, entries) is None
