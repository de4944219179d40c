"""An applicant at a counter who has a phone, over real HTTP and without a cookie."""

import contextlib
import io
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import aiohttp
import PIL.Image

from counter_client.specimens import Specimens, on_desk
from document_capture.images import Image
from document_capture.straighten import to_jpeg
from tests.builders import FONTS
from tests.signaling.site import Ear, Site, a_call

SPECIMENS = Specimens(FONTS)
PAPER = "identity"
Said = tuple[int, dict[str, Any]]


def a_photograph(name: str = PAPER) -> bytes:
    frame, _ = on_desk(SPECIMENS.paper(name), (1600, 1200), 6.0, seed=3)
    return to_jpeg(frame, 90)


def a_scan(name: str) -> bytes:
    return to_jpeg(SPECIMENS.paper(name), 90)


def a_pdf(*pages: Image) -> bytes:
    first, *others = [PIL.Image.fromarray(one[..., ::-1]) for one in pages]
    made = io.BytesIO()
    first.save(made, "PDF", save_all=True, append_images=others, resolution=150)
    return made.getvalue()


class Phone:
    """A browser that keeps nothing but what its page was given."""

    def __init__(self, base: str, session: aiohttp.ClientSession, url: str) -> None:
        self._base, self._session = base, session
        self.token = url.partition("/phone/#")[2]
        self.secret = secrets.token_hex(16)

    async def open(self) -> Said:
        return await self._ask("POST", "", self.token, json={"secret": self.secret})

    async def look(self) -> Said:
        return await self._ask("GET", "", self.secret)

    async def send(
        self, data: bytes | AsyncIterable[bytes], file: str = "", **more: str
    ) -> Said:
        more["X-File"] = file or secrets.token_hex(16)
        return await self._ask("PUT", "/files", self.secret, data=data, headers=more)

    async def _ask(self, method: str, path: str, shown: str, **more: Any) -> Said:
        headers = more.pop("headers", {}) | {
            "Authorization": f"Phone {shown}",
            "Origin": self._base,
        }
        url = f"{self._base}/api/phone{path}"
        async with self._session.request(method, url, headers=headers, **more) as said:
            assert "Set-Cookie" not in said.headers
            assert said.headers["Cache-Control"] == "no-store"
            return said.status, await said.json()


class Visit:
    """A call in which papers are wanted."""

    def __init__(self, site: Site, counter: Ear, desk: Ear) -> None:
        self.site, self.counter, self.desk = site, counter, desk
        self._session: aiohttp.ClientSession

    @property
    def case(self) -> str:
        assert self.counter.session is not None, "a call is on"
        return str(self.counter.session["case"]["id"])

    def pages(self, paper: str = PAPER) -> list[dict[str, Any]]:
        assert self.desk.session is not None, "a call is on"
        found = self.desk.session["case"]["materials"]
        return next(one["pages"] for one in found if one["id"] == paper)

    async def invite(self, paper: str = PAPER, case: str = "") -> Said:
        path = "/api/terminal/phones"
        headers = {"Authorization": self.site.device.proof("POST", path)}
        body = {"case": case or self.case, "material": paper}
        url, ask = self.site.base + path, self.site.session.post
        async with ask(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def phone(self, paper: str = PAPER) -> Phone:
        """Return a phone whose camera has read the code for a paper."""
        status, invited = await self.invite(paper)
        assert status == 200, invited
        return self.another(invited["url"])

    def another(self, url: str) -> Phone:
        return Phone(self.site.base, self._session, url)

    async def opened(self, paper: str = PAPER) -> Phone:
        phone = await self.phone(paper)
        status, about = await phone.open()
        assert status == 200, about
        return phone


@contextlib.asynccontextmanager
async def a_visit_at(site: Site) -> AsyncIterator[Visit]:
    async with a_call(site) as (counter, desk, _), aiohttp.ClientSession() as phones:
        await counter.sees(lambda session: session["case"] is not None)
        await desk.sees(lambda session: session["case"] is not None)
        visit = Visit(site, counter, desk)
        visit._session = phones
        yield visit
