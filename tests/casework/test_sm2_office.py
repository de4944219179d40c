"""An office with an SM2 key: each sealed paper has a signature beside it, for ever."""

import asyncio
import dataclasses
import datetime as dt
from pathlib import Path

import msgspec
import pytest

from casework.archive import pack, unpack
from casework.case import Case, Step
from casework.errors import Unreadable
from casework.redact import redact
from casework.signing.keyring import own_keyring
from casework.signing.notary import Notary
from casework.signing.sm2 import sm3
from casework.signing.sm2_form import read_file
from casework.signing.sm2_lines import Sm2Known
from casework.signing.sm2_seal import read_sm2_file
from casework.stamps import RENEW_AFTER, Stamps
from casework.stores.sql_stamps import SqlDueStore
from casework.verify_beside import sm2_of_dossier
from casework.verify_dossier import verify_dossier
from protocol.ids import StaffId
from tests.builders import CLERK, Office, a_step
from tests.casework.made_dossiers import printed, with_sm2
from tests.casework.mutations import flipped
from tests.sm2_ca import Sm2Ca, referee

pytestmark = referee()

NAMES = ("application.pdf.sm2", "licence.pdf.sm2")


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Sm2Ca:
    pytest.importorskip("gmssl_pyx")
    return Sm2Ca(tmp_path_factory.mktemp("sm2"))


@pytest.fixture
async def sealing(office: Office, ca: Sm2Ca) -> Office:
    """An office whose setting names an SM2 key."""
    keyring = dataclasses.replace(
        own_keyring(office.authority), sm2=read_sm2_file(ca.seal_file())
    )
    office.papers.notary = Notary(office.authority, keyring=keyring)
    return office


async def countersigned(office: Office) -> Case:
    case = await office.submitted()
    return await office.cases.countersign(case.id, a_step("seal"), CLERK)


async def beside(office: Office, case: Case, name: str) -> tuple[bytes, bytes]:
    """A paper as it is now, and its signature."""
    document = case.document(name)
    assert document is not None
    assert document.sm2 is not None
    pdf = await office.papers.read(case.id, document)
    return pdf, await office.papers.read_beside(case.id, document.sm2)


async def not_held(dossier: bytes) -> list[str]:
    """Everything that does not hold, but of the signatures inside the PDFs."""
    checks = await asyncio.to_thread(verify_dossier, dossier, lambda *_: ())
    return [f"{one.name} {one.about}" for one in checks if not one.holds]


async def test_what_only_the_applicant_signed_has_none(sealing: Office) -> None:
    case = await sealing.submitted()

    assert [one.sm2 for one in case.documents] == [None] * len(case.documents)


async def test_a_sealed_paper_has_one_over_its_very_bytes(sealing: Office) -> None:
    case = await countersigned(sealing)

    pdf, file = await beside(sealing, case, "application")

    assert read_file(file).digest == sm3(pdf)


async def test_a_younger_stamp_brings_a_new_one(sealing: Office) -> None:
    case = await countersigned(sealing)
    ledger, clock = sealing.cases.ledger, sealing.clock
    store = SqlDueStore(sealing.engine)
    stamps = Stamps(ledger, sealing.papers, store, clock)
    await stamps.signed(case.id, "application", True)
    old = await beside(sealing, case, "application")
    clock.time += RENEW_AFTER + 60

    assert await stamps.sweep() == 1

    new = await beside(sealing, await sealing.store.load(case.id), "application")
    assert new[0].startswith(old[0])
    assert new[0] != old[0]
    assert read_file(new[1]).digest == sm3(new[0])
    dossier = await sealing.dossiers.make(await sealing.store.load(case.id), "a")
    assert unpack(dossier)[0][NAMES[0]] == new[1]
    assert await not_held(dossier) == []


async def test_a_licence_has_one_from_its_approval(sealing: Office) -> None:
    case = await countersigned(sealing)
    approver, step = StaffId("approver"), a_step("ok")
    case = await sealing.outcomes.decide(case.id, Step.APPROVED, "", approver, step)

    pdf, file = await beside(sealing, case, "licence")

    assert read_file(file).digest == sm3(pdf)


@pytest.fixture
async def dossier(tmp_path: Path, ca: Sm2Ca) -> bytes:
    return await with_sm2(tmp_path, read_sm2_file(ca.seal_file()))


async def test_a_dossier_carries_them_and_says_who_signed(
    dossier: bytes, ca: Sm2Ca
) -> None:
    now = dt.datetime.now(dt.UTC)
    members = unpack(dossier)[0]
    checks = sm2_of_dossier(dossier, Sm2Known(now=now, roots=(ca.der("root"),)))

    assert set(NAMES) <= set(members)
    assert await not_held(dossier) == []
    assert [(one.name, one.about, one.holds) for one in checks] == [
        (check, name, True)
        for name in NAMES
        for check in ("check-sm2-intact", "check-sm2-chain")
    ]


async def test_whatever_is_done_to_one_in_a_dossier_is_named(dossier: bytes) -> None:
    members = unpack(dossier)[0]
    one, two = NAMES
    for name in NAMES:
        data = members[name]
        tried = [flipped(data, share) for share in (0.0, 0.3, 0.6, 0.9)]
        for changed in (*tried, data[:-1], data + b"\0", b""):
            said = await not_held(pack({**members, name: changed}))
            assert f"check-file-digest {name}" in said
            assert f"check-logged-digest {name}" in said
        gone = {each: data for each, data in members.items() if each != name}
        assert f"check-file-list {name}" in await not_held(pack(gone))
    swapped = {**members, one: members[two], two: members[one]}
    said = await not_held(pack(swapped))
    assert {f"check-sm2-covers {name}" for name in NAMES} <= set(said)


async def test_the_paper_may_be_withheld_without_its_signature(dossier: bytes) -> None:
    assert await not_held(redact(dossier, ["licence.pdf"], [])) == []


async def test_an_office_without_the_setting_has_none(office: Office) -> None:
    case = await printed(office, await countersigned(office))
    dossier = await office.dossiers.make(case, "auditor")

    assert all(one.sm2 is None for one in case.documents)
    assert not any(name.endswith(".sm2") for name in unpack(dossier)[0])
    assert await not_held(dossier) == []
    [none] = sm2_of_dossier(dossier, Sm2Known(now=dt.datetime.now(dt.UTC)))
    assert (none.holds, none.note) == (False, "note-sm2-none")


async def test_another_signature_in_its_place_is_not_given_out(
    sealing: Office,
) -> None:
    case = await countersigned(sealing)
    document = case.document("application")
    assert document is not None
    assert document.sm2 is not None
    other = msgspec.structs.replace(document.sm2, sha256="0" * 64)

    with pytest.raises(Unreadable):
        await sealing.papers.read_beside(case.id, other)
