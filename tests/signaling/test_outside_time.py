"""A whole server whose time is told by somebody else, and what happens without them."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from casework.checkpoints import Checkpoints
from casework.dossier import Dossiers
from casework.session_files import Sessions
from casework.signing.notary import Notary
from casework.signing.trust import Trust
from casework.signing.verdicts import verify_pdf
from casework.stamps import Stamps
from casework.stores.sql_stamps import SqlDueStore
from casework.verify_dossier import verify_dossier
from protocol.settings import BadSetting
from signaling.office_keys import open_notary
from signaling.settings import Settings
from signaling.time_authority import REST
from tests.builders import FixedClock, Office, an_authority, has
from tests.signaling.site import Site, serving
from tests.signaling.test_verification import a_pdf, posted, sealed_by
from tests.tsa import ForeignClock

pytestmark = pytest.mark.skipif(not has("openssl"), reason="openssl is not installed")


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[ForeignClock]:
    clock = ForeignClock(tmp_path / "tsa")
    runner = await clock.serve()
    yield clock
    await runner.cleanup()


def set_to(foreign: ForeignClock, settings: Settings) -> Settings:
    return dataclasses.replace(
        settings, tsa_urls=foreign.url, tsa_roots=foreign.roots, crls=foreign.crl
    )


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def opened(
    office: Office, foreign: ForeignClock, closing: AsyncExitStack
) -> Notary:
    settings = set_to(foreign, Settings())
    notary = await open_notary(settings, office.authority, office.clock, closing)
    office.papers.notary = notary
    return notary


async def busy(_query: bytes) -> web.StreamResponse:
    return web.Response(status=503)


async def test_a_paper_stamped_by_somebody_else_holds_every_check(
    tmp_path: Path, foreign: ForeignClock
) -> None:
    site = Site(tmp_path)
    site.settings = set_to(foreign, site.settings)

    async with serving(site):
        sealed = await sealed_by(site.services.papers.notary)
        _, found = await posted(site, sealed)

    checks = found["checks"]
    assert isinstance(checks, list)
    assert [one["name"] for one in checks if not one["holds"]] == []
    assert foreign.asked == 3  # one to measure, then signature and archive


async def test_who_does_not_believe_that_authority_has_only_the_signers_word(
    office: Office, foreign: ForeignClock, closing: AsyncExitStack
) -> None:
    sealed = await sealed_by(await opened(office, foreign, closing))

    known = Trust(roots=(office.authority.root.certificate,)).known()
    [verdict] = await asyncio.to_thread(verify_pdf, sealed, known)

    assert verdict.intact
    assert not verdict.proven


async def test_the_root_of_a_clock_stands_for_nobodys_signature(
    office: Office, foreign: ForeignClock, closing: AsyncExitStack
) -> None:
    sealed = await sealed_by(await opened(office, foreign, closing))
    root = office.authority.root.certificate

    known = Trust(roots=(foreign.root,), time_roots=(root,)).known()
    [verdict] = await asyncio.to_thread(verify_pdf, sealed, known)

    assert not verdict.chain


async def test_while_the_authority_is_away_papers_are_kept_and_stamped_later(
    office: Office, foreign: ForeignClock, closing: AsyncExitStack
) -> None:
    notary = await opened(office, foreign, closing)
    due = SqlDueStore(office.engine)
    stamps = Stamps(office.cases.ledger, office.papers, due, office.clock)
    foreign.answer = busy
    case = await office.submitted()
    assert all(one.untimed for one in case.documents if one.name != "licence")

    foreign.answer = foreign.well
    office.clock.time += REST + 1
    # The authority's clock is the machine's: ours must not run away from it.
    later = FixedClock(office.clock.time + 60)
    due_later = Stamps(office.cases.ledger, office.papers, due, later)

    assert await due_later.sweep() == 2
    case = await office.store.load(case.id)
    for name in ("application", "receipt"):
        document = case.document(name)
        assert document is not None
        pdf = await office.papers.read(case.id, document)
        [verdict] = await asyncio.to_thread(verify_pdf, pdf, notary.known())
        assert verdict.good
    assert await stamps.sweep() == 0


def stamped_elsewhere(
    office: Office, notary: Notary, foreign: ForeignClock
) -> Checkpoints:
    """Return the office's checkpoints, their time told by ``foreign``."""
    return Checkpoints(
        office.store.log,
        office.checkpoints.kept,
        office.authority.log_signer(),
        office.authority.root.certificate,
        notary.timestamp,
        foreign.root,
    )


async def test_a_stamp_that_its_issuer_revoked_leaves_the_paper_unstamped(
    office: Office,
    foreign: ForeignClock,
    closing: AsyncExitStack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    foreign.write_list(revoked=True)
    notary = await opened(office, foreign, closing)

    with caplog.at_level(logging.WARNING):
        done = await asyncio.to_thread(notary.seal, a_pdf(), "Seal")

    assert not done.timed
    assert "revoked" in caplog.text


async def test_a_dossier_carries_the_roots_of_whoever_told_the_time(
    office: Office, foreign: ForeignClock, closing: AsyncExitStack
) -> None:
    notary = await opened(office, foreign, closing)
    checkpoints = stamped_elsewhere(office, notary, foreign)
    dossiers = Dossiers(office.cases, Sessions(office.shelf), checkpoints)
    case = await office.submitted()

    dossier = await dossiers.make(case, "auditor")

    checks = await asyncio.to_thread(verify_dossier, dossier)
    assert [one for one in checks if not one.holds] == []


async def test_the_witness_does_not_wait_for_the_time(
    office: Office, foreign: ForeignClock, closing: AsyncExitStack
) -> None:
    notary = await opened(office, foreign, closing)
    checkpoints = stamped_elsewhere(office, notary, foreign)
    await office.opened()
    foreign.answer = busy

    kept = await checkpoints.newest(office.clock.now())

    assert kept is not None
    assert not kept.token
    foreign.answer = foreign.well
    office.clock.time += REST + 1
    assert (await checkpoints.make(kept.size, office.clock.now())).token


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tsa_roots": ""}, "COUNTER_TSA_ROOTS"),
        ({"tsa_roots": "/not/there"}, "COUNTER_TSA_ROOTS: /not/there"),
        ({"tsa_urls": "ftp://clock.example"}, "COUNTER_TSA_URLS"),
        ({"crls": ""}, "COUNTER_CRLS"),
    ],
)
async def test_half_a_setting_stops_the_start_in_words(
    foreign: ForeignClock, closing: AsyncExitStack, more: dict[str, str], told: str
) -> None:
    settings = dataclasses.replace(set_to(foreign, Settings()), **more)  # type: ignore[arg-type]  # fields are strings

    with pytest.raises(BadSetting, match=told):
        await open_notary(settings, an_authority(), FixedClock(time.time()), closing)


async def test_the_embedded_clock_is_announced_at_the_start(
    closing: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await open_notary(Settings(), an_authority(), FixedClock(time.time()), closing)

    assert "embedded time stamp authority: the office's own word" in caplog.text
