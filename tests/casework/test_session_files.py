"""What a dossier holds of recorded sessions, while they can still be read."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import vault
from casework.archive import unpack
from casework.case import Case
from casework.dossier import Dossiers
from casework.errors import DossierTooLarge
from casework.film_check import flaw_of, is_film, manifest_member
from casework.redact import redact
from casework.session_files import Sessions
from casework.verify_dossier import verify_dossier
from tests.builders import Office
from tests.casework.made_dossiers import CALL, FILM, SEGMENTS, with_recording

MEMBERS = {f"recordings/{CALL}/{one}.json" for one in ("manifest", "timeline")}


async def recorded(office: Office) -> Case:
    case = await office.opened()
    await with_recording(office, case)
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


async def test_films_are_in_a_dossier_only_if_asked_for(office: Office) -> None:
    case = await recorded(office)

    without = unpack(await office.dossiers.make(case, "auditor"))[0]
    dossier = await office.dossiers.make(case, "auditor", films=True)

    assert not [name for name in without if is_film(name)]
    assert unpack(dossier)[0][FILM] == b"".join(SEGMENTS)
    assert await failing(dossier) == []


async def test_a_film_that_the_manifest_does_not_name_is_named(office: Office) -> None:
    case = await recorded(office)
    files = unpack(await office.dossiers.make(case, "auditor", films=True))[0]
    del files["manifest.json"]
    film = files[FILM]

    for other in (film[:-1], film + b"x", b"", film[4:], film.replace(b"two", b"owt")):
        # The office makes it so itself: every digest in the archive is right.
        dossier = await office.dossiers.pack(case.id, "auditor", files | {FILM: other})
        assert await failing(dossier) == [f"check-film {FILM}"]


async def test_a_film_is_withheld_with_the_manifest_that_proves_it(
    office: Office,
) -> None:
    case = await recorded(office)
    dossier = await office.dossiers.make(case, "auditor", films=True)

    without = redact(dossier, [f"recordings/{CALL}/manifest.json"], [])
    only_film = redact(dossier, [FILM], [])

    assert FILM not in unpack(without)[0]
    assert f"recordings/{CALL}/manifest.json" in unpack(only_film)[0]
    assert await failing(without) == await failing(only_film) == []


async def test_a_dossier_that_would_be_too_large_is_refused_before_it_is_logged(
    office: Office,
) -> None:
    case = await recorded(office)
    before = len(await office.store.entries(case.id))
    narrow = Sessions(office.shelf, most=sum(map(len, SEGMENTS)))
    dossiers = Dossiers(office.cases, narrow, office.checkpoints)

    with pytest.raises(DossierTooLarge):
        await dossiers.make(case, "auditor", films=True)
    assert len(await office.store.entries(case.id)) == before


@given(st.binary(max_size=200))
def test_garbage_is_no_manifest_of_a_film(data: bytes) -> None:
    files = {FILM: b"film", manifest_member(CALL): data}

    assert flaw_of(FILM, files) is not None
