"""The server's own ``Uploads`` without a network, and every fault on the way."""

import enum
from collections.abc import Callable
from pathlib import Path

import msgspec

from counter_client.office import OfficeSaysNo, OfficeUnreachable, ServerOffice
from protocol.ids import CaseId, UploadId
from signaling.upload_api import Coming
from signaling.uploads import Announced, Uploads, WrongOffset
from tests.builders import TERMINAL

KEY = b"k" * 32


class Fault(enum.Enum):
    """What can happen to one request."""

    NONE = 0
    LOST = 1
    ANSWER_LOST = 2
    SERVER_KILLED = 3
    SERVER_KILLED_BEFORE_RECEIPT = 4
    AGENT_KILLED = 5
    AGENT_KILLED_AFTER = 6


class Killed(Exception):
    """The agent is gone, as if by ``kill -9``."""


class _Said(msgspec.Struct):
    case: str
    page: Coming
    what: str
    size: int
    sha256: str


class FaultyOffice(ServerOffice):
    """The server's uploads without a network: faults come in the order given."""

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        self._folder = folder
        self._faults = iter(faults)
        self._uploads = Uploads(folder, KEY)
        self._applied: set[UploadId] = set()
        self.stored: list[tuple[str, str]] = []
        self.sent = 0
        self.refuse = ""

    async def ask(self, method: str, path: str, body: object = None) -> bytes:  # type: ignore[override]  # only what the uploader asks
        assert method == "POST"
        return self._meet(lambda fault: self._announce(path, body, fault))

    async def put_chunk(
        self,
        path: str,
        offset: int,
        chunk: bytes,
        patience: float,
        announcement: object = None,
    ) -> bytes:
        assert patience > 0
        self.sent += len(chunk)

        def work(fault: Fault) -> tuple[int, bool]:
            if announcement is not None:
                self._announce(path, announcement, fault)
            return self._add(path, offset, chunk, fault)

        return self._meet(work)

    def _meet(self, work: Callable[[Fault], tuple[int, bool]]) -> bytes:
        fault = next(self._faults, Fault.NONE)
        if fault is Fault.AGENT_KILLED:
            raise Killed
        if fault in {Fault.SERVER_KILLED, Fault.SERVER_KILLED_BEFORE_RECEIPT}:
            self._uploads = Uploads(self._folder, KEY)
        if fault in {Fault.LOST, Fault.SERVER_KILLED}:
            raise OfficeUnreachable
        here, stored = work(fault)
        if fault is Fault.AGENT_KILLED_AFTER:
            raise Killed
        if fault is not Fault.NONE:
            raise OfficeUnreachable
        return msgspec.json.encode({"here": here, "stored": stored})

    def _announce(self, path: str, body: object, _fault: Fault) -> tuple[int, bool]:
        if self.refuse:
            raise OfficeSaysNo(self.refuse)
        said = msgspec.convert(body, _Said)
        upload = UploadId(path.rpartition("/")[2])
        if done := self._uploads.stored(upload, TERMINAL):
            return done, True
        page = said.page.arriving()
        announced = Announced(
            upload, CaseId(said.case), page, said.what, said.size, said.sha256
        )
        return self._uploads.begin(announced, TERMINAL), False

    def _add(
        self, path: str, offset: int, chunk: bytes, fault: Fault
    ) -> tuple[int, bool]:
        upload = UploadId(path.rpartition("/")[2])
        if done := self._uploads.stored(upload, TERMINAL):
            return done, True
        announced = self._uploads.find(upload, TERMINAL)
        try:
            here = self._uploads.add(announced, offset, chunk)
        except WrongOffset as error:
            raise OfficeSaysNo(error.code) from error
        if here < announced.size:
            return here, False
        self._store(announced, self._uploads.take(announced))
        if fault is not Fault.SERVER_KILLED_BEFORE_RECEIPT:
            self._uploads.finish(announced, TERMINAL)
        return here, True

    def _store(self, announced: Announced, data: bytes) -> None:
        """Once per upload, as the ledger does it with a step."""
        if announced.id not in self._applied:
            self._applied.add(announced.id)
            self.stored.append((announced.page.page, announced.what))
            assert len(data) == announced.size
