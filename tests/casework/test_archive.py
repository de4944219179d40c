"""The zip of a dossier: any tool opens it, and no byte of it is free."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.archive import pack, unpack
from casework.errors import Unreadable

PARTS = st.text("abcé材", min_size=1, max_size=6)
NAMES = st.builds("{}/{}.{}".format, PARTS, PARTS, PARTS) | PARTS
MEMBERS = {"manifest.json": b"{}", "materials/a.jpg": b"\xff\xd8", "材料.txt": b""}


def test_any_zip_tool_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(MEMBERS))) as box:
        assert box.testzip() is None
        assert {name: box.read(name) for name in box.namelist()} == MEMBERS


@given(st.dictionaries(NAMES, st.binary(max_size=60), min_size=1, max_size=6))
def test_what_was_packed_comes_out_again(members: dict[str, bytes]) -> None:
    assert unpack(pack(members)) == (members, True)


@given(st.data())
def test_a_byte_that_is_changed_anywhere_is_noticed(data: st.DataObject) -> None:
    packed = bytearray(pack(MEMBERS))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))

    try:
        members, exact = unpack(bytes(packed))
    except Unreadable:
        return
    assert not exact or members != MEMBERS


@given(st.integers(0, len(pack(MEMBERS)) - 1))
def test_a_file_that_was_cut_off_is_noticed(length: int) -> None:
    try:
        _, exact = unpack(pack(MEMBERS)[:length])
    except Unreadable:
        return
    assert not exact


@given(st.binary(max_size=300))
def test_garbage_is_no_archive(data: bytes) -> None:
    with pytest.raises(Unreadable):
        unpack(b"PK\x03\x03" + data)


def test_anything_before_or_behind_it_is_noticed() -> None:
    assert unpack(pack(MEMBERS) + b"x")[1] is False
    with pytest.raises(Unreadable):
        unpack(b"x" + pack(MEMBERS))


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/a", "a//b", "a/./b", "..\\a"])
def test_a_name_that_leaves_the_folder_is_no_dossiers(name: str) -> None:
    with pytest.raises(Unreadable):
        unpack(pack({name: b"x"}))
