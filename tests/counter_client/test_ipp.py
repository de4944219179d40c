"""Our printer and our client speak IPP, to each other and to somebody else's tool."""

import asyncio
import datetime as dt
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import cv2
import numpy as np
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4, letter
from reportlab.pdfgen.canvas import Canvas

from counter_client.printing.client import PrinterClient, PrinterSaysNo, http_address
from counter_client.printing.faults import Fault
from counter_client.printing.ipp import (
    BadIpp,
    Group,
    JobState,
    Message,
    Operation,
    Status,
    Tag,
    Value,
    decode,
    encode,
    first,
    one,
    opening,
)
from counter_client.printing.printer import Printer
from signaling.stack import free_ports
from tests.builders import ROOT, has, python

PDF = b"%PDF-1.7\n" + b"sheet" * 1000
TEXTS = st.text(max_size=40)
SMALL = st.integers(0, 9)
VALUES = st.one_of(
    st.builds(Value, st.just(Tag.INTEGER), st.integers(-(2**31), 2**31 - 1)),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.just(Tag.TEXT), TEXTS),
    st.builds(Value, st.just(Tag.KEYWORD), TEXTS),
    st.builds(
        Value, st.just(Tag.RANGE), st.tuples(st.integers(0, 9), st.integers(0, 9))
    ),
)
NAMES = st.text("abcdefghij-", min_size=1, max_size=12)
COLLECTIONS = st.recursive(
    st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=2), max_size=3),
    lambda inner: st.dictionaries(
        NAMES,
        st.lists(
            st.builds(Value, st.just(Tag.COLLECTION), inner), min_size=1, max_size=2
        ),
        max_size=2,
    ),
    max_leaves=4,
)


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=3)), COLLECTIONS)
def test_a_message_comes_back_as_it_was(
    attributes: dict[str, list[Value]], collection: dict[str, list[Value]]
) -> None:
    attributes = attributes | {"media-col": [Value(Tag.COLLECTION, collection)]}
    message = Message((2, 0), 2, 7, [(Group.JOB, attributes)], b"document")

    assert decode(encode(message)) == message


@given(st.binary(max_size=400))
def test_garbage_is_one_error(data: bytes) -> None:
    try:
        decode(data)
    except BadIpp:
        return


def test_a_date_has_eleven_octets() -> None:
    when = dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)
    group = {"printer-current-time": one(Tag.DATE, when)}

    read = decode(encode(Message((1, 1), 0, 1, [(Group.PRINTER, group)])))

    assert len(first(read.group(Group.PRINTER), "printer-current-time")) == 11


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("ipp://printer.local/ipp/print", "http://printer.local:631/ipp/print"),
        ("ipps://printer.local/ipp/print", "https://printer.local:631/ipp/print"),
        ("ipp://127.0.0.1:8631/ipp/print", "http://127.0.0.1:8631/ipp/print"),
    ],
)
def test_an_ipp_address_is_reached_over_http_on_its_own_port(
    address: str, url: str
) -> None:
    assert http_address(address) == url


class Room:
    """A printer that runs, and a client that stands before it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports(1)[0]
        self.folder = folder
        self.tray = folder / "tray"
        self.printer = Printer(folder / "spool", self.tray, self.port, "Test printer")
        self.client: PrinterClient

    def sheets(self) -> list[Path]:
        return sorted(self.tray.glob("*.pdf"))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(tmp_path)
    runner = web.AppRunner(room.printer.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", room.port).start()
    working = asyncio.create_task(room.printer.run())
    async with aiohttp.ClientSession() as session:
        room.client = PrinterClient(room.printer.uri, session)
        yield room
    working.cancel()
    await runner.cleanup()


async def finished(room: Room, job: int) -> JobState:
    async with asyncio.timeout(5):
        while True:
            state = JobState(first(await room.client.job(job), "job-state"))
            if state in {JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED}:
                return state
            await asyncio.sleep(0.02)


async def test_a_document_comes_out_as_exactly_one_sheet_of_the_same_bytes(
    room: Room,
) -> None:
    number, uuid = await room.client.create("licence")
    await room.client.send(number, PDF)

    assert await finished(room, number) is JobState.COMPLETED
    assert [sheet.read_bytes() for sheet in room.sheets()] == [PDF]
    assert uuid.startswith("urn:uuid:")


async def test_a_job_takes_one_document_and_no_more(room: Room) -> None:
    number, _ = await room.client.create("licence")
    await room.client.send(number, PDF)

    with pytest.raises(PrinterSaysNo):
        await room.client.send(number, PDF)

    await finished(room, number)
    assert len(room.sheets()) == 1


async def test_paper_out_stops_the_printer_and_says_so(room: Room) -> None:
    room.printer.suffer(Fault.PAPER_OUT)
    number, _ = await room.client.create("licence")
    await room.client.send(number, PDF)

    await asyncio.sleep(0.5)
    state = await room.client.printer()
    assert first(state, "printer-state-reasons") == "media-empty-error"
    assert room.sheets() == []

    room.printer.suffer(Fault.WELL)
    assert await finished(room, number) is JobState.COMPLETED


async def test_half_a_document_prints_nothing(room: Room) -> None:
    number, _ = await room.client.create("licence")
    attributes = opening(printer_uri=one(Tag.URI, room.printer.uri))
    attributes["job-id"] = one(Tag.INTEGER, number)
    attributes["last-document"] = one(Tag.BOOLEAN, True)
    groups = [(Group.OPERATION, attributes)]
    body = encode(Message((2, 0), Operation.SEND_DOCUMENT, 1, groups, PDF))
    _, writer = await asyncio.open_connection("127.0.0.1", room.port)
    head = f"POST /ipp/print HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Content-Type: application/ipp\r\n\r\n" + body[:3000])
    await writer.drain()
    writer.close()

    await asyncio.sleep(0.6)
    assert room.sheets() == []
    job = room.printer.spool.find(number)
    assert job is not None
    assert job.state is JobState.HELD


async def test_a_sheet_on_its_way_is_not_called_back(room: Room) -> None:
    number, _ = await room.client.create("licence")
    await room.client.send(number, PDF)
    room.printer._moving = number  # the paper is between the rollers

    with pytest.raises(PrinterSaysNo):
        await room.client.cancel(number)
    room.printer._moving = 0

    assert await finished(room, number) is JobState.COMPLETED
    assert len(room.sheets()) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"Origin": "http://evil.example"}, 403), ({"Host": "evil:80"}, 403)],
)
async def test_faults_are_commanded_from_this_machine_and_by_no_web_page(
    room: Room, headers: dict[str, str], status: int
) -> None:
    url = f"http://127.0.0.1:{room.port}/faults"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=b"jam", headers=headers) as answer:
            assert answer.status == status
        async with session.post(url, data=b"\xffno such fault") as answer:
            assert answer.status == 400

    assert (room.printer.fault is Fault.JAM) == (status == 200)


async def test_garbage_gets_an_ipp_answer(room: Room) -> None:
    url = http_address(room.printer.uri)
    async with aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/ipp"}
        async with session.post(url, data=b"\x02\x00hello", headers=headers) as answer:
            assert decode(await answer.read()).code == Status.BAD_REQUEST
        async with session.post(url, data=b"hello") as answer:
            assert answer.status == 415


SUITES = Path("/usr/share/cups/ipptool")


def a_folder_of_suites(folder: Path) -> Path:
    """Return the suites beside the sample documents that Debian leaves out.

    Without them ``ipptool`` stops in the middle of a suite, and calls that a success.
    """
    for suite in SUITES.glob("*.test"):
        shutil.copy(suite, folder)
    for name, size in (("a4", A4), ("letter", letter)):
        canvas = Canvas(str(folder / f"document-{name}.pdf"), pagesize=size)
        canvas.drawString(99, 99, name)
        canvas.save()
        (folder / f"document-{name}.ps").write_text("%!PS\nshowpage\n")
    for name, shape in (("color", (400, 600, 3)), ("gray", (400, 600))):
        cv2.imwrite(str(folder / f"{name}.jpg"), np.full(shape, 90, np.uint8))
    return folder


@pytest.mark.skipif(not has("ipptool"), reason="ipptool (cups-ipp-utils) is not here")
@pytest.mark.parametrize("suite", ["ipp-1.1", "ipp-2.0"])
async def test_it_passes_the_suites_of_the_printer_working_group(
    room: Room, tmp_path: Path, suite: str
) -> None:
    folder = a_folder_of_suites(tmp_path)
    document = str(folder / "document-a4.pdf")
    command = [shutil.which("ipptool") or "", "-V", "2.0", "-tI", "-f", document]
    command += ["-d", "filetype=application/pdf", room.printer.uri]
    command.append(str(folder / f"{suite}.test"))

    tool = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await tool.communicate()

    said = out.decode()
    files = {
        folder / "ipp-1.1.test",
        folder / f"{suite}.test",
    }  # one includes the other
    names = [re.findall(r'^\s*NAME "', one.read_text(), re.M) for one in files]
    assert (tool.returncode, said.count("[FAIL]")) == (0, 0), said[-3000:]
    assert "cannot be read" not in said
    # What we do not offer (PostScript, Letter, both sides, holding) is skipped.
    assert said.count("[PASS]") + said.count("[SKIP]") == sum(map(len, names))
    assert said.count("[PASS]") >= 32


async def test_staff_practise_with_a_command(room: Room) -> None:
    words = ("-m", "signaling.cli", "printer", "door", "--port", str(room.port))

    done = await asyncio.to_thread(python, *words, cwd=ROOT)

    assert (done.returncode, done.stdout) == (0, "door\n")
    assert room.printer.fault is Fault.DOOR
    done = await asyncio.to_thread(python, *words[:3], "fire", *words[4:], cwd=ROOT)
    assert done.returncode == 1
    assert "paper-out" in done.stderr
