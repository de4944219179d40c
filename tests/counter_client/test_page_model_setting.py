"""A terminal starts with the network it was given, or says why not."""

from pathlib import Path

import pytest

from counter_client.__main__ import BAD_SETTING, main


def test_a_terminal_does_not_start_with_a_network_that_cannot_be_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TERMINAL_PAGE_MODEL", str(tmp_path / "none.onnx"))

    assert main() == BAD_SETTING

    assert "TERMINAL_PAGE_MODEL" in capsys.readouterr().err
