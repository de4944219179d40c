"""What an auditor types, and reads."""

import asyncio
from pathlib import Path

import pytest

from casework.verify_dossier import checkpoint_of, key_fingerprint
from signaling.cli import main
from signaling.exit_codes import Exit
from tests.casework.made_dossiers import two_dossiers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    dossier = asyncio.run(two_dossiers(folder))[1]
    path = folder / "dossier.zip"
    path.write_bytes(dossier)
    return path


def test_a_dossier_with_the_published_keys_is_good(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = key_fingerprint(made.read_bytes())

    assert main(["verify", str(made), "--keys", keys]) == Exit.OK

    assert capsys.readouterr().out.endswith("GOOD\n")


def test_other_keys_are_not_good(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(made), "--keys", "0" * 64]) == Exit.NOT_GOOD

    assert "✗ Keys are the office's own" in capsys.readouterr().out


def test_what_the_witness_kept_is_compared(made: Path, tmp_path: Path) -> None:
    size, note = checkpoint_of(made.read_bytes())
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    words = ["verify", str(made), "--witness", str(tmp_path)]
    assert main(words) == Exit.NOT_GOOD

    (folder / f"{size:012d}").write_text(note)
    assert main(words) == Exit.OK

    (folder / f"{size:012d}").write_text(note.replace("\n", " ", 1))
    assert main(words) == Exit.NOT_GOOD


def test_a_redacted_dossier_is_good_and_says_what_it_lacks(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "part.zip"
    words = ["redact", str(made), "--out", str(out)]

    assert main([*words, "--withhold", "form.json", "--fact", "by"]) == Exit.OK
    assert main(["verify", str(out)]) == Exit.OK

    told = capsys.readouterr().out
    assert "file form.json" in told
    assert told.endswith("GOOD\n")


def test_what_is_not_there_cannot_be_withheld(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["redact", str(made), "--out", str(tmp_path / "x.zip")]

    assert main([*words, "--withhold", "nothing.pdf"]) == Exit.NOT_GOOD

    assert "nothing.pdf" in capsys.readouterr().err
