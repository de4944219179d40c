"""Who may replay a recording, for how long, and who may have it kept."""

import hashlib
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from casework import vault
from casework.films import manifest_name, segment_name
from casework.recording import Film, Manifest, Recording, Segment, Source
from protocol.ids import CallId
from protocol.states import EventKind, RecordingState
from signaling import tokens
from signaling.recordings_api import PLAY_COOKIE
from tests.builders import CLERK
from tests.signaling.site import Site, a_call

FILM = os.urandom(300_000)
DAY = 86_400.0


class Archive:
    """A site with one recording, and a supervisor at a desk."""

    def __init__(self, site: Site, call: str) -> None:
        self.site = site
        self.call = CallId(call)
        self.base = f"{site.base}/api/recordings/{call}"
        self.film = f"{self.base}/films/clerk-1"
        self.began = time.time() - 60

    async def store(self) -> None:
        services = self.site.services
        visit = await services.visits.of_staff(CLERK)
        assert visit is not None and visit.case is not None
        key = await services.recordings.key(self.call)
        cut, segments = 100_000, []
        for number, start in enumerate(range(0, len(FILM), cut)):
            name, data = segment_name(self.call, "clerk-1", number), FILM[start:][:cut]
            await services.objects.put(name, vault.seal(key, name, data))
            digest = hashlib.sha256(data).hexdigest()
            segments.append(Segment(name, digest, cut, start, 0.0, 60.0))
        film = Film("clerk-1", "video/webm", ("vp8",), 0.0, 60.0, 900, len(FILM))
        sources = (Source("clerk", 100.0, (film,)),)
        named = {"clerk-1": tuple(segments)}
        manifest = Manifest(
            self.call, visit.case, self.began, 60.0, 100.0, sources, named
        )
        name = manifest_name(self.call)
        sealed = vault.seal(key, name, msgspec.json.encode(manifest))
        await services.objects.put(name, sealed)
        state = RecordingState.STORED
        row = Recording(
            self.call, visit.case, self.began, 60.0, state, 100.0, sources, name
        )
        await services.recordings.put(row)

    async def post(self, what: str, **body: str) -> tuple[int, dict[str, Any]]:
        headers = {"Origin": self.site.base}
        url = f"{self.base}/{what}"
        async with self.site.session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def part(self, first: int, last: int) -> tuple[int, bytes]:
        headers = {"Range": f"bytes={first}-{last}"}
        async with self.site.session.get(self.film, headers=headers) as answer:
            return answer.status, await answer.read()

    def with_token(self, lasts: float = 300.0, **claims: str) -> None:
        """Put a token of the server's own key into the browser's cookies."""
        key, now = self.site.services.authority.token_signer(), time.time()
        claims = {"sub": "supervisor", "call": self.call, **claims}
        token = tokens.issue(key, tokens.PLAY, lasts, now, **claims)
        self.site.session.cookie_jar.update_cookies({PLAY_COOKIE: token})

    async def logged(self) -> list[str]:
        store = self.site.services.cases.ledger.store
        return [msgspec.json.decode(e.leaf)["kind"] for e in await store.entries()]

    async def row(self) -> dict[str, Any]:
        async with self.site.session.get(f"{self.site.base}/api/recordings") as answer:
            [row] = await answer.json()
            return dict(row)


@pytest.fixture
async def archive(site: Site) -> AsyncIterator[Archive]:
    async with a_call(site) as (_counter, _desk, call):
        archive = Archive(site, call)
        await archive.store()
        await site.sign_in("supervisor")
        yield archive


async def test_a_film_plays_in_any_piece_once_the_viewing_is_in_the_log(
    archive: Archive,
) -> None:
    assert (await archive.part(0, 9))[0] == 401
    assert "recording-watched" not in await archive.logged()

    status, view = await archive.post("views")

    assert status == 200
    assert "recording-watched" in await archive.logged()
    assert "case-opened" in {event["kind"] for event in view["events"]}
    for first, last in ((0, 9), (99_990, 200_010), (299_999, 299_999)):
        assert await archive.part(first, last) == (206, FILM[first : last + 1])


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"call": "f" * 32}, id="another recording"),
        pytest.param({"sub": "clerk"}, id="another person"),
        pytest.param({"lasts": -1.0}, id="over"),
    ],
)
async def test_a_token_plays_one_recording_for_one_person_for_a_while(
    archive: Archive, claims: dict[str, Any]
) -> None:
    archive.with_token()
    assert (await archive.part(0, 9))[0] == 206

    archive.with_token(**claims)

    assert (await archive.part(0, 9))[0] == 401
    assert (await archive.post("renewals"))[0] == 401


async def test_who_watches_on_renews_without_another_line_in_the_log(
    archive: Archive,
) -> None:
    await archive.post("views")
    before = await archive.logged()

    assert (await archive.post("renewals"))[0] == 200

    assert (await archive.part(0, 9))[0] == 206
    assert await archive.logged() == before


async def test_a_clerk_with_a_token_of_a_supervisor_sees_nothing(
    archive: Archive,
) -> None:
    await archive.post("views")
    await archive.site.sign_in("clerk")

    assert (await archive.part(0, 9))[0] == 403
    for what in ("views", "renewals"):
        assert (await archive.post(what))[0] == 403
    assert (await archive.post("hold", reason="mine"))[0] == 403


async def test_a_supervisor_sees_how_long_it_is_kept(archive: Archive) -> None:
    row = await archive.row()

    assert row["kept_until"] == pytest.approx(archive.began + 60 + 365 * DAY)
    assert (row["held"], row["state"]) == (False, "stored")


async def test_a_hold_has_a_reason_that_is_logged_and_sealed(archive: Archive) -> None:
    assert (await archive.post("hold", reason="  "))[1] == {"code": "reason-missing"}
    assert not (await archive.row())["held"]

    assert (await archive.post("hold", reason="court order 7"))[0] == 200

    assert (await archive.row())["held"]
    assert (await archive.logged())[-1] == "recording-held"
    [event] = await archive.site.services.timeline.events(archive.call)
    assert (event.kind, event.by) == (EventKind.HELD, "supervisor")
    assert event.facts == {"reason": "court order 7"}
    entries = await archive.site.services.cases.ledger.store.entries()
    assert b"court order" not in entries[-1].leaf
    assert "court order" not in str(entries[-1].said)

    assert (await archive.post("release", reason="withdrawn"))[0] == 200
    assert not (await archive.row())["held"]
    assert (await archive.logged())[-1] == "recording-released"
    assert (await archive.post("release", reason="again"))[0] == 409


async def test_what_was_deleted_is_listed_and_cannot_be_played_or_held(
    archive: Archive,
) -> None:
    await archive.post("views")
    await archive.site.services.keeping.condemn(archive.call)
    await archive.site.services.recordings.destroy_key(archive.call)
    before = await archive.logged()

    assert (await archive.post("views"))[1] == {"code": "recording-destroyed"}
    status, _ = await archive.part(0, 9)
    assert status == 410
    assert (await archive.post("hold", reason="too late"))[0] == 409
    assert await archive.logged() == before
    assert (await archive.row())["call"] == archive.call


@pytest.mark.parametrize("wanted", ["bytes=9-1", "bytes=300000-", "lines=0-1"])
async def test_a_range_outside_of_the_film_is_refused(
    archive: Archive, wanted: str
) -> None:
    await archive.post("views")

    headers = {"Range": wanted}
    async with archive.site.session.get(archive.film, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "unreadable")
