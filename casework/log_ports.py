"""What proofs need of the evidence log."""

from typing import Protocol

import msgspec

from casework.case import Case
from casework.cosignature import WitnessKey
from casework.merkle import Range
from casework.ports import Entry, LoggedEntry
from protocol.ids import CaseId


class EvidenceLog(Protocol):
    """The Merkle log of an office, to be read from and proved from."""

    async def size(self) -> int:
        """Return how many entries there are."""
        ...

    async def leaf(self, index: int) -> bytes:
        """Return the leaf at ``index``, or raise ``NotFound``."""
        ...

    async def hashes(self, ranges: list[Range]) -> list[bytes]:
        """Return the hash over each range of ``merkle``, from O(log n) rows.

        Raises:
            Unreadable: the log is shorter, or was damaged.
        """
        ...

    async def entries(self, case: CaseId | None = None) -> list[LoggedEntry]:
        """Return the entries of a case in order; without one, of the whole log."""
        ...


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint as it was made.

    ``note`` is what was signed with its signature; ``token`` a timestamp over the
    SHA-256 of the note (RFC 3161, DER), empty where nobody gives the time.
    """

    size: int
    at: float
    note: str
    token: bytes = b""


class CheckpointStore(Protocol):
    """Keeps checkpoints; none is ever changed."""

    async def keep(self, checkpoint: Kept) -> None:
        """Keep a checkpoint; one of this size that is there stays as it is."""
        ...

    async def of_size(self, size: int) -> Kept | None:
        """Return the checkpoint of that size, if one was made."""
        ...

    async def after(self, size: int, most: int) -> list[Kept]:
        """Return the ``most`` checkpoints that follow the one of ``size``, in order."""
        ...

    async def witnessed(self, size: int, at: float) -> None:
        """Remember that the witness has the checkpoint of ``size``."""
        ...

    async def last_witnessed(self) -> int:
        """Return the size of the largest checkpoint that the witness has, or 0."""
        ...


class Witness(Protocol):
    """Keeps checkpoints where the office cannot change them.

    Implementations pass ``tests/casework/witness_rules.py``. Any of the methods may
    raise ``OSError`` when the witness cannot be reached.
    """

    async def latest(self) -> str | None:
        """Return the newest checkpoint that it has, as a signed note."""
        ...

    async def keep(self, note: str, proof: list[bytes]) -> None:
        """Keep a checkpoint that continues the newest one, as ``proof`` shows.

        ``proof`` is that of RFC 9162 section 2.1.4, empty for the first one.

        Raises:
            LogForked: it does not continue it; nothing is kept.
            Unreadable: not signed by the log's key.
        """
        ...


class Cosigner(Protocol):
    """A witness on another machine that signs what it has seen."""

    @property
    def key(self) -> WitnessKey:
        """Who it is."""
        ...

    async def cosign(self, old: int, proof: list[bytes], note: str) -> str:
        """Return the line by which it cosigns ``note``, which grew from size ``old``.

        ``proof`` is that of RFC 9162 section 2.1.4; empty if ``old`` is 0.

        Raises:
            WitnessIsAt: the last checkpoint that it cosigned has another size.
            LogForked: what it has seen is not the beginning of this log.
            Unreadable: its answer is none, or it refuses ours.
            OSError: it cannot be reached.
        """
        ...


class CosignatureStore(Protocol):
    """Keeps cosignatures; none is ever changed."""

    async def keep(self, size: int, key: WitnessKey, line: str) -> None:
        """Keep a line for the checkpoint of ``size``; the first one stays."""
        ...

    async def line(self, size: int, key: WitnessKey) -> str | None:
        """Return the cosignature of the checkpoint of ``size``, if there is one."""
        ...

    async def last(self, key: WitnessKey) -> int:
        """Return the size of the largest checkpoint that it cosigned, or 0."""
        ...


class Gone(msgspec.Struct, frozen=True):
    """A case whose key was destroyed at ``at``, and whose files still have to go."""

    id: CaseId
    number: str
    at: float


class CaseShelf(Protocol):
    """Cases as retention sees them."""

    async def untouched(
        self, before: float, after: tuple[float, CaseId], most: int
    ) -> list[Case]:
        """Return cases last changed before ``before``, oldest first.

        From just after the one that ``after`` names by that time and its id.
        """
        ...

    async def destroy(self, case: Case, entry: Entry) -> None:
        """Destroy the key of a case and what opens its facts, and log ``entry``.

        Nothing happens to a case that has changed since it was read.
        """
        ...

    async def destroyed(self) -> list[Gone]:
        """Return every case that was destroyed and is not finished."""
        ...

    async def finished(self, case: CaseId) -> None:
        """Nothing is left to be done for a case that was destroyed."""
        ...
