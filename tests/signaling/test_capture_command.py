"""``counter capture`` on a photograph that was drawn, as anybody would call it."""

import errno
import json
import os
from pathlib import Path

import cv2
import pytest

from counter_client.specimens import Specimens, on_desk
from document_capture.pdf_pages import count_pages, text_of
from protocol.texts import text
from signaling.cli import main
from tests.builders import FONTS
from tests.document_capture.strange_pdfs import a_pdf


def test_a_photograph_becomes_a_pdf_whose_words_can_be_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paper = Specimens(FONTS).paper("premises")
    frame, _ = on_desk(paper, (1920, 1440), 5.0, 7)
    photograph, letter = tmp_path / "photograph.png", tmp_path / "letter.docx"
    cv2.imwrite(str(photograph), frame)
    letter.write_bytes(b"PK\x03\x04")
    out = tmp_path / "out.pdf"

    status = main(["capture", str(photograph), str(letter), "--out", str(out)])

    told = capsys.readouterr()
    assert status == 1, "one file was refused"
    assert "file-kind" in told.err
    assert "示範物業有限公司" in text_of(out.read_bytes())
    assert json.loads(told.out)["pages"][0]["read"]["lines"]


def test_a_network_that_cannot_be_used_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "network.onnx"
    other.write_bytes(b"something else")

    status = main(["capture", __file__, "--page-model", str(other), "--language", "pt"])

    assert status == 1
    assert "rede que encontra páginas" in capsys.readouterr().err


def a_file(folder: Path) -> Path:
    file = folder / "page.pdf"
    file.write_bytes(a_pdf())
    return file


def test_a_pdf_is_never_written_over_one_of_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = a_file(tmp_path)
    link = tmp_path / "link.pdf"
    link.symlink_to(given)
    before = given.read_bytes()

    assert main(["capture", str(given), "--out", str(link)]) == 1

    assert given.read_bytes() == before
    assert text("out-is-input", "en") in capsys.readouterr().err


@pytest.mark.parametrize("out", ["none/out.pdf", "."])
def test_where_nothing_can_be_written_nothing_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    given, away = str(a_file(tmp_path)), str(tmp_path / out)

    assert main(["capture", given, "--out", away, "--language", "pt"]) == 1

    told = capsys.readouterr()
    assert text("out-unwritable", "pt") in told.err
    assert told.out == ""


def test_a_pdf_that_cannot_be_finished_leaves_the_one_before(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    out = tmp_path / "out.pdf"
    out.write_bytes(b"the one before")
    monkeypatch.setattr("signaling.capture_command.os.fsync", full)

    assert main(["capture", str(a_file(tmp_path)), "--out", str(out)]) == 1

    told = capsys.readouterr()
    assert out.read_bytes() == b"the one before"
    assert text("out-unwritable", "en") in told.err
    assert json.loads(told.out)["pages"], "what was read is not lost"
    assert {path.name for path in tmp_path.iterdir()} == {"page.pdf", "out.pdf"}


def test_a_new_pdf_is_as_private_as_the_one_before(tmp_path: Path) -> None:
    out, beside = tmp_path / "out.pdf", tmp_path / "out.pdf.part"
    out.write_bytes(b"the one before")
    out.chmod(0o600)
    beside.write_bytes(b"somebody else's")

    assert main(["capture", str(a_file(tmp_path)), "--out", str(out)]) == 0

    assert count_pages(out.read_bytes()) == 1
    assert out.stat().st_mode & 0o777 == 0o600
    assert beside.read_bytes() == b"somebody else's"


def test_a_pdf_may_go_to_a_device(tmp_path: Path) -> None:
    assert main(["capture", str(a_file(tmp_path)), "--out", os.devnull]) == 0

    assert Path(os.devnull).is_char_device()


def test_files_that_are_not_there_do_not_keep_the_others_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    circle = tmp_path / "circle.jpg"
    circle.symlink_to(circle)
    none, odd = tmp_path / "none.jpg", os.fsdecode(b"\xff.pdf")
    files = [str(none), str(tmp_path), str(circle), odd, str(a_file(tmp_path))]

    assert main(["capture", *files, "--out", str(out), "--language", "zh-Hans"]) == 1

    assert capsys.readouterr().err.count(text("file-missing", "zh-Hans")) == 4
    assert count_pages(out.read_bytes()) == 1


def test_an_unknown_language_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["capture", str(a_file(tmp_path)), "--language", "fr"])

    assert "zh-Hant" in capsys.readouterr().err


def test_whoever_stops_a_command_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("signaling.cli.capture", interrupted)

    assert main(["capture", "a.jpg"]) == 130
    assert capsys.readouterr().err == "counter: stopped\n"
