"""On PostgreSQL the server cannot change the log, and its owner not by mistake."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from casework.stores.tables import metadata
from tests.builders import ROOT

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)
Ask = Callable[[str, str], str]

pytestmark = pytest.mark.skipif(
    BIN is None or not shutil.which("psql") or not shutil.which("su"),
    reason="no PostgreSQL on this machine",
)


def _as_postgres(command: str) -> None:
    subprocess.run(
        ["su", "postgres", "-c", command], check=True, capture_output=True, timeout=60
    )


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Say SQL as a role, and return what the server complains of."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        shutil.chown(folder, "postgres")
        _as_postgres(f"{BIN}/initdb -D {folder}/db -A trust")
    except (LookupError, OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder)
        pytest.skip(f"cannot start PostgreSQL here: {type(error).__name__}")
    control = f"{BIN}/pg_ctl -D {folder}/db -l {folder}/log -w"
    _as_postgres(f"{control} -o '-k {folder} -c listen_addresses=' start")

    def said(role: str, sql: str, *more: str) -> str:
        words = ["psql", "-h", str(folder), "-U", role, "-d", "postgres", "-q", *more]
        done = subprocess.run(
            words, input=sql, capture_output=True, text=True, check=False
        )
        return done.stderr

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # ships no types
    tables = [
        str(CreateTable(t).compile(dialect=dialect)) for t in metadata.sorted_tables
    ]
    assert said("postgres", "CREATE ROLE counter LOGIN;" + ";".join(tables)) == ""
    script = (ROOT / "deploy/evidence-log.sql").read_text("utf-8")
    assert "ERROR" not in said("postgres", script, "-v", "role=counter")
    yield said
    _as_postgres(f"{control} -m immediate stop")
    shutil.rmtree(folder)


def test_entries_are_added_one_after_the_other(ask: Ask) -> None:
    add = "INSERT INTO entries (place, leaf) VALUES ({}, 'x')"

    assert ask("counter", add.format(0)) == ""
    assert ask("counter", add.format(1)) == ""
    for place in (1, 7):
        assert "only grows" in ask("counter", add.format(place))


@pytest.mark.parametrize("table", ["entries", "nodes", "checkpoints"])
def test_nothing_in_the_log_is_changed_or_removed(ask: Ask, table: str) -> None:
    for sql in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        assert "permission denied" in ask("counter", sql)
        assert "only grows" in ask("postgres", sql)
    assert "must be owner" in ask(
        "counter", f"DROP TRIGGER {table}_only_grow ON {table}"
    )


def test_what_opens_facts_may_go(ask: Ask) -> None:
    assert ask("counter", "INSERT INTO openings VALUES (0, true, 'x')") == ""
    assert ask("counter", "DELETE FROM openings") == ""
