"""Dossiers of a case that went the whole way, for everything that reads them."""

import contextlib
import dataclasses
import functools
import hashlib
from pathlib import Path

import msgspec

from casework import vault
from casework.accounts import ACCOUNTS
from casework.archive import unpack
from casework.case import Case
from casework.case import Step as CaseStep
from casework.checkpoints import Checkpoints
from casework.checks import Check
from casework.dossier import Dossiers
from casework.dossier_form import MANIFEST
from casework.errors import WrongReleaseCode
from casework.film_check import film_member
from casework.films import manifest_name, segment_name
from casework.ports import Entry
from casework.print_job import Step as PrintStep
from casework.prints import Told
from casework.recording import Manifest, Recording, Segment
from casework.session_files import Sessions
from casework.session_ports import SessionEvent
from casework.signing.keyring import own_keyring
from casework.signing.notary import Notary
from casework.signing.sm2_seal import Sm2Seal
from casework.signing.trust import Trust
from casework.verify import signatures_of
from protocol.ids import CallId, StaffId
from protocol.states import EventKind, RecordingState
from tests.builders import CLERK, NOON, TERMINAL, Office, a_step, an_authority
from tests.casework.book_cosigner import BookCosigner, cosigning, log_key
from tests.casework.mutations import Mutation, retellings
from tests.casework.partners import refused_once


@functools.cache
def signatures_once(
    name: str, pdf: bytes, trust: Trust, field: str | None
) -> list[Check]:
    """The signatures of one PDF, looked at once: most changes leave PDFs alone."""
    return list(signatures_of(name, pdf, trust, field))


async def printed(office: Office, case: Case) -> Case:
    approver, mark = StaffId("approver"), a_step("approve")
    await office.outcomes.decide(case.id, CaseStep.APPROVED, "", approver, mark)
    page = case.materials[0].pages[0]
    key = await office.papers.keep_bytes(case.id, "original", b"\xff\xd8 untouched")

    def change(old: Case) -> Case:
        now = office.clock.now()
        pages = (msgspec.structs.replace(page, original=key),)
        return old.with_evidence(case.materials[0].id, now, pages)

    digest = hashlib.sha256(b"\xff\xd8 untouched").hexdigest()
    facts = {"material": case.materials[0].id, "page": page.id, "sha256": digest}
    ledger, kind = office.cases.ledger, "original-stored"
    case = await ledger.change(case.id, change, kind, TERMINAL, None, facts)
    return await fetched(office, case)


async def fetched(office: Office, case: Case) -> Case:
    """Have the licence printed at the window, with the second code that was typed."""
    release, code = office.releases.release, case.release_code
    with contextlib.suppress(WrongReleaseCode):
        await release(case.number, f"{(int(code) + 1) % 10**8:08d}", TERMINAL)
    job = await release(case.number, code, TERMINAL)
    await office.prints.hand_out(job.id, TERMINAL)
    await office.prints.moved(job.id, Told(step=PrintStep.SHEET_OUT), TERMINAL)
    return await office.store.load(case.id)


CALL = CallId("a" * 32)
FILM = film_member(CALL, "applicant-1")
SEGMENTS = (b"the head", b"part one", b"part two!")
"""Of a film that is no film: nothing in a dossier looks into one."""


async def with_recording(office: Office, case: Case) -> None:
    """Store a recording of ``case`` with one film of three segments and one event."""
    key = await office.recordings.key(CALL)
    segments, offset = [], 0
    for number, data in enumerate(SEGMENTS):
        name = segment_name(CALL, "applicant-1", number)
        await office.objects.put(name, vault.seal(key, name, data))
        digest, size = hashlib.sha256(data).hexdigest(), len(data)
        segments.append(Segment(name, digest, size, offset, 0.0, 60.0))
        offset += size
    films = {"applicant-1": tuple(segments)}
    made = Manifest(CALL, case.id, NOON, 60.0, 100.0, (), films)
    manifest, name = msgspec.json.encode(made), manifest_name(CALL)
    await office.objects.put(name, vault.seal(key, name, manifest))
    digest = hashlib.sha256(manifest).hexdigest()
    row = Recording(CALL, case.id, NOON, 60.0, RecordingState.STORED)
    told = {"manifest": name, "manifest_sha256": digest}
    await office.recordings.put(msgspec.structs.replace(row, **told))
    said = SessionEvent(at=NOON, kind=EventKind.CHAT, by="clerk", facts={"text": "hi"})
    await office.shelf.events.add(CALL, [said])
    facts = {"call": CALL, "state": "stored", "manifest": digest}
    kind, by = "recording-stored", "recorder"
    entry = Entry(kind=kind, at=NOON, by=by, case=case.id, facts=facts)
    await office.store.append(entry)


async def two_dossiers(folder: Path) -> tuple[bytes, bytes]:
    """Return two dossiers of one case: before and after its licence was printed.

    The second has the film of its session, and two witnesses cosigned it.
    """
    office = await Office(folder).open()
    case = await office.submitted()
    first = await office.dossiers.make(case, "auditor")
    case = await printed(office, case)
    await with_recording(office, case)
    public, names = log_key(office), ("w.example", "witness.example/2")
    witnesses = [BookCosigner(folder, public, name) for name in names]
    seen = cosigning(office, *witnesses)
    dossiers = Dossiers(office.cases, Sessions(office.shelf), office.checkpoints, seen)
    second = await dossiers.make(case, "auditor", films=True)
    await office.engine.dispose()
    return first, second


async def with_sm2(folder: Path, seal: Sm2Seal) -> bytes:
    """Return the dossier of a printed licence, from an office with an SM2 key."""
    office = await Office(folder).open()
    keyring = dataclasses.replace(own_keyring(office.authority), sm2=seal)
    office.papers.notary = Notary(office.authority, keyring=keyring)
    case = await office.submitted()
    case = await office.cases.countersign(case.id, a_step("seal"), CLERK)
    dossier = await office.dossiers.make(await printed(office, case), "auditor")
    await office.engine.dispose()
    return dossier


async def with_two_roots(folder: Path) -> bytes:
    """Return a dossier of an office that believes somebody else's clock, too."""
    office = await Office(folder).open()
    checkpoints = Checkpoints(
        office.store.log,
        office.checkpoints.kept,
        office.authority.log_signer(),
        office.authority.root.certificate,
        office.papers.notary.timestamp,
        an_authority().root.certificate,
    )
    dossiers = Dossiers(office.cases, Sessions(office.shelf), checkpoints)
    dossier = await dossiers.make(await office.opened(), "auditor")
    await office.engine.dispose()
    return dossier


async def of_two_signers(folder: Path, every: int) -> tuple[bytes, list[Mutation]]:
    """Return the dossier of two who signed, and how its office may tell it otherwise.

    One in ``every`` of the ways is tried. The second signer was elsewhere, refused at
    first, and signed when it was made anew.
    """
    office = await Office(folder).open()
    case = await refused_once(office)
    dossier = await office.dossiers.make(case, "auditor")
    members = unpack(dossier)[0]
    files = {name: data for name, data in members.items() if name != MANIFEST}
    ways = [
        (f"{name}: {what}", {**files, name: told}, name)
        for name in sorted(ACCOUNTS)
        for what, told in retellings(members[name])
    ]
    # The office itself makes each: archive, digests, log and keys are right.
    others = [
        (what, await office.dossiers.pack(case.id, "auditor", told), name)
        for what, told, name in ways[::every]
    ]
    await office.engine.dispose()
    return dossier, others
