"""The benchmark's own clients: what they count is what was sent."""

import pytest

from bench.janus import library
from bench.media_calls import Engine, of_janus, ours
from bench.media_cpu import Start
from bench.media_ends import Count
from bench.media_load import Load
from bench.packets import encode

needs_janus = pytest.mark.skipif(library() is None, reason="Janus is not installed")


@pytest.mark.parametrize("start", [ours, pytest.param(of_janus, marks=needs_janus)])
async def test_packets_come_out_as_they_went_in(start: Start) -> None:
    async with start() as engine:
        count = await _hurried(engine)

    assert count.received > count.sent / 2, "video begins with a key frame"
    assert count.valid > 0
    assert count.wrong == 0


async def _hurried(engine: Engine) -> Count:
    clients = await engine.call(0)
    load = Load(encode(2), clients)
    await load.hurry(5.0)
    for client in clients:
        client.close()
    return load.count
