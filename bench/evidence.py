"""What the evidence log costs: appending to it, and proving from a long one.

CPU time of this process, not the wall's: an append also waits for the disk.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.report import Promise, at_least, at_most, quick, tell
from casework import merkle
from casework.ports import Entry
from casework.stores.sql import SqlCaseStore
from casework.stores.sql_log import node_id
from casework.stores.tables import create_tables, open_engine

SIZE = 100_000 if quick() else 1_000_000
LONGEST_PROOF = 5.0
"""Milliseconds of CPU for one proof of a log of ``SIZE`` entries."""
APPENDS = 200
"""Appends per second of CPU: 300 clerks with 30 entries in 5 minutes need 30."""
AT_ONCE = 50_000
ENTRY = "INSERT INTO entries (place, leaf) VALUES (?, ?)"
NODE = "INSERT INTO nodes (id, hash) VALUES (?, ?)"
Row = tuple[int, bytes]
NO_PEER = "pymerkle (GPL, not installed)"


async def measured() -> list[Promise]:
    """Return every promise about the log."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite+aiosqlite:///{Path(folder) / 'log.db'}")
        await create_tables(engine)
        store = SqlCaseStore(engine, b"m" * 32)
        async with engine.begin() as db:
            for leaves, made in _long_log():
                await db.exec_driver_sql(ENTRY, leaves)
                await db.exec_driver_sql(NODE, made)
        proof = await _proof_ms(store)
        grown = await _consistency_ms(store)
        appends = await _appends(store)
        await engine.dispose()
    size = f"{SIZE:,} entries"
    return [
        at_most(f"proof of an entry, {size}", "ms CPU", LONGEST_PROOF, proof, NO_PEER),
        at_most(f"proof of growth, {size}", "ms CPU", LONGEST_PROOF, grown, NO_PEER),
        at_least("appends to it", "per s CPU", APPENDS, appends, NO_PEER),
    ]


def _long_log() -> Iterator[tuple[list[Row], list[Row]]]:
    """Rows of a log of ``SIZE`` entries: what as many appends would have left."""
    frontier: dict[merkle.Node, bytes] = {}
    for start in range(0, SIZE, AT_ONCE):
        leaves: list[Row] = []
        made: list[Row] = []
        for index in range(start, start + AT_ONCE):
            leaf = b"entry %d" % index
            done = merkle.completed_nodes(index, merkle.leaf_hash(leaf), frontier)
            for used in merkle.left_neighbours(index):
                del frontier[used]
            # Only the largest is needed again; the others lie within it.
            largest = max(done)
            frontier[largest] = done[largest]
            leaves.append((index, leaf))
            made += [(node_id(node), one) for node, one in done.items()]
        yield leaves, made


async def _proof_ms(store: SqlCaseStore) -> float:
    chosen = random.Random(1)  # which entries, not a secret
    count = 100 if quick() else 500
    began = time.process_time()
    for _ in range(count):
        index = chosen.randrange(SIZE)
        await store.log.hashes(merkle.inclusion_ranges(index, SIZE))
    return (time.process_time() - began) * 1000 / count


async def _consistency_ms(store: SqlCaseStore) -> float:
    chosen = random.Random(2)  # as above
    count = 100 if quick() else 500
    began = time.process_time()
    for _ in range(count):
        first = chosen.randrange(1, SIZE)
        await store.log.hashes(merkle.consistency_ranges(first, SIZE))
    return (time.process_time() - began) * 1000 / count


async def _appends(store: SqlCaseStore) -> float:
    count = 100 if quick() else 500
    facts = {"material": "identity", "page": "0" * 32, "sha256": "0" * 64}
    began = time.process_time()
    for number in range(count):
        at = float(number)
        await store.append(Entry(kind="page-stored", at=at, by="bench", facts=facts))
    return count / (time.process_time() - began)


def main() -> int:
    """Measure and tell."""
    return tell("evidence", asyncio.run(measured()))


if __name__ == "__main__":
    sys.exit(main())
