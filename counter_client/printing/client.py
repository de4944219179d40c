"""Our own IPP client: sends a whole document and says what became of it."""

import asyncio
from urllib.parse import urlsplit

import aiohttp

from counter_client.printing.ipp import (
    Attributes,
    BadIpp,
    Group,
    Message,
    Operation,
    Status,
    Tag,
    decode,
    encode,
    first,
    one,
    opening,
)

TIMEOUT = aiohttp.ClientTimeout(total=30)
DEFAULT_PORT = 631
LARGEST_ANSWER = 1024 * 1024


class PrinterSaysNo(Exception):
    """The printer refused, cannot be reached, or does not speak IPP.

    ``status`` is what it answered (RFC 8011 appendix B), 0 if nothing came back.
    """

    code = "printer-says-no"

    def __init__(self, text: str, status: int = 0) -> None:
        self.status = status
        super().__init__(text)


class PrinterClient:
    """Talks to one printer. ``address``: ``ipp://host:port/path``."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._url = http_address(address)
        self._session = session
        self._requests = 0

    async def printer(self) -> Attributes:
        """Return the printer's state and what it can do."""
        answer = await self._ask(Operation.GET_PRINTER, {})
        return answer.group(Group.PRINTER)

    async def create(self, name: str) -> tuple[int, str]:
        """Create an empty job called ``name``; return its number and UUID."""
        more = {"job-name": one(Tag.NAME, name)}
        job = (await self._ask(Operation.CREATE_JOB, more)).group(Group.JOB)
        number = int(first(job, "job-id", 0))
        # Many printers name the UUID only when asked about the job.
        uuid = first(job, "job-uuid") or first(await self.job(number), "job-uuid", "")
        return number, str(uuid)

    async def send(self, job: int, pdf: bytes) -> None:
        """Send the document of a created job, whole."""
        more = {
            "job-id": one(Tag.INTEGER, job),
            "document-format": one(Tag.MIME, "application/pdf"),
            "last-document": one(Tag.BOOLEAN, True),
        }
        await self._ask(Operation.SEND_DOCUMENT, more, pdf)

    async def job(self, job: int) -> Attributes:
        """Return what the printer knows about a job."""
        more = {"job-id": one(Tag.INTEGER, job)}
        return (await self._ask(Operation.GET_JOB, more)).group(Group.JOB)

    async def cancel(self, job: int) -> None:
        """Have a job not be printed; that it says yes does not prove it was not."""
        await self._ask(Operation.CANCEL_JOB, {"job-id": one(Tag.INTEGER, job)})

    async def _ask(
        self, operation: Operation, more: Attributes, data: bytes = b""
    ) -> Message:
        self._requests += 1
        attributes = opening(printer_uri=one(Tag.URI, self._address))
        if "job-id" in more:
            attributes["job-id"] = more.pop("job-id")
        attributes["requesting-user-name"] = one(Tag.NAME, "counter")
        groups = [(Group.OPERATION, attributes | more)]
        body = encode(Message((2, 0), operation, self._requests, groups, data))
        headers = {"Content-Type": "application/ipp"}
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, timeout=TIMEOUT
            ) as response:
                answer = decode(await _whole(response.content))
        except (aiohttp.ClientError, TimeoutError, BadIpp) as error:
            raise PrinterSaysNo(type(error).__name__) from error
        if answer.code >= Status.BAD_REQUEST:
            said = f"{operation.name} {answer.code:#06x}"
            raise PrinterSaysNo(said, answer.code)
        return answer


def http_address(address: str) -> str:
    """Return where an ``ipp:`` address is reached (RFC 8010 section 4.1)."""
    parts = urlsplit(address)
    scheme = "https" if parts.scheme in {"ipps", "https"} else "http"
    port = parts.port or (DEFAULT_PORT if parts.scheme in {"ipp", "ipps"} else None)
    host = parts.hostname or ""
    place = f"{host}:{port}" if port else host
    return f"{scheme}://{place}{parts.path}"


async def _whole(body: aiohttp.StreamReader) -> bytes:
    """Return an answer that comes in however many pieces, unless it is too large."""
    try:
        return await body.readexactly(LARGEST_ANSWER)
    except asyncio.IncompleteReadError as error:
        return bytes(error.partial)
