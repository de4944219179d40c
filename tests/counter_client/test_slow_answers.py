"""A printer that is slow to speak is heard to the end."""

import asyncio

import aiohttp
from aiohttp import web

from counter_client.printing.client import PrinterClient
from counter_client.printing.ipp import (
    Attributes,
    Group,
    Message,
    Status,
    Tag,
    encode,
    first,
    one,
    opening,
)
from signaling.stack import free_ports


async def in_pieces(request: web.Request) -> web.StreamResponse:
    """Answer as a busy print server does: a piece, and then the rest."""
    told: Attributes = {"printer-name": one(Tag.NAME, "slow")}
    groups = [(Group.OPERATION, opening()), (Group.PRINTER, told)]
    data = encode(Message((2, 0), Status.OK, 1, groups))
    response = web.StreamResponse(headers={"Content-Type": "application/ipp"})
    await response.prepare(request)
    for piece in (data[:20], data[20:]):
        await response.write(piece)
        for _ in range(50):  # time for whoever listens to take it
            await asyncio.sleep(0)
    return response


async def test_an_answer_in_pieces_is_read_to_its_end() -> None:
    app = web.Application()
    app.router.add_post("/ipp/print", in_pieces)
    runner, port = web.AppRunner(app), free_ports(1)[0]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()

    async with aiohttp.ClientSession() as session:
        client = PrinterClient(f"ipp://127.0.0.1:{port}/ipp/print", session)
        assert first(await client.printer(), "printer-name") == "slow"
    await runner.cleanup()
