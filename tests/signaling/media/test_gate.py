"""Who gets in at the one port: strangers, spoofed addresses, moved addresses."""

import asyncio
import os
import re
import secrets
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from aioice import stun
from aiortc import RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from casework.allowance import MOST
from protocol.states import Leg
from signaling.media.gate import EACH_HOST, Gate
from signaling.media.journal import Journals
from signaling.media.port import Address, own_address
from signaling.media.worker import Worker
from tests.line import Line
from tests.signaling.media.ends import CALL, End, a_clerk, an_applicant, frames

ALERT = bytes.fromhex("15fefd000000000000000000020228")
"""A fatal alert of epoch 0 (RFC 6347 section 4.1): nobody signed it."""
HELLO = bytes.fromhex("16fefd0000000000000000000c") + bytes(12)


def junk(number: int) -> bytes:
    """Return what an attacker would try, one after the other."""
    return [
        ALERT,
        HELLO,
        b"\x80\x60" + os.urandom(60),
        b"\x80\xc8" + os.urandom(40),
        struct.pack("!HHI12s", 1, 0, 0x2112A442, os.urandom(12)),
        os.urandom(1400),
    ][number % 6]


class Attacker:
    """Sends junk all the time, as itself or under the addresses of others."""

    def __init__(self, worker: Worker, victims: Callable[[], list[Address]]) -> None:
        self.sent = 0
        self._worker = worker
        self._victims = victims
        self._own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._raw: socket.socket | None = None
        try:
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
            raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
            self._raw = raw
        except PermissionError:
            pytest.skip("only root can send under another address")

    async def run(self) -> None:
        there = self._worker.gate.addresses[0][:2]
        while True:
            for _ in range(10):
                self.sent += 1
                self._own.sendto(junk(self.sent), there)
                for victim in self._victims():
                    self._spoof(victim, there, junk(self.sent))
            await asyncio.sleep(0.005)

    def _spoof(self, source: Address, to: tuple[str, int], data: bytes) -> None:
        assert self._raw is not None, "not skipped"
        udp = struct.pack("!HHHH", source[1], to[1], 8 + len(data), 0) + data
        head = (0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
        hosts = socket.inet_aton(source[0]), socket.inet_aton(to[0])
        self._raw.sendto(struct.pack("!BBHHHBBH4s4s", *head, *hosts) + udp, (to[0], 0))

    def close(self) -> None:
        self._own.close()
        if self._raw is not None:
            self._raw.close()


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    one = Worker([own_address()], 0, Journals(tmp_path))
    one.start()
    yield one
    one.stop()


async def test_a_call_is_set_up_and_goes_on_under_attack_also_with_its_own_addresses(
    worker: Worker,
) -> None:
    def victims() -> list[Address]:
        legs = [leg for call in worker._calls.values() for leg in call.legs.values()]
        return [address for leg in legs for address in leg.addresses]

    attacker = Attacker(worker, victims)
    attack = asyncio.create_task(attacker.run())
    applicant, clerk = an_applicant(), a_clerk()

    await applicant.join(worker, Leg.APPLICANT)
    await clerk.join(worker, Leg.CLERK)
    await frames(clerk, 1, 30)
    before = attacker.sent
    await frames(applicant, 1, 30)
    while attacker.sent == before:  # those pictures had arrived before
        await frames(applicant, 1, 1)

    assert victims()
    assert before > 100
    assert worker.gate.packets > attacker.sent
    attack.cancel()
    attacker.close()
    await applicant.peer.close()
    await clerk.peer.close()


async def test_a_leg_whose_nat_forgot_it_goes_on_under_its_new_address(
    worker: Worker,
) -> None:
    applicant, clerk = an_applicant(), a_clerk()
    line = Line(worker.gate.addresses[0][:2])
    await applicant.join(worker, Leg.APPLICANT, line)
    await clerk.join(worker, Leg.CLERK)
    await frames(clerk, 1, 5)
    before = set(line.seen_as)

    line.rebind()

    await frames(clerk, 1, 20)
    await frames(applicant, 1, 20)
    leg = worker._calls[CALL].legs[Leg.APPLICANT]
    assert leg.address in set(line.seen_as) - before
    line.close()
    await applicant.peer.close()
    await clerk.peer.close()


async def test_a_leg_stays_when_its_ice_is_restarted(worker: Worker) -> None:
    clerk = a_clerk()
    await clerk.join(worker, Leg.CLERK)
    applicant = an_applicant()
    await applicant.join(worker, Leg.APPLICANT)
    await frames(applicant, 1, 3)
    leg = worker._calls[CALL].legs[Leg.CLERK]
    old = leg.credentials[0]

    offer = clerk.ask(Leg.CLERK)
    ufrag = re.search(r"a=ice-ufrag:(\w+)", offer.sdp)
    assert ufrag is not None

    answer = worker.add_leg(
        msgspec.structs.replace(offer, sdp=offer.sdp.replace(ufrag.group(1), "moved"))
    )

    assert worker._calls[CALL].legs[Leg.CLERK] is leg
    assert leg.credentials[0] == old, "in use until the new ones are"
    assert f"a=ice-ufrag:{leg.credentials[1].ufrag}" in answer
    assert all(f"a=ssrc:{ssrc} " in answer for ssrc in leg.by_own_ssrc)
    await frames(applicant, 1, 10)
    await applicant.peer.close()
    await clerk.peer.close()


async def test_an_offer_that_is_said_again_gets_the_same_answer_and_changes_nothing(
    worker: Worker,
) -> None:
    applicant, clerk = an_applicant(), a_clerk()
    await applicant.peer.setLocalDescription(await applicant.peer.createOffer())
    offer = applicant.ask(Leg.APPLICANT)

    first, again = worker.add_leg(offer), worker.add_leg(offer)

    assert first == again
    await applicant.peer.setRemoteDescription(RTCSessionDescription(first, "answer"))
    assert worker.add_leg(offer) == first
    await clerk.join(worker, Leg.CLERK)
    await frames(clerk, 1, 5)
    await applicant.peer.close()
    await clerk.peer.close()


def check(ufrag: str, password: str) -> bytes:
    """Return a binding request with these credentials."""
    message = stun.Message(
        message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST
    )
    message.attributes["USERNAME"] = f"{ufrag}:there"
    message.attributes["PRIORITY"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.attributes["ICE-CONTROLLING"] = secrets.randbits(63)
    message.add_message_integrity(password.encode())
    return bytes(message)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
async def test_the_port_is_open_on_ipv6_too(tmp_path: Path) -> None:
    worker = Worker(["127.0.0.1", "::1"], 0, Journals(tmp_path))
    worker.start()
    end = End([AudioStreamTrack(), VideoStreamTrack()], [])
    await end.peer.setLocalDescription(await end.peer.createOffer())
    answer = worker.add_leg(end.ask(Leg.APPLICANT))
    leg = worker._calls[CALL].legs[Leg.APPLICANT]
    pair = leg.credentials[0]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect(("::1", worker.gate.addresses[1][1]))

        client.send(check(pair.ufrag, pair.password))

        loop = asyncio.get_running_loop()
        data = await asyncio.wait_for(loop.sock_recv(client, 2048), 5)
        reply = stun.parse_message(data)
        assert reply.check_message_integrity(pair.password.encode())
        assert reply.message_class is stun.Class.RESPONSE
        assert reply.attributes["XOR-MAPPED-ADDRESS"] == client.getsockname()[:2]
        assert leg.address is not None
        assert leg.address[0] == "::1"
    assert " ::1 " in answer
    worker.stop()
    await end.peer.close()


@pytest.mark.parametrize("wrong", ["", "x"])
async def test_a_check_with_a_wrong_password_is_not_answered(
    worker: Worker, wrong: str
) -> None:
    end = an_applicant()
    await end.peer.setLocalDescription(await end.peer.createOffer())
    worker.add_leg(end.ask(Leg.APPLICANT))
    leg = worker._calls[CALL].legs[Leg.APPLICANT]
    pair = leg.credentials[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(worker.gate.addresses[0][:2])
        client.send(check(pair.ufrag, pair.password[1:] + wrong))
        client.send(check(pair.ufrag, pair.password))
        loop = asyncio.get_running_loop()
        client.setblocking(False)

        first = await asyncio.wait_for(loop.sock_recv(client, 2048), 5)

        # The only answer is the one to the second check.
        assert stun.parse_message(first).check_message_integrity(pair.password.encode())
        with pytest.raises(BlockingIOError):
            client.recv(2048)
    await end.peer.close()


def test_one_host_cannot_ask_without_end_and_the_others_still_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1.0
    monkeypatch.setattr("signaling.media.gate.time.monotonic", lambda: now)
    gate = Gate([], 0)

    answered = sum(gate._may_ask(("192.0.2.1", port)) for port in range(9999))

    assert answered == 2 * EACH_HOST
    assert gate._may_ask(("192.0.2.2", 9))
    now = 2.0
    assert gate._may_ask(("192.0.2.1", 9)), "a second later again"


def test_only_so_many_hosts_are_remembered() -> None:
    gate = Gate([], 0)

    for number in range(2 * MOST):
        assert gate._may_ask((f"198.51.{number // 256}.{number % 256}", 9))

    assert len(gate._hosts) == MOST


async def test_checks_under_a_forged_address_do_not_use_up_what_its_host_may_ask(
    worker: Worker,
) -> None:
    end = an_applicant()
    await end.peer.setLocalDescription(await end.peer.createOffer())
    worker.add_leg(end.ask(Leg.APPLICANT))
    pair = worker._calls[CALL].legs[Leg.APPLICANT].credentials[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(worker.gate.addresses[0][:2])
        for _ in range(1000):
            client.send(check("nobody", "x"))
        client.send(check(pair.ufrag, pair.password))
        client.setblocking(False)

        loop = asyncio.get_running_loop()
        reply = await asyncio.wait_for(loop.sock_recv(client, 2048), 5)

        assert stun.parse_message(reply).message_class is stun.Class.RESPONSE
    await end.peer.close()
