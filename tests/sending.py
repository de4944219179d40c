"""A terminal's agent as far as it sends pages, in a process that can be killed.

``python -m tests.sending FOLDER URL`` reads the visit and how many pages to make,
one JSON value a line, and sends until it is ended.
"""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import msgspec

from counter_client.device import open_device
from counter_client.letters import Letter, Outgoing
from counter_client.office import ServerOffice
from counter_client.outbox import Outbox
from counter_client.uploader import Uploader
from protocol.ids import MaterialId, PageId
from protocol.views import SessionView

PAPER = MaterialId("articles")
PAGE_BYTES = 600_000
"""More than two chunks of a line nothing is known about."""


def a_picture(size: int) -> bytes:
    return b"\xff\xd8\xff" + bytes(size - 5) + b"\xff\xd9"


async def refused(_letter: Letter, code: str) -> None:
    raise AssertionError(code)


async def main() -> None:
    folder, url = Path(sys.argv[1]), sys.argv[2]
    session = msgspec.convert(json.loads(sys.stdin.readline()), SessionView)
    assert session.case is not None, "in a call"
    device = open_device(folder)
    async with aiohttp.ClientSession() as http:
        office = ServerOffice(url, device, http)
        uploader = Uploader(office, Outbox(folder / "outbox", device))
        uploader.follow(session)
        for number in range(int(sys.stdin.readline())):
            page = Outgoing(
                material=PAPER,
                id=PageId(f"{number:032x}"),
                preview=a_picture(1000),
                page=a_picture(PAGE_BYTES),
                original=a_picture(1000),
            )
            await uploader.take(session.case.id, page)
        await uploader.run(refused)


if __name__ == "__main__":
    asyncio.run(main())
