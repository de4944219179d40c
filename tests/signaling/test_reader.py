"""The reading process: real networks on drawn papers, and what kills it."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image as Picture

from casework.items import FieldSpec
from counter_client.specimens import Specimens
from document_capture.pdf_pages import count_pages, text_of
from signaling.reader import PageReader
from signaling.readings import Leaf, ReadingFailed
from tests.builders import FONTS

NUMBER = FieldSpec(name="number", title={"en": "Number"}, labels=["號碼 Number"])


@pytest.fixture
async def reader() -> AsyncIterator[PageReader]:
    opened = PageReader()
    yield opened
    opened.close()


def a_jpeg(paper: str, quarters: int = 0, dpi: int = 0) -> bytes:
    """The paper, turned clockwise; it may say how many pixels an inch has."""
    page = np.rot90(Specimens(FONTS).paper(paper)[..., ::-1], -quarters)
    out = io.BytesIO()
    said = {"dpi": (dpi, dpi)} if dpi else {}
    Picture.fromarray(np.ascontiguousarray(page)).save(out, "JPEG", quality=85, **said)
    return out.getvalue()


@pytest.mark.parametrize(("said", "long"), [(380, 85.6), (0, 297.0), (9, 297.0)])
async def test_a_page_that_says_its_resolution_is_as_large_in_the_pdf(
    reader: PageReader, said: int, long: float
) -> None:
    pdf = await reader.bind([Leaf(a_jpeg("identity", dpi=said), 1, b"")], "證件")

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        _, _, width, height = (float(side) for side in opened.pages[0].MediaBox)
    assert max(width, height) / 72 * 25.4 == pytest.approx(long, abs=0.5)
    assert height > width


async def test_a_page_is_read_and_its_field_is_found_where_it_stands(
    reader: PageReader,
) -> None:
    read = await reader.read(a_jpeg("identity"), [NUMBER])

    (number,) = read.fields
    assert number.text == "Z000000(0)"
    left, top, width, height = number.place
    assert 0.4 < left < 0.45
    assert 0.55 < top < 0.65
    assert width < 0.3
    assert height < 0.1


async def test_a_page_that_lies_sideways_is_read_and_said_to_lie_so(
    reader: PageReader,
) -> None:
    straight = await reader.read(a_jpeg("identity"), [NUMBER])
    read = await reader.read(a_jpeg("identity", quarters=1), [NUMBER])

    assert (straight.turns, read.turns) == (0, 3)
    assert read.fields[0].text == "Z000000(0)"
    left, top, width, height = straight.fields[0].place
    there = [1 - top - height, left, height, width]
    assert read.fields[0].place == pytest.approx(there, abs=0.02)


async def test_pages_are_bound_upright_with_the_words_that_were_read(
    reader: PageReader,
) -> None:
    jpeg = a_jpeg("premises", quarters=1)
    read = await reader.read(jpeg, [])

    pdf = await reader.bind([Leaf(jpeg, read.turns, read.lines)] * 2, "租約")

    assert count_pages(pdf) == 2
    assert "示範物業有限公司" in text_of(pdf)


async def test_what_is_no_picture_is_said_to_be_unreadable(reader: PageReader) -> None:
    with pytest.raises(ReadingFailed):
        await reader.read(b"\xff\xd8\xff nothing \xff\xd9", [])


async def test_a_reader_that_was_killed_is_replaced(reader: PageReader) -> None:
    await reader.bind([Leaf(a_jpeg("identity"), 0, b"")], "before")
    assert reader._child.pool is not None
    for child in (reader._child.pool._processes or {}).values():
        os.kill(child.pid or 0, signal.SIGKILL)

    with pytest.raises(ReadingFailed):
        await reader.bind([Leaf(a_jpeg("identity"), 0, b"")], "during")

    assert await reader.bind([Leaf(a_jpeg("identity"), 0, b"")], "after")


def test_a_reader_does_not_outlive_a_server_that_was_killed() -> None:
    words = "import asyncio, signaling.reader as r; reader = r.PageReader()"
    bind = "asyncio.run(reader.bind([], 'nothing'))"
    pids = "(one.pid for one in reader._child.pool._processes.values())"
    show = f"print(*{pids}, flush=True)"
    code = f"{words}\ntry: {bind}\nexcept Exception: pass\n{show}\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        child = int(server.stdout.readline())
        server.kill()

    while Path(f"/proc/{child}").exists():
        time.sleep(0.05)  # the test's own limit ends it


async def test_a_reader_whose_answer_nobody_awaits_any_more_dies_in_peace(
    reader: PageReader,
) -> None:
    leaf = Leaf(a_jpeg("identity"), 0, b"")
    asked = asyncio.create_task(reader.bind([leaf], "title"))
    await asyncio.sleep(0)
    pool: Any = reader._child.pool
    manager = pool._executor_manager_thread
    while not any(one.future.running() for one in pool._pending_work_items.values()):  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0.01)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)

    # What its thread complains of fails this test.
    await asyncio.to_thread(manager.join)
    assert asked.cancelled()
