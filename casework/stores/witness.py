"""A witness in an object store of its own: a folder, or a bucket with object lock.

It is as good as the place is out of the office's hands. An S3 bucket of somebody
else with object lock (compliance mode) cannot be changed by us; a folder of this
machine can, and shows only what was changed by mistake or by an intruder who did
not think of it.
"""

import asyncio
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from casework import merkle
from casework.errors import LogForked
from casework.evidence import Checkpoint, read_checkpoint
from casework.stores.durable import sync

FOLDER = "checkpoints/"


def witness_name(size: int) -> str:
    """Return the name of the object with the checkpoint of ``size``."""
    return f"{FOLDER}{size:012d}"


class ObjectWitness:
    """A ``Witness``. Each checkpoint is an object that is made once, never replaced."""

    def __init__(self, address: str, public_key: bytes) -> None:
        """Open ``address``, a folder or URL, for the log of ``public_key``."""
        self._public = public_key
        self._latest: str | None = None
        self._folder: Path | None = None
        if "://" in address:
            self._store: obstore.store.ObjectStore = from_url(address)
        else:
            self._folder = Path(address)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(address)

    async def latest(self) -> str | None:
        try:
            if self._latest is None:
                names: list[str] = []
                async for part in obstore.list(self._store, prefix=FOLDER):
                    names += [one["path"] for one in part]
                if names:
                    self._latest = await self._read(max(names))
        except BaseError as error:
            raise OSError("witness") from error
        return self._latest

    async def keep(self, note: str, proof: list[bytes]) -> None:
        new = read_checkpoint(note, self._public)
        newest = await self.latest()
        old = read_checkpoint(newest, self._public) if newest else _NOTHING
        if not merkle.grew((old.size, old.root), (new.size, new.root), proof):
            raise LogForked(str(new.size))
        try:
            name = witness_name(new.size)
            await obstore.put_async(self._store, name, note.encode(), mode="create")
            if self._folder is not None:  # obstore renames, but syncs nothing
                await asyncio.to_thread(sync, self._folder / name, self._folder)
        except AlreadyExistsError:
            if await self._read(name) != note:
                raise LogForked(str(new.size)) from None
        except BaseError as error:
            raise OSError("witness") from error
        self._latest = note

    async def _read(self, name: str) -> str:
        found = await obstore.get_async(self._store, name)
        return bytes(await found.bytes_async()).decode("utf-8", "replace")


_NOTHING = Checkpoint(0, merkle.EMPTY)
