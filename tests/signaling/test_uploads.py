import hashlib
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.arriving import Arriving
from casework.errors import NotFound, NotTheseBytes
from protocol.ids import CaseId, MaterialId, PageId, TerminalId, UploadId
from signaling.uploads import (
    LARGEST_PAGE,
    Announced,
    Uploads,
    UploadTooLarge,
    WrongOffset,
)
from tests.builders import TERMINAL

KEY = b"k" * 32
DATA = bytes(range(256)) * 40


def announced(name: str = "a", size: int = len(DATA), digest: str = "") -> Announced:
    return Announced(
        UploadId(name * 32),
        CaseId("c"),
        Arriving(material=MaterialId("articles"), page=PageId("b" * 32)),
        "page",
        size,
        digest or hashlib.sha256(DATA).hexdigest(),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.integers(1, len(DATA) - 1), max_size=6), again=st.booleans())
def test_however_the_line_is_cut_the_page_arrives_whole(
    tmp_path: Path, cuts: list[int], again: bool
) -> None:
    uploads = Uploads(tmp_path, KEY)
    about = announced()
    places = sorted({0, *cuts, len(DATA)})
    for begin, end in itertools.pairwise(places):
        uploads = Uploads(tmp_path, KEY)  # a restart between any two chunks
        assert uploads.begin(about, TERMINAL) == begin
        assert uploads.add(about, begin, DATA[begin:end]) == end
        if again:
            assert uploads.add(about, begin, DATA[begin:end]) == end

    assert uploads.take(about) == DATA
    uploads.forget(about.id)
    assert list(tmp_path.iterdir()) == []


def test_a_hole_is_refused_with_the_place_to_go_on(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, KEY)
    uploads.begin(announced(), TERMINAL)
    uploads.add(announced(), 0, DATA[:100])

    with pytest.raises(WrongOffset, match="100"):
        uploads.add(announced(), 200, DATA[200:300])


def test_other_bytes_than_announced_are_thrown_away(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, KEY)
    about = announced(digest="0" * 64)
    uploads.begin(about, TERMINAL)
    uploads.add(about, 0, DATA)

    with pytest.raises(NotTheseBytes):
        uploads.take(about)

    assert uploads.begin(about, TERMINAL) == 0


def test_more_than_announced_or_allowed_is_refused(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, KEY)
    uploads.begin(announced(size=10), TERMINAL)

    with pytest.raises(UploadTooLarge):
        uploads.add(announced(size=10), 0, DATA)
    with pytest.raises(UploadTooLarge):
        uploads.begin(announced("b", size=LARGEST_PAGE + 1), TERMINAL)


def test_an_upload_of_another_terminal_cannot_be_found(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, KEY)
    uploads.begin(announced(), TERMINAL)

    with pytest.raises(NotFound):
        uploads.find(announced().id, TerminalId("other"))
    with pytest.raises(NotFound):
        uploads.find(UploadId("../../etc/passwd"), TERMINAL)


def test_many_terminals_may_begin_and_finish_at_once(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, KEY)

    def one_page(number: int) -> None:
        about = msgspec.structs.replace(announced(), id=UploadId(f"{number:032x}"))
        terminal = TerminalId(f"t{number % 6}")
        uploads.begin(about, terminal)
        uploads.add(about, 0, DATA)
        uploads.finish(about, terminal)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one_page, range(300)))

    assert {path.suffix for path in tmp_path.iterdir()} == {".stored"}


def test_what_was_begun_or_stored_days_ago_is_removed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, KEY)
    uploads.begin(announced("a"), TERMINAL)
    uploads.begin(announced("b"), TERMINAL)
    uploads.finish(announced("b"), TERMINAL)
    for path in tmp_path.iterdir():
        os.utime(path, (0, 1000))

    Uploads(tmp_path, KEY).begin(announced("c"), TERMINAL)

    assert [path.name for path in tmp_path.iterdir()] == [f"{'c' * 32}.json"]
