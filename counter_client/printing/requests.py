"""What an IPP request must be like before our printer looks at what it asks."""

import zlib

from counter_client.printing.ipp import (
    Attributes,
    Group,
    Message,
    Status,
    first,
)
from counter_client.printing.printer_attributes import FORMATS

LARGEST_DOCUMENT = 32 * 1024 * 1024
COMPRESSIONS = {"none", "gzip", "deflate"}


class Refusal(Exception):
    """The printer says no, with an IPP status."""

    def __init__(self, status: Status, unsupported: Attributes | None = None) -> None:
        self.status = status
        self.unsupported = unsupported or {}
        super().__init__(status.name)


def require_opening(message: Message) -> None:
    """Check what RFC 8011 section 4.1 asks of every request."""
    if message.version[0] not in {1, 2}:
        raise Refusal(Status.VERSION)
    kinds = [kind for kind, _ in message.groups]
    asked = message.group(Group.OPERATION)
    names = list(asked)
    start = ["attributes-charset", "attributes-natural-language"]
    if message.request == 0 or kinds.count(Group.OPERATION) != 1:
        raise Refusal(Status.BAD_REQUEST)
    if kinds[0] is not Group.OPERATION or names[:2] != start:
        raise Refusal(Status.BAD_REQUEST)
    if first(asked, "attributes-charset").lower() not in {"utf-8", "us-ascii"}:
        raise Refusal(Status.CHARSET)
    if "printer-uri" not in asked and "job-uri" not in asked:
        raise Refusal(Status.BAD_REQUEST)


def require_format(asked: Attributes) -> None:
    """Refuse a format or compression that the printer does not print."""
    if first(asked, "document-format", FORMATS[0]) not in FORMATS:
        raise Refusal(Status.FORMAT)
    if first(asked, "compression", "none") not in COMPRESSIONS:
        raise Refusal(Status.COMPRESSION)


def document(message: Message) -> bytes:
    """Return the document of a request, decompressed up to its limit."""
    compression = first(message.group(Group.OPERATION), "compression", "none")
    try:
        if compression == "gzip":
            return _bounded(zlib.decompressobj(16 + zlib.MAX_WBITS), message.data)
        if compression == "deflate":
            # IPP's deflate is RFC 1951 without the zlib header.
            return _bounded(zlib.decompressobj(-zlib.MAX_WBITS), message.data)
    except zlib.error as error:
        raise Refusal(Status.COMPRESSION_ERROR) from error
    return message.data


def _bounded(stream: "zlib._Decompress", data: bytes) -> bytes:
    plain = stream.decompress(data, LARGEST_DOCUMENT)
    if stream.unconsumed_tail:
        raise Refusal(Status.COMPRESSION_ERROR)
    return plain


def job_number(asked: Attributes) -> int:
    """Return which job is meant, by number or by address; 0 for none."""
    number = first(asked, "job-id")
    if number is None:
        tail = str(first(asked, "job-uri", "")).rpartition("/")[2]
        number = int(tail) if tail.isdigit() else 0
    return int(number)


def user(asked: Attributes) -> str:
    """Return who says to be asking."""
    return str(first(asked, "requesting-user-name", "anonymous"))


def selected(found: Attributes, asked: Attributes) -> Attributes:
    """Return the requested attributes; without a request all but the big one."""
    requested = asked.get("requested-attributes")
    if requested is None:
        return {n: v for n, v in found.items() if n != "media-col-database"}
    wanted = {value.value for value in requested}
    if wanted & {"all", "printer-description", "job-template", "job-description"}:
        more = "media-col-database" in wanted
        return {n: v for n, v in found.items() if more or n != "media-col-database"}
    return {name: found[name] for name in found if name in wanted}
