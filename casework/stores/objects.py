"""Objects in a folder or in any S3, through one library."""

import asyncio
import contextlib
from pathlib import Path

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, from_url

from casework.errors import NotFound
from casework.stores.durable import sync


class Objects:
    """An ``ObjectStore`` on obstore. Keys are our own words, digits and slashes."""

    def __init__(self, address: str) -> None:
        """Open ``address``: a folder, or a URL such as ``s3://bucket/prefix``."""
        self._folder: Path | None = None
        if "://" in address:
            self._store: obstore.store.ObjectStore = from_url(address)
        else:
            self._folder = Path(address)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(address)

    async def put(self, key: str, data: bytes) -> None:
        await obstore.put_async(self._store, key, data)
        if self._folder is not None:  # obstore renames, but syncs nothing
            await asyncio.to_thread(sync, self._folder / key, self._folder)

    async def get(self, key: str) -> bytes:
        try:
            found = await obstore.get_async(self._store, key)
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound(key) from error
        return bytes(await found.bytes_async())

    async def get_range(self, key: str, start: int, length: int) -> bytes:
        try:
            found = await obstore.get_range_async(
                self._store, key, start=start, length=length
            )
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound(key) from error
        return bytes(found)

    async def delete_all(self, prefix: str) -> None:
        found: list[str] = []
        async for part in obstore.list(self._store, prefix=prefix):
            found += [one["path"] for one in part]
        for key in found:
            with contextlib.suppress(NotFoundError, FileNotFoundError):
                await obstore.delete_async(self._store, key)
