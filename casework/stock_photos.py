"""Photographs of spoiled blank sheets: of no case, sealed all the same."""

import hashlib

from casework import vault
from casework.ports import ObjectStore
from casework.stock import Photo


class StockPhotos:
    """Keeps them sealed with one key of the office."""

    def __init__(self, objects: ObjectStore, key: bytes) -> None:
        self._objects = objects
        self._key = key

    async def keep(self, serial: str, jpeg: bytes) -> Photo:
        """Store a photograph of the sheet with this number."""
        digest = hashlib.sha256(jpeg).hexdigest()
        place = f"stock/{serial}-{digest[:16]}"
        await self._objects.put(place, vault.seal(self._key, place, jpeg))
        return Photo(place, digest)

    async def read(self, photo: Photo) -> bytes:
        """Return a photograph, or raise ``NotFound``."""
        sealed = await self._objects.get(photo.key)
        return vault.unseal(self._key, photo.key, sealed)
