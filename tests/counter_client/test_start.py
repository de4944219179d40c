"""How a terminal starts: with what it was given, or it says why not."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from counter_client.__main__ import BAD_SETTING, main


@pytest.fixture(autouse=True)
def as_many_threads_as_before() -> Iterator[None]:
    """What a terminal sets holds for its process, and here that is pytest's."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    with threadpool_limits(2):
        yield
    cv2.setNumThreads(before)


def test_a_terminal_does_not_start_with_a_network_that_cannot_be_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TERMINAL_PAGE_MODEL", str(tmp_path / "none.onnx"))

    assert main() == BAD_SETTING

    assert "TERMINAL_PAGE_MODEL" in capsys.readouterr().err


def test_pictures_are_worked_on_by_one_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERMINAL_PAGE_MODEL", str(tmp_path / "none.onnx"))

    main()

    algebra = [one["num_threads"] for one in threadpool_info()]
    assert (cv2.getNumThreads(), set(algebra)) == (1, {1})
