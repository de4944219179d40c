"""``counter verify`` of a licence: its code, a picture of it, its PDF; fail closed."""

import time
from pathlib import Path

import pytest

from casework.errors import BadCode
from casework.licence_list import make_list
from casework.papers.licence import make_licence
from casework.papers.sheet import Sheet
from casework.signing.notary import Notary
from document_capture.pdf_pages import draw_page
from protocol.states import Standing
from signaling.cli import main
from signaling.verify_command import code_in_picture
from tests.licence_builders import (
    AUTHORITY,
    COPY,
    SIGNER,
    a_code,
    a_drawing,
    a_record,
    the_keys,
)

MARK = COPY.of(a_record().digest())


@pytest.fixture
def published(tmp_path: Path) -> list[str]:
    """The options that name what an office publishes, downloaded just now."""
    keys, listed = tmp_path / "keys.json", tmp_path / "withdrawn.cose"
    keys.write_bytes(the_keys().encoded())
    listed.write_bytes(make_list({}, "局", time.time(), SIGNER))
    return ["--codes", str(keys), "--withdrawn", str(listed)]


def told(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> tuple[int, dict[str, bool]]:
    """The exit status, and whether each check held, by the beginning of its line."""
    status = main(["verify", *words])
    lines = capsys.readouterr().out.splitlines()
    return status, {line[2:].split(":")[0]: line[0] == "✓" for line in lines[:-1]}


def test_a_code_a_picture_and_a_pdf_are_told_alike(
    published: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf, picture = tmp_path / "licence.pdf", tmp_path / "licence.png"
    made = make_licence(a_drawing())
    pdf.write_bytes(Notary(AUTHORITY).seal(made, "Seal").pdf)
    picture.write_bytes(draw_page(made, 0, 150))
    root = tmp_path / "root.der"
    root.write_bytes(AUTHORITY.root.certificate)

    for words in ([a_code()], [str(picture)], [str(pdf), "--root", str(root)]):
        status, checks = told(capsys, [*words, *published])

        # It is a specimen: everything else holds, and so it is not good.
        assert status == 4
        assert [name for name, holds in checks.items() if not holds] == [
            "Is no specimen"
        ]


def test_a_withdrawn_licence_is_not_good(
    published: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    listed = make_list({MARK: Standing.REVOKED}, "局", time.time(), SIGNER)
    Path(published[-1]).write_bytes(listed)

    _, checks = told(capsys, [a_code(), *published])

    assert not checks["Not suspended, revoked or replaced"]


@pytest.mark.parametrize("language", ["zh-Hant", "pt"])
def test_without_keys_it_says_which_are_wanted(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", a_code(), "--language", language]) == 4
    assert "--codes" in capsys.readouterr().err


def test_a_picture_without_a_code_is_told_so() -> None:
    for picture in (b"\x89PNG\r\n\x1a\n garbage", draw_page(empty_page(), 0, 72)):
        with pytest.raises(BadCode):
            code_in_picture(picture)


def empty_page() -> bytes:

    return Sheet((200, 200), "empty").pdf()
