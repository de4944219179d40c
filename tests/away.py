"""What runs behind the wall of ``nets.py``: one leg of a terminal, or questions.

``python -m tests.away leg`` reads relays, says an offer, reads an answer and says
what became of it; ``peers`` asks the relay for one peer after the other. One JSON
value a line, both ways.
"""

import asyncio
import json
import struct
import sys
from typing import Any

import msgspec
from aioice import stun, turn
from aiortc.rtcicetransport import connection_kwargs

from counter_client.relays import configuration
from counter_client.streams import MediaLeg, face_leg
from protocol.views import IceServer

ENOUGH = 20
"""Pictures of the other person that make a call."""
FAMILY = "REQUESTED-ADDRESS-FAMILY"
IPV6 = 0x02000000


def say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


async def hear() -> Any:
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line)


async def leg() -> None:
    """Be the applicant's leg; say when pictures come, or why they do not."""
    made = face_leg(msgspec.convert(await hear(), list[IceServer]))
    say(await made.offer())
    await made.answered(await hear())
    pictures = asyncio.create_task(_pictures(made))
    say({"trouble": await made.trouble()})
    await pictures
    say({"pictures": made.pictures})
    await hear()  # goes on sending until it is ended


async def _pictures(made: MediaLeg) -> None:
    while made.pictures < ENOUGH:  # noqa: ASYNC110  # it counts in a decoder's task
        await asyncio.sleep(0.05)


async def peers() -> None:
    """Say for each address what the relay answers to who wants to talk to it."""
    family, addresses = await hear()
    relay = await _allocated(msgspec.convert(await hear(), list[IceServer]), family)
    answers = {}
    for address in addresses:
        ask = stun.Message(
            message_method=stun.Method.CREATE_PERMISSION,
            message_class=stun.Class.REQUEST,
        )
        ask.attributes["XOR-PEER-ADDRESS"] = (address, 9)
        try:
            await relay.request_with_retry(ask)
        except stun.TransactionFailed as error:
            answers[address] = error.response.error_code
        else:
            answers[address] = 0
    say(answers)


async def _allocated(ice: list[IceServer], family: int) -> Any:
    """Return a connection to the relay with a port of the family, 4 or 6."""
    found = connection_kwargs(configuration(ice).iceServers or [])
    _, relay = await asyncio.get_running_loop().create_connection(
        lambda: turn.TurnClientTcpProtocol(
            found["turn_server"],
            username=found["turn_username"],
            password=found["turn_password"],
            lifetime=600,
            channel_refresh_time=500,
        ),
        *found["turn_server"],
        ssl=True,
    )
    if family == 6:
        _speak_of_families()
        allocate = relay.request

        def request(message: stun.Message) -> Any:
            if message.message_method is stun.Method.ALLOCATE:
                message.attributes[FAMILY] = IPV6
            return allocate(message)

        relay.request = request  # type: ignore[assignment]  # aioice asks for IPv4 only
    await relay.connect()
    return relay


def _speak_of_families() -> None:
    """Teach aioice the attribute of RFC 8656 section 18.7."""

    def pack(value: int) -> bytes:
        return struct.pack("!I", value)

    entry = (0x0017, FAMILY, pack, lambda data: struct.unpack("!I", data)[0])
    stun.ATTRIBUTES_BY_TYPE[entry[0]] = entry
    stun.ATTRIBUTES_BY_NAME[entry[1]] = entry


if __name__ == "__main__":
    asyncio.run({"leg": leg, "peers": peers}[sys.argv[1]]())
