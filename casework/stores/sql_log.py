"""The evidence log in SQLite or PostgreSQL: appended to, proved from, never read whole.

Beside its leaf, an entry leaves the subtrees that it completes (two rows on
average), so a proof reads O(log n) rows. What opens its facts is sealed with the
key of its case, in a table of its own: it ends with the case, the log does not.
"""

import contextlib
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from casework import merkle, vault
from casework.errors import NotFound, Unreadable
from casework.evidence import BY, make_leaf, read_leaf
from casework.log_ports import Kept
from casework.ports import Entry, LoggedEntry, Opened
from casework.stores.tables import (
    cases,
    checkpoints,
    entries,
    nodes,
    openings,
    witnessed,
)
from protocol.ids import CaseId

LEVEL = 1 << 40
"""Places on one level of the tree: more entries than any office will make."""
AT_ONCE = 500
"""Nodes asked for in one statement; SQLite takes tens of thousands of values."""
LOCK = 0x5C_106
"""PostgreSQL's advisory lock of the log: one entry after the other."""

Facts = dict[str, Opened]


def node_id(node: merkle.Node) -> int:
    """Return the key of a subtree's row."""
    level, place = node
    return level * LEVEL + place


async def append_entry(db: AsyncConnection, master: bytes, entry: Entry) -> int:
    """Append ``entry`` within a transaction, and return its index."""
    if db.dialect.name == "postgresql":
        await db.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    of_case = sa.select(sa.func.max(entries.c.place)).where(
        entries.c.case == entry.case
    )
    everything = sa.select(sa.func.max(entries.c.place))
    query = sa.select(everything.scalar_subquery(), of_case.scalar_subquery())
    last, before = (await db.execute(query)).one()
    index = 0 if last is None else int(last) + 1
    leaf, opened = make_leaf(entry, -1 if before is None else int(before))
    row = {"place": index, "case": entry.case, "leaf": leaf}
    await db.execute(entries.insert().values(row))
    await _add_nodes(db, index, merkle.leaf_hash(leaf))
    await _keep_opened(db, master, entry.case, index, opened)
    return index


async def _add_nodes(db: AsyncConnection, index: int, leaf: bytes) -> None:
    neighbours = await _nodes(db, merkle.left_neighbours(index))
    made = merkle.completed_nodes(index, leaf, neighbours)
    rows = [{"id": node_id(node), "hash": one} for node, one in made.items()]
    await db.execute(nodes.insert(), rows)


async def fill_nodes(engine: AsyncEngine) -> None:
    """Make the subtrees of a log that was begun before they were kept."""
    async with engine.begin() as db:
        query = sa.select(sa.func.max(nodes.c.id)).where(nodes.c.id < LEVEL)
        last = await db.scalar(query)
        missing = (
            sa.select(entries.c.place, entries.c.leaf)
            .where(entries.c.place > (-1 if last is None else int(last)))
            .order_by(entries.c.place)
        )
        for row in (await db.execute(missing)).all():
            await _add_nodes(db, row.place, merkle.leaf_hash(row.leaf))


async def _nodes(
    db: AsyncConnection, wanted: Iterable[merkle.Node]
) -> dict[merkle.Node, bytes]:
    by_id = {node_id(node): node for node in wanted}
    ids = list(by_id)
    found: dict[merkle.Node, bytes] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        query = sa.select(nodes.c.id, nodes.c.hash).where(nodes.c.id.in_(part))
        found |= {by_id[row.id]: row.hash for row in (await db.execute(query)).all()}
    if len(found) != len(ids):
        raise Unreadable("the log lacks nodes")
    return found


async def _keep_opened(
    db: AsyncConnection, master: bytes, case: CaseId | None, index: int, facts: Facts
) -> None:
    key = await _case_key(db, master, case)
    body = msgspec.json.encode(facts)
    sealed = vault.seal(key or _log_key(master), _name(index), body)
    row = {"place": index, "of_case": key is not None, "body": sealed}
    await db.execute(openings.insert().values(row))


async def _case_key(
    db: AsyncConnection, master: bytes, case: CaseId | None
) -> bytes | None:
    """Return the key of a case, or ``None`` before it was opened or once destroyed."""
    if case is None:
        return None
    wrapped = await db.scalar(sa.select(cases.c.key).filter_by(id=case))
    return vault.unwrap(master, wrapped, case) if wrapped else None


def _log_key(master: bytes) -> bytes:
    return vault.derived(master, "evidence log")


def _name(index: int) -> str:
    return f"opening/{index}"


class SqlEvidenceLog:
    """An ``EvidenceLog``."""

    def __init__(self, engine: AsyncEngine, master_key: bytes) -> None:
        self._engine = engine
        self._master = master_key

    async def size(self) -> int:
        async with self._engine.begin() as db:
            last = await db.scalar(sa.select(sa.func.max(entries.c.place)))
        return 0 if last is None else int(last) + 1

    async def leaf(self, index: int) -> bytes:
        query = sa.select(entries.c.leaf).where(entries.c.place == index)
        async with self._engine.begin() as db:
            leaf = await db.scalar(query)
        if leaf is None:
            raise NotFound("entry")
        return bytes(leaf)

    async def hashes(self, ranges: list[merkle.Range]) -> list[bytes]:
        wanted = [node for one in ranges for node in merkle.nodes_of(one)]
        async with self._engine.begin() as db:
            found = await _nodes(db, wanted)
        return [merkle.hash_of(one, found) for one in ranges]

    async def entries(self, case: CaseId | None = None) -> list[LoggedEntry]:
        query = (
            sa.select(entries, openings.c.of_case, openings.c.body)
            .outerjoin(openings, openings.c.place == entries.c.place)
            .order_by(entries.c.place)
        )
        if case is not None:
            query = query.where(entries.c.case == case)
        async with self._engine.begin() as db:
            rows = (await db.execute(query)).all()
            owners = {row.case for row in rows if row.of_case}
            keys = {one: await _case_key(db, self._master, one) for one in owners}
        keys[None] = _log_key(self._master)
        found = []
        for row in rows:
            key = keys.get(row.case if row.of_case else None)
            facts = _unsealed(key, row.place, row.body) if row.body and key else {}
            found.append(_entry(row.place, row.leaf, facts))
        return found


def _unsealed(key: bytes, index: int, sealed: bytes) -> Facts:
    plain = vault.unseal(key, _name(index), sealed)
    return msgspec.json.decode(plain, type=Facts)


def _entry(index: int, leaf: bytes, opened: Facts) -> LoggedEntry:
    try:
        read = read_leaf(leaf)
    except Unreadable:
        # Entries had their facts in the clear before leaves were salted.
        return LoggedEntry(index, leaf, msgspec.json.decode(leaf, type=Entry))
    facts = {name: one.value for name, one in opened.items()}
    by = facts.pop(BY, "")
    case = CaseId(read.case) if read.case is not None else None
    said = Entry(kind=read.kind, at=read.at, by=by, case=case, facts=facts)
    return LoggedEntry(index, leaf, said, opened)


class SqlCheckpointStore:
    """A ``CheckpointStore``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, checkpoint: Kept) -> None:
        with contextlib.suppress(IntegrityError):  # another server was faster
            async with self._engine.begin() as db:
                row = msgspec.to_builtins(checkpoint, builtin_types=(bytes,))
                await db.execute(checkpoints.insert().values(row))

    async def of_size(self, size: int) -> Kept | None:
        query = sa.select(checkpoints).where(checkpoints.c.size == size)
        async with self._engine.begin() as db:
            row = (await db.execute(query)).one_or_none()
        return _kept(row) if row is not None else None

    async def after(self, size: int, most: int) -> list[Kept]:
        query = (
            sa.select(checkpoints)
            .where(checkpoints.c.size > size)
            .order_by(checkpoints.c.size)
            .limit(most)
        )
        async with self._engine.begin() as db:
            return [_kept(row) for row in (await db.execute(query)).all()]

    async def witnessed(self, size: int, at: float) -> None:
        with contextlib.suppress(IntegrityError):  # another server was faster
            async with self._engine.begin() as db:
                await db.execute(witnessed.insert().values(size=size, at=at))

    async def last_witnessed(self) -> int:
        async with self._engine.begin() as db:
            last = await db.scalar(sa.select(sa.func.max(witnessed.c.size)))
        return int(last or 0)


def _kept(row: sa.Row[Any]) -> Kept:
    return Kept(size=row.size, at=row.at, note=row.note, token=row.token)
