"""Pages over real HTTP: what the server's receipt means, and what may come late."""


import pytest

from casework.errors import NotStored
from casework.paperwork import Paperwork
from casework.stores.objects import Objects
from protocol.ids import PageId
from tests.builders import FONTS, Office, a_jpeg

PAGE = PageId("1" * 32)


class LossyObjects(Objects):
    """An object store that takes everything and keeps it badly."""

    fault = ""

    async def put(self, key: str, data: bytes) -> None:
        if self.fault == "lost":
            return
        if self.fault == "cut":
            data = data[:-1]
        if self.fault == "damaged":
            data = data[:-1] + bytes([data[-1] ^ 1])
        await super().put(key, data)


@pytest.mark.parametrize("fault", ["lost", "cut", "damaged"])
async def test_what_the_store_does_not_give_back_is_not_called_stored(
    office: Office, fault: str
) -> None:
    case = await office.opened()
    objects = LossyObjects(str(office.folder / "lossy"))
    papers = Paperwork(office.store, objects, office.authority, FONTS)
    objects.fault = fault

    with pytest.raises(NotStored):
        await papers.keep_bytes(case.id, "page", a_jpeg())

    objects.fault = ""
    key = await papers.keep_bytes(case.id, "page", a_jpeg())
    assert await papers.read_bytes(case.id, key) == a_jpeg()
