"""What a dossier holds of recorded sessions, while they can still be read."""

import asyncio
import hashlib

import msgspec

from casework import vault
from casework.archive import unpack
from casework.case import Case
from casework.films import manifest_name
from casework.ports import Entry
from casework.recording import Manifest, Recording
from casework.session_ports import SessionEvent
from casework.verify_dossier import verify_dossier
from protocol.ids import CallId
from protocol.states import EventKind, RecordingState
from tests.builders import NOON, Office

CALL = CallId("a" * 32)
MEMBERS = {f"recordings/{CALL}/{one}.json" for one in ("manifest", "timeline")}


async def recorded(office: Office) -> Case:
    case = await office.opened()
    manifest = msgspec.json.encode(Manifest(CALL, case.id, NOON, 60.0, 100.0, (), {}))
    name, key = manifest_name(CALL), await office.recordings.key(CALL)
    await office.objects.put(name, vault.seal(key, name, manifest))
    row = Recording(CALL, case.id, NOON, 60.0, RecordingState.STORED)
    digest = hashlib.sha256(manifest).hexdigest()
    told = {"manifest": name, "manifest_sha256": digest}
    await office.recordings.put(msgspec.structs.replace(row, **told))
    said = SessionEvent(at=NOON, kind=EventKind.CHAT, by="clerk", facts={"text": "hi"})
    await office.shelf.events.add(CALL, [said])
    facts = {"call": CALL, "state": "stored", "manifest": digest}
    kind, by = "recording-stored", "recorder"
    entry = Entry(kind=kind, at=NOON, by=by, case=case.id, facts=facts)
    await office.store.append(entry)
    return case


async def failing(dossier: bytes) -> list[str]:
    checks = await asyncio.to_thread(verify_dossier, dossier)
    return [f"{one.name} {one.about}" for one in checks if not one.holds]


async def test_manifest_and_timeline_of_a_session_are_in_the_dossier(
    office: Office,
) -> None:
    dossier = await office.dossiers.make(await recorded(office), "auditor")

    members = unpack(dossier)[0]
    assert set(members) >= MEMBERS
    assert await failing(dossier) == []


async def test_a_manifest_that_the_log_does_not_know_is_named(office: Office) -> None:
    case = await recorded(office)
    row = await office.recordings.load(CALL)
    key = await office.recordings.key(CALL)
    other = vault.seal(key, row.manifest, b'{"segments":{}}')
    await office.objects.put(row.manifest, other)

    dossier = await office.dossiers.make(case, "auditor")

    assert await failing(dossier) == [
        f"check-logged-digest recordings/{CALL}/manifest.json"
    ]


async def test_of_a_recording_that_was_destroyed_there_is_nothing(
    office: Office,
) -> None:
    case = await recorded(office)
    await office.recordings.destroy_key(CALL)

    dossier = await office.dossiers.make(case, "auditor")

    assert not MEMBERS & set(unpack(dossier)[0])
    assert await failing(dossier) == []
