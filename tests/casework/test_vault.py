import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework import vault
from casework.errors import NotFound, Unreadable
from casework.stores.objects import Objects

KEY = b"k" * 32


@pytest.mark.parametrize(
    "size", [0, 1, vault.PIECE - 1, vault.PIECE, vault.PIECE + 1, 3 * vault.PIECE + 5]
)
def test_what_was_sealed_is_unsealed(size: int) -> None:
    data = os.urandom(size)

    sealed = vault.seal(KEY, "name", data)

    assert vault.unseal(KEY, "name", sealed) == data
    # A few bytes may lie anywhere by chance, thirty-two do not.
    assert size < 32 or data[:32] not in sealed


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_found(place: int, change: int) -> None:
    sealed = bytearray(vault.seal(KEY, "name", b"x" * 9_000))
    sealed[place % len(sealed)] ^= change

    with pytest.raises(Unreadable):
        vault.unseal(KEY, "name", bytes(sealed))


def test_an_object_moved_to_another_case_cannot_be_read() -> None:
    sealed = vault.seal(KEY, "cases/a/licence", b"secret")

    with pytest.raises(Unreadable):
        vault.unseal(KEY, "cases/b/licence", sealed)


def test_a_cut_off_object_cannot_be_read() -> None:
    sealed = vault.seal(KEY, "name", b"x" * (2 * vault.PIECE))

    with pytest.raises(Unreadable):
        vault.unseal(KEY, "name", sealed[: vault.HEADER + vault.PIECE + vault.TAG])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 700_000), st.integers(0, 700_000))
async def test_any_range_of_a_film_is_read_as_it_was(start: int, end: int) -> None:
    data = bytes(n % 251 for n in range(600_000))
    sealed = vault.seal(KEY, "film", data)

    class Held:
        async def put(self, key: str, data: bytes) -> None: ...

        async def get(self, key: str) -> bytes:
            return sealed

        async def get_range(self, key: str, start: int, length: int) -> bytes:
            return sealed[start : start + length]

        async def delete_all(self, prefix: str) -> None: ...

    found = await vault.read_range(Held(), KEY, "film", (start, end), len(data))

    assert found == data[start:end]


async def test_objects_in_a_folder_come_back_and_missing_ones_are_said(
    tmp_path: Path,
) -> None:
    objects = Objects(str(tmp_path))

    await objects.put("cases/1/page", b"0123456789")

    assert await objects.get("cases/1/page") == b"0123456789"
    assert await objects.get_range("cases/1/page", 3, 4) == b"3456"
    with pytest.raises(NotFound):
        await objects.get("cases/1/none")


async def test_objects_are_deleted_by_what_their_names_begin_with(
    tmp_path: Path,
) -> None:
    objects = Objects(str(tmp_path))
    for name in ("recordings/a/film/0", "recordings/a/manifest", "recordings/ab/film"):
        await objects.put(name, b"data")

    for _ in range(2):
        await objects.delete_all("recordings/a/")

    with pytest.raises(NotFound):
        await objects.get("recordings/a/film/0")
    with pytest.raises(NotFound):
        await objects.get("recordings/a/manifest")
    assert await objects.get("recordings/ab/film") == b"data"
