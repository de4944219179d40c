"""A disk that turned read-only, as worn flash does: it is told, all else goes on."""

import errno
from pathlib import Path

import pytest

from counter_client import outbox as counter_outbox
from counter_client.device import open_device
from counter_client.outbox import DiskUnusable, Outbox
from tests.counter_client.test_outbox import CASE, an_outgoing
from tests.counter_client.test_watching import Visit, visit
from tests.document_capture.test_guidance import FRAME

__all__ = ["visit"]


@pytest.fixture
def worn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    """An outbox with a page in it, on a disk that takes nothing any more."""
    outbox = Outbox(tmp_path / "outbox", open_device(tmp_path))
    outbox.belong_to(CASE)
    outbox.put(CASE, an_outgoing())

    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(counter_outbox, "_write", read_only)
    monkeypatch.setattr(Path, "unlink", read_only)
    return outbox


def test_a_page_that_cannot_be_kept_is_told_as_such(worn: Outbox) -> None:
    with pytest.raises(DiskUnusable):
        worn.put(CASE, an_outgoing("2"))

    assert len(worn.waiting()) == 3


def test_what_the_server_has_is_not_sent_again(worn: Outbox) -> None:
    for _, piece in worn.waiting():
        assert worn.confirm(piece.id)

    assert worn.waiting() == []


async def test_a_shot_that_fails_does_not_end_the_looking(visit: Visit) -> None:
    visit.desk.answer = OSError(errno.EROFS, "Read-only file system")
    visit.desk.still.picture = FRAME
    pictures = visit.watcher.pictures()

    for _ in range(30):
        assert await anext(pictures)

    assert visit.desk.shots >= 1
    await pictures.aclose()
