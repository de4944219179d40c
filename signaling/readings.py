"""Has pages read by machine, and papers bound into archival PDFs, beside the call."""

import asyncio
import contextlib
import functools
import hashlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec

from casework.arriving import Arriving
from casework.case import Case, Document
from casework.errors import CaseworkError, NotAllowedNow, NotFound
from casework.impression import Impression
from casework.items import FieldSpec
from casework.material import Material, Page
from casework.paperwork import Paperwork
from casework.scans import Scans
from protocol.ids import CaseId, MaterialId, PageId
from protocol.states import MaterialState, ReadState
from protocol.views import ReadField

log = logging.getLogger(__name__)

READ_WITHIN = 8.0
"""Seconds that binding waits for a page's reading; later it is bound without text."""


class Read(msgspec.Struct, frozen=True):
    """What was read from a page; ``lines`` is JSON, for the text of the PDF."""

    fields: list[ReadField]
    lines: bytes
    turns: int = 0
    """Quarters by which the page has to be turned clockwise to be upright."""


class SealRead(msgspec.Struct, frozen=True):
    """The seal on a page: PNG, mm, and where; or only ``why`` there is none, a code."""

    why: str = ""
    png: bytes = b""
    width: float = 0.0
    height: float = 0.0
    place: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


class Leaf(msgspec.Struct, frozen=True):
    """A page to be bound: JPEG, quarters turned clockwise, and the lines read."""

    jpeg: bytes
    turns: int
    lines: bytes


class ReadingFailed(CaseworkError):
    """The machine could not read or bind; what it got may be no picture."""

    code = "reading-failed"


class Reader(Protocol):
    """Decodes pictures, in a process of its own."""

    async def read(self, jpeg: bytes, fields: Sequence[FieldSpec]) -> Read:
        """Return what is on a page; raises ``ReadingFailed``."""
        ...

    async def seal(self, jpeg: bytes) -> SealRead:
        """Return the company's seal on a page; raises ``ReadingFailed``."""
        ...

    async def bind(self, leaves: Sequence[Leaf], title: str) -> bytes:
        """Return a PDF/A-2b of the pages in order; raises ``ReadingFailed``."""
        ...


class Readings:
    """Reads each page once it is stored, and binds each paper once it is accepted."""

    def __init__(
        self,
        scans: Scans,
        papers: Paperwork,
        reader: Reader,
        tell: Callable[[CaseId], Awaitable[None]],
    ) -> None:
        """``tell`` is called with a case whose pages have been read."""
        self.scans = scans
        self._papers = papers
        self._reader = reader
        self._tell = tell
        self._tasks: dict[PageId, asyncio.Task[None]] = {}
        self._binding: set[asyncio.Task[None]] = set()
        self._turns = WeakValueDictionary[CaseId, asyncio.Lock]()
        self._binders = WeakValueDictionary[CaseId, asyncio.Lock]()

    def begin(self, case: CaseId, page: Arriving) -> None:
        """Begin to read a stored page; the clerk sees the result when it is there.

        Of a case one page at a time, so that cases take turns at the reader: many pages
        of one applicant keep nobody else waiting.
        """
        task = asyncio.create_task(_logged(self._in_turn(case, page)))
        self._tasks[page.page] = task
        task.add_done_callback(functools.partial(self._done, page.page))

    def _done(self, page: PageId, task: asyncio.Task[None]) -> None:
        if self._tasks.get(page) is task:  # it may be read again already
            del self._tasks[page]

    async def resume(self, cases: Iterable[CaseId]) -> None:
        """Read what was not read when a server before this one stopped."""
        for case in cases:
            try:
                found = await self.scans.ledger.store.load(case)
            except NotFound:
                continue  # it is opened once its people are back
            for paper in found.materials:
                for page in paper.pages:
                    if page.page and page.read is ReadState.WAITING:
                        self.begin(case, Arriving(material=paper.id, page=page.id))

    async def read_once(self, jpeg: bytes, field: FieldSpec) -> ReadField:
        """Return one field of a picture that nobody keeps.

        Raises:
            ReadingFailed: no picture, or not read in time.
        """
        [found] = (await self._reader.read(jpeg, [field])).fields
        return found

    async def again(self, case: CaseId, paper: MaterialId, page: PageId) -> None:
        """Read a page once more."""
        asked = Arriving(material=paper, page=page)
        await self.scans.reading_changed(case, asked, ReadState.WAITING)
        self.begin(case, asked)

    def bind_soon(self, case: CaseId) -> None:
        """Bind the papers of a case that was submitted, while nobody waits."""
        task = asyncio.create_task(_logged(self.bind(case)))
        self._binding.add(task)
        task.add_done_callback(self._binding.discard)

    async def bind(self, case: CaseId) -> None:
        """Bind every accepted paper of ``case`` that has no PDF yet.

        A paper that cannot be bound stays as its pages, and is tried again next time.
        """
        async with self._binders.setdefault(case, asyncio.Lock()):
            found = await self.scans.ledger.store.load(case)
            for paper in found.materials:
                if paper.state is not MaterialState.ACCEPTED:
                    continue
                if found.document(paper.document_name) is None:
                    await self._until_read(paper)
                    await self._bind(case, paper.id)

    async def close(self) -> None:
        """Stop reading; what was not read says so and can be read again."""
        tasks = [*self._tasks.values(), *self._binding]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_read(self, paper: Material) -> None:
        reading = [self._tasks[one.id] for one in paper.pages if one.id in self._tasks]
        if reading:
            await asyncio.wait(reading, timeout=READ_WITHIN)

    async def _in_turn(self, case: CaseId, page: Arriving) -> None:
        async with self._turns.setdefault(case, asyncio.Lock()):
            await self._read(case, page)

    async def _read(self, case: CaseId, page: Arriving) -> None:
        try:
            found = await self.scans.ledger.store.load(case)
            stored = found.material(page.material).page(page.page)
            jpeg = await self._papers.read_bytes(case, stored.page)
            item = self.scans.items.item(found.item)
            if item.seal is not None and item.seal.paper == page.material:
                await self._seal(case, page, jpeg)
            fields = item.material(page.material).fields
            read = await self._reader.read(jpeg, fields)
            key = await self._papers.keep_bytes(
                case, f"{page.material}-lines", read.lines
            )
            fields_read = tuple(read.fields)
            await self.scans.page_read(case, page, fields_read, key, read.turns)
        except ReadingFailed:
            await self.scans.reading_changed(case, page, ReadState.FAILED)
        await self._tell(case)

    async def _seal(self, case: CaseId, page: Arriving, jpeg: bytes) -> None:
        """Have the seal cut out and shown, before the slower reading of words."""
        read = await self._reader.seal(jpeg)
        seal = None
        if not read.why:
            name = f"{page.material}-seal"
            seal = Impression(
                key=await self._papers.keep_bytes(case, name, read.png),
                sha256=hashlib.sha256(read.png).hexdigest(),
                width=read.width,
                height=read.height,
                place=read.place,
            )
        with contextlib.suppress(NotAllowedNow):  # accepted, and only read again
            await self.scans.seal_read(case, page, seal, read.why)
        await self._tell(case)

    async def _bind(self, case: CaseId, paper: MaterialId) -> None:
        found = await self.scans.ledger.store.load(case)
        material = found.material(paper)
        leaves = [await self._leaf(found, page) for page in material.pages]
        item = self.scans.items.item(found.item)
        title = item.material(paper).title
        try:
            named = title.get(found.language, title["en"])
            pdf = await self._reader.bind(leaves, named)
        except ReadingFailed:
            log.warning("a paper was not bound", extra={"case": case})
            return
        name = material.document_name
        document = Document(
            name=name,
            key=await self._papers.keep_bytes(case, name, pdf),
            sha256=hashlib.sha256(pdf).hexdigest(),
            size=len(pdf),
            pages=len(leaves),
        )
        await self.scans.bound(case, material, document)

    async def _leaf(self, case: Case, page: Page) -> Leaf:
        jpeg = await self._papers.read_bytes(case.id, page.page)
        lines = b""
        if page.lines:
            lines = await self._papers.read_bytes(case.id, page.lines)
        return Leaf(jpeg, page.turns, lines)


async def _logged(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except CaseworkError as error:
        # The case was signed, or the page taken out, while it was read.
        log.info("reading came to nothing: %s", error.code)
    except Exception:
        log.exception("a page was not read")
