"""The office's SM2 key from its setting, and ``counter verify`` of what it signs."""

import asyncio
import dataclasses
import datetime as dt
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from casework.signing.notary import Notary
from casework.signing.sm2_seal import read_sm2_file
from protocol.settings import BadSetting
from signaling.cli import main
from signaling.office_keys import open_notary
from signaling.settings import Settings
from signaling.sm2_key import open_sm2
from tests.builders import FixedClock, an_authority
from tests.casework.made_dossiers import with_sm2
from tests.signaling.test_verification import sealed_by
from tests.sm2_ca import SIGNS, Sm2Ca, referee

pytestmark = referee()

AUTHORITY = an_authority()
NOW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
HOLDS = (
    "SM2 signature is of this very file",
    "SM2 signature is intact",
    "SM2 certificate is trusted",
)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Sm2Ca:
    pytest.importorskip("gmssl_pyx")
    return Sm2Ca(tmp_path_factory.mktemp("sm2"))


def setting(folder: Path, data: bytes) -> Settings:
    path = folder / "sm2.pem"
    path.write_bytes(data)
    return dataclasses.replace(Settings(), sm2_file=str(path))


@pytest.fixture
async def notary(tmp_path: Path, ca: Sm2Ca) -> Notary:
    settings = setting(tmp_path, ca.seal_file())
    async with AsyncExitStack() as closing:
        return await open_notary(settings, AUTHORITY, FixedClock(time.time()), closing)


@pytest.fixture
async def names(tmp_path: Path, notary: Notary, ca: Sm2Ca) -> list[str]:
    """A sealed paper, its SM2 signature, and the root to check it with, as files."""
    pdf = await sealed_by(notary)
    file = await asyncio.to_thread(notary.beside, pdf)
    assert file is not None
    (tmp_path / "paper.pdf").write_bytes(pdf)
    (tmp_path / "paper.pdf.sm2").write_bytes(file)
    (tmp_path / "sm2-root.pem").write_bytes(ca.pem("root.pem"))
    (tmp_path / "root.der").write_bytes(AUTHORITY.root.certificate)
    paths = ("paper.pdf", "paper.pdf.sm2", "sm2-root.pem", "root.der")
    return [str(tmp_path / name) for name in paths]


async def verified(
    names: list[str],
    capsys: pytest.CaptureFixture[str],
    language: str = "en",
    *more: str,
) -> tuple[int, list[str]]:
    """The exit status, and the lines about the SM2 signature."""
    pdf, sm2, sm2_root, root = names
    words = ["verify", pdf, "--root", root, "--sm2", sm2, "--language", language]
    words += ["--sm2-root", sm2_root, *more] if sm2_root else []
    status = await asyncio.to_thread(main, words)
    told = capsys.readouterr().out.splitlines()
    return status, [one for one in told if "SM2" in one]


async def test_the_command_has_lines_of_its_own_for_it(
    names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = await verified(names, capsys)

    assert status == 0
    assert [one.split(" (")[0] for one in lines] == [f"✓ {one}" for one in HOLDS]
    assert "revoked was not looked at" in lines[-1]
    for language in ("zh-Hant", "zh-Hans", "pt"):
        assert len((await verified(names, capsys, language))[1]) == 3


async def test_another_file_or_no_root_is_not_good(
    names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await verified([*names[:2], "", names[3]], capsys))[0] == 4
    signature = Path(names[1]).read_bytes()

    Path(names[1]).write_bytes(b"\0" * 70_000)
    status, [line] = await verified(names, capsys)
    assert status == 4
    assert line.startswith("✗")

    Path(names[1]).write_bytes(signature)
    Path(names[0]).write_bytes(Path(names[0]).read_bytes() + b" ")
    _, lines = await verified(names, capsys)
    assert [one[0] for one in lines] == ["✗", "✓", "✓"]


async def test_lists_of_the_issuers_say_whether_it_was_revoked(
    names: list[str], ca: Sm2Ca, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = []
    for name in ("root", "middle"):
        (tmp_path / name).write_bytes(ca.crl(name))
        more += ["--sm2-crl", str(tmp_path / name)]

    status, lines = await verified(names, capsys, "en", *more)
    assert (status, lines[-1]) == (0, "✓ SM2 certificate was not revoked")

    (tmp_path / "middle").write_bytes(ca.crl("middle", "seal"))
    status, lines = await verified(names, capsys, "en", *more)
    assert status == 4
    assert lines[-1] == "✗ SM2 certificate was not revoked (it was revoked)"


async def test_what_is_no_root_is_told(
    names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(names[2]).write_text("nothing")

    assert (await verified(names, capsys)) == (4, [])


def test_a_dossier_says_who_made_its_sm2_signatures(
    tmp_path: Path, ca: Sm2Ca, capsys: pytest.CaptureFixture[str]
) -> None:
    seal = read_sm2_file(ca.seal_file())
    path = tmp_path / "dossier.zip"
    path.write_bytes(asyncio.run(with_sm2(tmp_path, seal)))
    root = str(ca.folder / "root.pem")

    assert main(["verify", str(path), "--sm2-root", root]) == 0
    told = capsys.readouterr().out
    assert [told.count(f"✓ {one}: licence.pdf.sm2") for one in HOLDS] == [1, 1, 1]

    assert main(["verify", str(path), "--sm2-root", str(ca.folder / "middle.pem")]) == 0
    other = Sm2Ca(tmp_path / "other").folder / "root.pem"
    assert main(["verify", str(path), "--sm2-root", str(other)]) == 4
    assert main(["verify", str(path)]) == 0


async def test_whoever_runs_it_is_warned_before_the_certificate_ends(
    notary: Notary,
) -> None:
    left = notary.ends()["sm2"] - dt.datetime.now(dt.UTC)

    assert left.days in {399, 400}


def test_without_the_setting_nothing_is_made_beside() -> None:
    assert open_sm2(Settings(), NOW) is None
    assert Notary(AUTHORITY).beside(b"%PDF-") is None
    assert "sm2" not in Notary(AUTHORITY).ends()


def test_what_cannot_be_used_is_refused_in_words(tmp_path: Path, ca: Sm2Ca) -> None:
    ca.issue("short", "middle", SIGNS)
    ended = NOW + dt.timedelta(days=402)
    for data, now, told in (
        (ca.pem("short.key", "seal.pem"), NOW, "no certificate in the file belongs"),
        (b"nothing", NOW, "not PEM"),
        (ca.seal_file(), ended, "the certificate ended on"),
    ):
        with pytest.raises(BadSetting, match=f"COUNTER_SM2_FILE: .*{told}"):
            open_sm2(setting(tmp_path, data), now)
    with pytest.raises(BadSetting, match="cannot be read"):
        open_sm2(dataclasses.replace(Settings(), sm2_file="/none"), NOW)


def test_without_the_extra_the_message_says_what_to_install(
    tmp_path: Path, ca: Sm2Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)

    with pytest.raises(BadSetting, match=r"pip install 'smart-counter\[sm2\]'"):
        open_sm2(setting(tmp_path, ca.seal_file()), NOW)
