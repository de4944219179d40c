"""A look at the face at a window, before a licence goes to paper.

What is told to the server is what came of it, and never a picture.
"""

import msgspec
from aiohttp import web

from counter_client.office import ServerOffice
from counter_client.print_pages import PrintPages
from protocol.faces import FaceTold, Unmatched

FACE = "/api/terminal/releases/face"


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


class _Answer(msgspec.Struct, frozen=True):
    waiting: bool = False


class WindowFace:
    """Addresses below ``/local`` of a window that looks at faces."""

    def __init__(self, office: ServerOffice, prints: PrintPages) -> None:
        self._office = office
        self._prints = prints

    def add_to(self, app: web.Application) -> None:
        """Add the addresses."""
        app.router.add_post("/local/releases/face/person", self.to_person)
        app.router.add_post("/local/releases/face/answer", self.answer)

    async def to_person(self, request: web.Request) -> web.Response:
        """Leave the look to a person; nothing is compared."""
        asked = msgspec.json.decode(await request.read(), type=_Asked)
        told = FaceTold(number=asked.number, why=Unmatched.NO_ENGINE)
        return self._goes_on(await self._office.ask("POST", FACE, told))

    async def answer(self, request: web.Request) -> web.Response:
        """Return the job once a person has looked, and begin to print it."""
        asked = msgspec.json.decode(await request.read(), type=_Asked)
        return self._goes_on(await self._office.ask("POST", f"{FACE}/answer", asked))

    def _goes_on(self, raw: bytes) -> web.Response:
        if msgspec.json.decode(raw, type=_Answer).waiting:
            return web.json_response({"job": ""})
        return self._prints.begin(raw)
