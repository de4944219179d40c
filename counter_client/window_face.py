"""A look at the face at a window, before a licence goes to paper.

Pictures come from the page, the portrait from the server, after somebody agreed.
They are compared in memory and let go of; what is told to the server is what came
of it. Whatever is not "likely the same" is left to a person.
"""

import asyncio
import base64
import binascii
from typing import Annotated

import msgspec
from aiohttp import web

from counter_client.face.engine import FaceEngine
from counter_client.face.judging import judge
from counter_client.office import OfficeSaysNo, ServerOffice
from counter_client.print_pages import PrintPages
from document_capture.faces import NoPortrait
from document_capture.files import open_pages
from document_capture.images import Image, NotTaken, Refused, TooLarge
from protocol.faces import FACE_CONSENT, Agreed, Compared, FaceTold, Unmatched
from protocol.states import Language

FACE = "/api/terminal/releases/face"
LARGEST_PICTURE = 800_000
"""Bytes of one picture of the page, as JPEG; 1280 x 720 has about 150,000."""
LONGEST_SIDE = 1920
"""Pixels of a side of such a picture."""
MOST_TRIES = 3
"""Times that pictures may be too poor before a person looks instead."""


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


class _ToPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    why: Unmatched


class _Pictures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str
    language: Language
    pictures: Annotated[list[str], msgspec.Meta(min_length=3, max_length=6)]
    """JPEG, base64."""


class _Answer(msgspec.Struct, frozen=True):
    waiting: bool = False


class WindowFace:
    """Addresses below ``/local`` of a window that looks at faces."""

    def __init__(
        self, office: ServerOffice, prints: PrintPages, engine: FaceEngine
    ) -> None:
        self._office = office
        self._prints = prints
        self._engine = engine
        self._one_at_a_time = asyncio.Lock()
        self._poor = ("", 0)  # whose pictures were too poor, and how often

    def add_to(self, app: web.Application) -> None:
        """Add the addresses."""
        app.router.add_get("/local/releases/face", self.way)
        app.router.add_post("/local/releases/face/person", self.to_person)
        app.router.add_post("/local/releases/face/pictures", self.compare)
        app.router.add_post("/local/releases/face/answer", self.answer)

    async def way(self, _request: web.Request) -> web.Response:
        """Return whether a machine can look here at all."""
        return web.json_response({"machine": self._engine.ready})

    async def to_person(self, request: web.Request) -> web.Response:
        """Leave the look to a person; nothing is compared."""
        asked = msgspec.json.decode(await request.read(), type=_ToPerson)
        why = asked.why if self._engine.ready else Unmatched.NO_ENGINE
        return await self._left(asked.number, why)

    async def answer(self, request: web.Request) -> web.Response:
        """Return the job once a person has looked, and begin to print it."""
        asked = msgspec.json.decode(await request.read(), type=_Asked)
        return self._goes_on(await self._office.ask("POST", f"{FACE}/answer", asked))

    async def compare(self, request: web.Request) -> web.Response:
        """Compare pictures of the page with the portrait; the page has asked before.

        Pictures that are too poor are told, ``MOST_TRIES`` times.
        """
        asked = msgspec.json.decode(await request.read(), type=_Pictures)
        if not self._engine.ready:
            return await self._left(asked.number, Unmatched.NO_ENGINE)
        try:
            pictures = [await opened(one) for one in asked.pictures]
            compared = await self._compared(asked, pictures)
        except NoPortrait:
            return await self._left(asked.number, Unmatched.NO_PORTRAIT)
        except Refused:
            if self._tries_again(asked.number):
                raise
            return await self._left(asked.number, Unmatched.POOR_PICTURES)
        told = FaceTold(number=asked.number, compared=compared)
        return self._goes_on(await self._office.ask("POST", FACE, told))

    async def _compared(self, asked: _Pictures, pictures: list[Image]) -> Compared:
        agreed = Agreed(
            number=asked.number, consent=FACE_CONSENT, language=asked.language
        )
        try:
            jpeg = await self._office.ask("POST", f"{FACE}/portrait", agreed)
        except OfficeSaysNo as error:
            raise (NoPortrait if error.code == NoPortrait.code else error) from None
        portrait = (await asyncio.to_thread(open_pages, jpeg))[0]
        async with self._one_at_a_time:
            return await asyncio.to_thread(judge, self._engine, portrait, pictures)

    def _tries_again(self, number: str) -> bool:
        last, times = self._poor
        times = times + 1 if last == number else 1
        self._poor = (number, times) if times < MOST_TRIES else ("", 0)
        return times < MOST_TRIES

    async def _left(self, number: str, why: Unmatched) -> web.Response:
        told = FaceTold(number=number, why=why)
        return self._goes_on(await self._office.ask("POST", FACE, told))

    def _goes_on(self, raw: bytes) -> web.Response:
        self._poor = ("", 0)
        if msgspec.json.decode(raw, type=_Answer).waiting:
            return web.json_response({"job": ""})
        return self._prints.begin(raw)


async def opened(picture: str) -> Image:
    """Return a picture of the page, opened in a limited process.

    Raises:
        Refused: not a picture, or a larger one than the page makes.
    """
    if len(picture) > LARGEST_PICTURE * 4 // 3:
        raise TooLarge
    try:
        data = base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotTaken from error
    if not data.startswith(b"\xff\xd8\xff"):
        raise NotTaken
    image = (await asyncio.to_thread(open_pages, data))[0]
    if max(image.shape[:2]) > LONGEST_SIDE:
        raise TooLarge
    return image
