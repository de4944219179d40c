"""Other authorities' revocation lists are fetched, believed only if theirs, kept."""

import datetime as dt
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Unreadable
from casework.signing.certificate_files import (
    LARGEST,
    certificates_in,
    revocations_in,
)
from casework.signing.certificates import make_root, revocation_list
from signaling.revocations import Revocations
from signaling.stack import free_ports

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)
ROOT = make_root("Somebody", NOW, 30 * DAY)
OTHER = make_root("Somebody else", NOW, 30 * DAY)


class Publisher:
    """Where lists lie on the web."""

    def __init__(self) -> None:
        self.port = free_ports(1)[0]
        self.body = revocation_list(ROOT, NOW)
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/list.crl"

    async def answer(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.body, status=self.status)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    publisher, app = Publisher(), web.Application()
    app.router.add_get("/list.crl", publisher.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", publisher.port).start()
    yield publisher
    await runner.cleanup()


async def test_a_list_comes_from_a_file_or_from_the_web(
    publisher: Publisher, tmp_path: Path
) -> None:
    path = tmp_path / "list.crl"
    path.write_bytes(revocation_list(OTHER, NOW))
    places = [str(path), publisher.url]
    found = Revocations(places, [ROOT.certificate, OTHER.certificate])

    await found.refresh()

    assert found.lists() == (path.read_bytes(), publisher.body)


async def test_a_younger_list_takes_the_place_of_the_older_one_only(
    publisher: Publisher,
) -> None:
    found = Revocations([publisher.url], [ROOT.certificate])
    made = [revocation_list(ROOT, NOW + days * DAY) for days in (0, 1, -1)]

    for publisher.body in made:
        await found.refresh()

    assert found.lists() == (made[1],)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(503, b"", id="away"),
        pytest.param(200, b"<html>", id="a web page"),
        pytest.param(200, bytes(LARGEST + 1), id="huge"),
        pytest.param(200, revocation_list(OTHER, NOW + DAY), id="by somebody else"),
    ],
)
async def test_what_is_no_list_of_theirs_is_told_and_the_old_one_stays(
    publisher: Publisher,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: bytes,
) -> None:
    good = publisher.body
    found = Revocations([publisher.url], [ROOT.certificate])
    await found.refresh()
    publisher.status, publisher.body = status, body

    with caplog.at_level(logging.WARNING):
        await found.refresh()

    assert found.lists() == (good,)
    assert "no revocation list of COUNTER_CRLS" in caplog.text


@given(st.binary(max_size=200) | st.binary().map(lambda b: b"-----BEGIN " + b))
def test_garbage_is_neither_certificates_nor_a_list(data: bytes) -> None:
    for read in (certificates_in, revocations_in):
        with pytest.raises(Unreadable):
            read(data)
