"""An office that releases licences by document, and a reader of made-up documents."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

from casework.items import FieldSpec
from protocol.views import ReadField
from signaling.readings import Leaf, Read, ReadingFailed, SealRead
from tests.builders import ITEM, ROOT
from tests.signaling.site import Site

HELD = "A123456(3)"


class NumberReader:
    """Reads ``number`` from every picture, and remembers how many there were."""

    def __init__(self, number: str = HELD, *, verified: bool = True) -> None:
        self.number = number
        self.verified = verified
        self.broken = False
        self.pictures = 0

    async def read(self, jpeg: bytes, fields: Sequence[FieldSpec]) -> Read:
        self.pictures += 1
        if self.broken:
            raise ReadingFailed("broken")
        [field] = fields
        found = ReadField(
            name=field.name,
            text=self.number,
            confidence=0.9,
            place=[0.0, 0.0, 1.0, 1.0],
            verified=self.verified,
            why="checked" if self.verified else "no-check-digit",
        )
        return Read([found], b"[]")

    async def seal(self, jpeg: bytes) -> SealRead:
        raise ReadingFailed("no seals here")

    async def bind(self, leaves: Sequence[Leaf], title: str) -> bytes:
        raise ReadingFailed("binds nothing")


def releasing_by(folder: Path, release: str, *more: str) -> Site:
    """Return a site whose office releases the licences of our item like that.

    ``more``: further lines of the service item.
    """
    shutil.copytree(ROOT / "services", folder / "services")
    file = folder / f"services/{ITEM}.yaml"
    lines = "\n".join([f"release: {release}", *more])
    file.write_text(f"{file.read_text('utf-8')}{lines}\n", "utf-8")
    site = Site(folder)
    services = str(folder / "services")
    site.settings = dataclasses.replace(site.settings, services_dir=services)
    return site
