"""``counter capture`` on a photograph that was drawn, as anybody would call it."""

import json
from pathlib import Path

import cv2
import pytest

from counter_client.specimens import Specimens, on_desk
from document_capture.pdf_pages import text_of
from signaling.cli import main
from tests.builders import FONTS


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
