"""Faults on command at our own printer: what staff can practise with."""

import enum
from typing import Final

from aiohttp import web

PLACE: Final = "/faults"


class Fault(enum.StrEnum):
    """What can be wrong; ``WELL`` puts everything right again."""

    PAPER_OUT = "paper-out"
    JAM = "jam"
    DOOR = "door"
    TRAY_FULL = "tray-full"
    POWER_CUT = "power-cut"
    WELL = "well"


REASONS: Final = {
    Fault.PAPER_OUT: "media-empty-error",
    Fault.JAM: "media-jam-error",
    Fault.DOOR: "door-open-error",
    Fault.TRAY_FULL: "output-area-full-error",
}
"""The words of RFC 8011 section 5.4.12 for them; a printer without power has none."""


def require_this_machine(request: web.Request) -> None:
    """Refuse what a web page might send: only a program on this machine may ask.

    Raises:
        web.HTTPForbidden: there is an Origin, or the name is not this machine's.
    """
    host = request.host.rpartition(":")[0] or request.host
    if "Origin" in request.headers or host not in {"127.0.0.1", "localhost"}:
        raise web.HTTPForbidden


def read_fault(body: bytes) -> Fault:
    """Return the fault that is named.

    Raises:
        web.HTTPBadRequest: no such fault.
    """
    try:
        return Fault(body[:40].decode("ascii"))
    except ValueError:  # also of what is not ASCII
        raise web.HTTPBadRequest(text=", ".join(Fault)) from None
