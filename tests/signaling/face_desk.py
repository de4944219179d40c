"""An office that looks at faces: a window, a supervisor's desk, one issued licence."""

import contextlib
import dataclasses
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from casework.case import Case
from casework.material import Page
from document_capture.images import Image
from document_capture.straighten import to_jpeg
from protocol.faces import FACE_CONSENT, Unmatched
from protocol.ids import IDENTITY, PageId, StaffId
from protocol.states import MaterialState
from tests.signaling.holder import releasing_by
from tests.signaling.print_desk import CODE, NUMBER, an_issued_case
from tests.signaling.site import Site, serving

COMPARED = {
    "band": "likely-same",
    "engine": "opencv-onnx",
    "models": "0" * 64,
    "rule": "faces/1",
    "pictures": 5,
}


class FaceDesk:
    """Asks as a window does, and as a supervisor does."""

    def __init__(self, site: Site, case: Case) -> None:
        self.site, self.case = site, case

    async def asks(self, path: str, **body: object) -> tuple[int, bytes]:
        """Ask as the window; return status and body."""
        address = f"/api/terminal/releases{path}"
        head = {"Authorization": self.site.device.proof("POST", address)}
        url = f"{self.site.base}{address}"
        async with self.site.session.post(url, json=body, headers=head) as answer:
            return answer.status, await answer.read()

    async def window(self, path: str, **body: object) -> tuple[int, dict[str, object]]:
        """Ask as the window; return status and what JSON says."""
        status, raw = await self.asks(path, number=NUMBER, **body)
        return status, msgspec.json.decode(raw)

    async def types_the_code(self) -> tuple[int, dict[str, object]]:
        return await self.window("", code=CODE)

    async def agrees(self) -> tuple[int, bytes]:
        words = {"consent": FACE_CONSENT, "language": "zh-Hant"}
        return await self.asks("/face/portrait", number=NUMBER, **words)

    async def leaves_it(self, why: Unmatched) -> tuple[int, dict[str, object]]:
        return await self.window("/face", why=why.value)

    async def decides(self, *, same: bool, how: str = "in-person") -> int:
        """Decide as whoever is signed in; return the status."""
        url = f"{self.site.base}/api/releases/{NUMBER}/face"
        body, head = {"same": same, "how": how}, {"Origin": self.site.base}
        async with self.site.session.post(url, json=body, headers=head) as answer:
            return answer.status

    async def waiting(self) -> list[dict[str, object]]:
        """Return who waits at windows, as a supervisor sees it."""
        url = f"{self.site.base}/api/printing"
        async with self.site.session.get(url) as answer:
            view = await answer.json()
        found: list[dict[str, object]] = view["waiting"]
        return found

    async def is_of(self, clerk: StaffId) -> None:
        """Have the case be of that clerk."""
        store = self.site.services.cases.ledger.store
        old = await store.load(self.case.id)
        new = msgspec.structs.replace(old, clerk=clerk, version=old.version + 1)
        await store.save(new, None, None)

    async def lay(self, picture: Image) -> None:
        """Have ``picture`` be the identity document that the clerk accepted."""
        services = self.site.services
        jpeg = to_jpeg(picture, 90)
        key = await services.papers.keep_bytes(self.case.id, "identity-page", jpeg)
        digest = hashlib.sha256(jpeg).hexdigest()
        page = Page(id=PageId("e" * 32), sha256=digest, page=key, preview=key)
        store = services.cases.ledger.store
        old = await store.load(self.case.id)
        papers = tuple(
            msgspec.structs.replace(one, pages=(page,), state=MaterialState.ACCEPTED)
            if one.id == IDENTITY
            else one
            for one in old.materials
        )
        new = msgspec.structs.replace(old, materials=papers, version=old.version + 1)
        await store.save(new, None, None)


@contextlib.asynccontextmanager
async def a_face_desk(
    folder: Path, models: Path | None = None
) -> AsyncIterator[FaceDesk]:
    """Yield an office whose supervisor is signed in; its networks are in ``models``."""
    site = releasing_by(folder, "code", "release_face: true")
    if models is not None:
        site.settings = dataclasses.replace(site.settings, face_models=str(models))
    async with serving(site):
        await site.enrol()
        await site.sign_in("supervisor")
        yield FaceDesk(site, await an_issued_case(site, b"%PDF-1.7"))
