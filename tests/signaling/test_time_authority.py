"""Somebody else tells the time: a real authority, and everything that can be wrong."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from asn1crypto import tsp
from hypothesis import given
from hypothesis import strategies as st

from casework.signing.time_reply import LARGEST_REPLY, NoTime, token_in
from casework.signing.timestamps import OwnTime, timestamp
from signaling.time_authority import REST, RemoteTime
from tests.builders import FixedClock, an_authority, has
from tests.tsa import ForeignClock, as_reply

pytestmark = pytest.mark.skipif(not has("openssl"), reason="openssl is not installed")
DIGEST = hashlib.sha256(b"what is stamped").digest()


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[ForeignClock]:
    clock = ForeignClock(tmp_path / "tsa")
    runner = await clock.serve()
    yield clock
    await runner.cleanup()


@pytest.fixture
async def ours(foreign: ForeignClock) -> AsyncIterator[RemoteTime]:
    remote = RemoteTime([foreign.url], [foreign.root], FixedClock(time.time()))
    yield remote
    await remote.close()


async def stamped(remote: RemoteTime) -> bytes:
    return await asyncio.to_thread(timestamp, remote, DIGEST)


async def test_a_real_authority_stamps_our_digest(ours: RemoteTime) -> None:
    token = tsp.ContentInfo.load(await stamped(ours))

    info = token["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST
    assert info["policy"].native == "1.2.3.4.1"


async def test_an_authority_under_another_root_is_not_believed(
    foreign: ForeignClock,
) -> None:
    other = an_authority().root.certificate
    remote = RemoteTime([foreign.url], [other], FixedClock(time.time()))

    with pytest.raises(NoTime, match="root that is believed"):
        await stamped(remote)
    await remote.close()


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
async def test_a_clock_that_differs_from_ours_is_not_believed(
    foreign: ForeignClock, seconds: float
) -> None:
    clock = FixedClock(time.time() + seconds)
    remote = RemoteTime([foreign.url], [foreign.root], clock)

    with pytest.raises(NoTime, match="s from ours"):
        await stamped(remote)
    await remote.close()


async def test_a_reply_to_somebody_else_is_not_ours(
    foreign: ForeignClock, ours: RemoteTime
) -> None:
    async def mixed_up(query: bytes) -> web.StreamResponse:
        asked = tsp.TimeStampReq.load(query)
        asked["nonce"] = 7
        return as_reply(await foreign.made(asked.dump(force=True)))

    foreign.answer = mixed_up

    with pytest.raises(NoTime, match="another request"):
        await stamped(ours)


async def test_a_stamp_of_other_bytes_is_not_ours(
    foreign: ForeignClock, ours: RemoteTime
) -> None:
    async def mixed_up(query: bytes) -> web.StreamResponse:
        asked = tsp.TimeStampReq.load(query)
        asked["message_imprint"]["hashed_message"] = bytes(32)
        return as_reply(await foreign.made(asked.dump(force=True)))

    foreign.answer = mixed_up

    with pytest.raises(NoTime, match="another digest"):
        await stamped(ours)


async def test_a_refusal_is_told_in_the_authoritys_words(
    foreign: ForeignClock, ours: RemoteTime
) -> None:
    async def refuses(query: bytes) -> web.StreamResponse:
        asked = tsp.TimeStampReq.load(query)
        asked["message_imprint"]["hash_algorithm"]["algorithm"] = "sha1"
        asked["message_imprint"]["hashed_message"] = bytes(20)
        return as_reply(await foreign.made(asked.dump(force=True)))

    foreign.answer = refuses

    with pytest.raises(NoTime, match="refused: rejection bad_alg"):
        await stamped(ours)


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        pytest.param(web.Response(status=503), "HTTP 503", id="busy"),
        pytest.param(web.Response(status=302), "HTTP 302", id="moved"),
        pytest.param(web.Response(text="<html>"), "no reply to", id="a web page"),
        pytest.param(as_reply(b"\x30\x03junk"), "not a reply", id="garbage"),
        pytest.param(as_reply(b""), "not a reply", id="nothing"),
        pytest.param(as_reply(bytes(LARGEST_REPLY + 1)), "too large", id="huge"),
    ],
)
async def test_what_is_no_reply_is_named(
    foreign: ForeignClock, ours: RemoteTime, response: web.Response, reason: str
) -> None:
    async def odd(_query: bytes) -> web.StreamResponse:
        return response

    foreign.answer = odd

    with pytest.raises(NoTime, match=reason):
        await stamped(ours)


async def test_one_that_never_finishes_its_reply_is_not_waited_for(
    foreign: ForeignClock,
) -> None:
    remote = RemoteTime([foreign.url], [foreign.root], FixedClock(time.time()), 0.2)
    gone = asyncio.Event()

    async def endless(_query: bytes) -> web.StreamResponse:
        await gone.wait()
        return web.Response()

    foreign.answer = endless

    with pytest.raises(NoTime, match="no answer in time"):
        await stamped(remote)
    gone.set()
    await remote.close()


async def test_one_that_hangs_up_or_is_not_there_is_no_time(
    foreign: ForeignClock, ours: RemoteTime
) -> None:
    async def hangs_up(_query: bytes) -> web.StreamResponse:
        raise ConnectionResetError

    foreign.answer = hangs_up
    with pytest.raises(NoTime):
        await stamped(ours)
    nobody = RemoteTime(
        ["http://127.0.0.1:1/"], [foreign.root], FixedClock(time.time())
    )
    with pytest.raises(NoTime, match="ClientConnectorError"):
        await stamped(nobody)
    await nobody.close()


async def test_the_second_authority_is_asked_when_the_first_fails(
    foreign: ForeignClock,
) -> None:
    urls = ["http://127.0.0.1:1/", foreign.url]
    remote = RemoteTime(urls, [foreign.root], FixedClock(time.time()))

    assert await stamped(remote)
    await remote.close()


async def test_one_that_failed_is_left_alone_for_a_while(
    foreign: ForeignClock,
) -> None:
    clock = FixedClock(time.time())
    remote = RemoteTime([foreign.url], [foreign.root], clock)
    well = foreign.answer

    async def busy(_query: bytes) -> web.StreamResponse:
        return web.Response(status=503)

    foreign.answer = busy
    with pytest.raises(NoTime):
        await stamped(remote)
    foreign.answer = well
    with pytest.raises(NoTime, match="a moment ago"):
        await stamped(remote)
    assert foreign.asked == 1

    clock.time += REST + 1

    assert await stamped(remote)
    await remote.close()


AUTHORITY = an_authority()
ASKED = tsp.TimeStampReq(
    {
        "version": 1,
        "message_imprint": {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": DIGEST,
        },
        "nonce": 5,
        "cert_req": True,
    }
).dump()
assert AUTHORITY.time is not None, "just made"
REPLY = OwnTime(AUTHORITY.time).reply(ASKED)


@given(st.binary(max_size=300))
def test_garbage_holds_no_token(answer: bytes) -> None:
    with pytest.raises(NoTime):
        token_in(answer, DIGEST, 5)


@given(st.integers(0, len(REPLY) - 1), st.integers(1, 255))
def test_a_reply_with_one_other_byte_is_read_or_refused(place: int, turn: int) -> None:
    changed = REPLY[:place] + bytes([REPLY[place] ^ turn]) + REPLY[place + 1 :]

    try:
        token_in(changed, DIGEST, 5)
    except NoTime:
        return
