"""What a dossier tells of a look at the face, and that it can be checked."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from casework.archive import unpack
from casework.verify_dossier import verify_dossier
from protocol.faces import FACE_CONSENT
from protocol.texts import texts
from tests.builders import TERMINAL, Office
from tests.casework.made_dossiers import signatures_once
from tests.casework.test_release_faces import a_comparison, looks, opened


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path).open()
    looks(office)
    yield office
    await office.engine.dispose()


async def test_a_lawyer_reads_what_was_agreed_to_and_what_a_machine_advised(
    office: Office,
) -> None:
    case = await opened(office)
    await office.releases.faces.told(a_comparison(case), TERMINAL)
    await office.releases.release_seen(case.number, TERMINAL)

    dossier = await office.dossiers.make(case, "auditor")

    members = unpack(dossier)[0]
    agreed = json.loads(members["consents.json"])[-1]
    assert (agreed["what"], agreed["said"]["consent"]) == ("face-agreed", FACE_CONSENT)
    assert agreed["plain"]["words"] == texts()["face-notice"][case.language]
    compared, released = json.loads(members["printing.json"])
    assert (compared["what"], compared["said"]["band"]) == (
        "face-compared",
        "likely-same",
    )
    assert released["said"]["face"] == "matched"
    checks = await asyncio.to_thread(verify_dossier, dossier, signatures_once)
    assert [one.name for one in checks if not one.holds] == []
