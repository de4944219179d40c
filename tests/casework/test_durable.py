"""A file that was stored is synced, and so is every folder that names it."""

import os
from pathlib import Path

import pytest

from casework.stores.durable import sync, write_whole
from casework.stores.objects import Objects


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return what the system was told to sync."""
    found, real = list[Path](), os.fsync

    def fsync(handle: int) -> None:
        found.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


async def test_an_object_in_a_folder_survives_a_power_cut(
    tmp_path: Path, synced: list[Path]
) -> None:
    await Objects(str(tmp_path)).put("a/b/c", b"kept")

    assert synced == [tmp_path / "a/b/c", tmp_path / "a/b", tmp_path / "a", tmp_path]


def test_what_is_written_whole_has_reached_the_disk_before_it_has_its_name(
    tmp_path: Path, synced: list[Path]
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"old")

    write_whole(kept, b"new")

    assert synced == [tmp_path / "kept.half", kept, tmp_path]
    assert (kept.read_bytes(), list(tmp_path.iterdir())) == (b"new", [kept])


def test_what_is_not_there_cannot_be_called_durable(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "nothing", tmp_path)
