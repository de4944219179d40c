"""Two real WebRTC peers through a real worker, over loopback UDP."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
from aiortc.mediastreams import VideoStreamTrack

from protocol.states import Leg
from signaling.media.control import AddLeg
from signaling.media.journal import Journals
from signaling.media.journal_file import read_journal
from signaling.media.port import own_address
from signaling.media.sdp import BadSdp
from signaling.media.worker import Worker
from tests.signaling.media.ends import (
    CALL,
    KEY,
    End,
    a_clerk,
    an_applicant,
    frames,
)
from tests.signaling.media.films import films_of


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    journals = Journals(tmp_path)
    one = Worker([own_address()], 0, journals)
    one.start()
    yield one
    one.stop()


async def test_applicant_and_clerk_see_and_hear_each_other(
    worker: Worker, tmp_path: Path
) -> None:
    applicant, clerk = an_applicant(), a_clerk()
    await applicant.join(worker, Leg.APPLICANT)
    await clerk.join(worker, Leg.CLERK)

    await asyncio.gather(
        *(frames(end, i, 10) for end in (applicant, clerk) for i in (0, 1))
    )

    await worker.end_call(CALL)
    await applicant.peer.close()
    await clerk.peer.close()
    journals = sorted((tmp_path / CALL).glob("*.rtpj"))
    kinds = {path.name.rsplit("-", 2)[0] for path in journals}
    assert kinds == {"applicant-audio", "applicant-video", "clerk-audio", "clerk-video"}
    for path in journals:
        records = read_journal(path, bytes.fromhex(KEY))
        assert sum(record.kind == 0 for record in records) > 10


async def test_the_clerk_also_sees_the_document_camera_when_it_joins_later(
    worker: Worker,
) -> None:
    clerk = a_clerk()
    await clerk.join(worker, Leg.CLERK)
    camera = End([VideoStreamTrack()], [])

    await camera.join(worker, Leg.DOCUMENT)

    await frames(clerk, 2, 5)
    await camera.peer.close()
    await clerk.peer.close()


async def test_a_second_offer_replaces_the_leg_of_a_reloaded_page(
    worker: Worker,
) -> None:
    applicant, clerk = an_applicant(), a_clerk()
    await applicant.join(worker, Leg.APPLICANT)
    await clerk.join(worker, Leg.CLERK)
    await frames(applicant, 1, 3)
    await clerk.peer.close()

    again = a_clerk()
    await again.join(worker, Leg.CLERK)

    await frames(again, 1, 5)
    await frames(applicant, 1, 5)
    await applicant.peer.close()
    await again.peer.close()


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(
            bytes([21, 254, 253]) + bytes(10) + b"\x02\x28", id="forged alert"
        ),
        pytest.param(b"\x80\x60" + bytes(30), id="RTP from nowhere"),
        pytest.param(b"\x00\x01\x00\x00" + bytes(24), id="STUN without a name"),
        pytest.param(b"\xff" * 1500, id="noise"),
    ],
)
async def test_datagrams_from_strangers_do_not_disturb_a_call_being_set_up(
    worker: Worker, junk: bytes
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        applicant, clerk = an_applicant(), a_clerk()
        await applicant.join(worker, Leg.APPLICANT)
        for _ in range(200):
            stranger.sendto(junk, worker.gate.addresses[0])
        await clerk.join(worker, Leg.CLERK)
        for _ in range(200):
            stranger.sendto(junk, worker.gate.addresses[0])

        await frames(clerk, 1, 5)
    await applicant.peer.close()
    await clerk.peer.close()


@pytest.mark.parametrize(
    "sdp",
    [
        pytest.param("", id="empty"),
        pytest.param("v=0\r\n" * 20_000, id="over 64 KB"),
        pytest.param(
            "a=candidate:1 1 udp 1 1.2.3.4 9 typ host\r\n" * 200, id="candidates"
        ),
        pytest.param("v=0\r\nm=application 9 UDP/DTLS/SCTP x\r\n", id="data channel"),
    ],
)
def test_an_offer_that_cannot_be_answered_is_refused_with_a_reason(
    tmp_path: Path, sdp: str
) -> None:
    worker = Worker(["127.0.0.1"], 0, Journals(tmp_path))

    with pytest.raises(BadSdp):
        worker.add_leg(AddLeg(id=1, call=CALL, leg=Leg.CLERK, sdp=sdp, journal_key=KEY))

    worker.gate.close()


async def test_what_was_said_and_shown_becomes_a_webm_that_plays(
    worker: Worker, tmp_path: Path
) -> None:
    applicant, clerk = an_applicant(), a_clerk()
    await applicant.join(worker, Leg.APPLICANT)
    await clerk.join(worker, Leg.CLERK)
    await frames(clerk, 1, 40)
    await worker.end_call(CALL)
    await applicant.peer.close()
    await clerk.peer.close()

    [film] = films_of(tmp_path / CALL, "applicant", bytes.fromhex(KEY))

    with av.open(io.BytesIO(film.data), "r") as box:
        assert {stream.type for stream in box.streams} == {"audio", "video"}
        pictures = [frame.width for frame in box.decode(video=0)]
    assert len(pictures) == film.about.frames >= 30
    assert set(pictures) == {640}
    assert 0.9 < film.about.seconds < 6
    assert film.gaps == []
