"""A witness in a process of its own, as an office meets it over HTTP."""

import asyncio
import contextlib
import dataclasses
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.verify_dossier import verify_dossier, witnesses
from protocol.settings import BadSetting
from signaling.cli import main
from signaling.exit_codes import Exit
from signaling.services import open_proofs
from signaling.settings import Settings
from signaling.stack import free_ports
from tests.builders import FONTS, ROOT, a_visit


class Abroad:
    """The witness's machine: a folder, a port, and a process while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "witness"
        self.port = free_ports(1)[0]

    @contextlib.contextmanager
    def running(self, log_key: str) -> Iterator[str]:
        """Start it; give the key that it prints once it listens."""
        words = ["witness", "--name", "w.example", "--watch", log_key]
        words += ["--folder", str(self.folder), "--port", str(self.port)]
        process = subprocess.Popen(
            [sys.executable, "-m", "signaling.cli", *words],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removeprefix("key ")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
            process.stdout.close()


class Home:
    """The office: settings of its own, and a dossier whenever one is wanted."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            data_dir=str(folder / "data"),
            fonts_dir=str(FONTS),
            services_dir=str(ROOT / "services"),
        )
        self.log_key = ""

    async def dossier(self, cosigners: str, ticket: str) -> bytes:
        settings = dataclasses.replace(self.settings, witnesses=cosigners)
        settings.check()
        async with open_proofs(settings) as (cases, evidence):
            self.log_key = evidence.checkpoints.keys.log
            case = await cases.open(a_visit(id=ticket * 32, case=ticket * 32))
            return await evidence.dossiers.make(case, "auditor")


def good(dossier: bytes) -> bool:
    return all(one.holds for one in verify_dossier(dossier))


async def test_a_witness_in_another_process_cosigns_and_an_auditor_checks_it(
    tmp_path: Path,
) -> None:
    home, abroad = Home(tmp_path), Abroad(tmp_path)
    assert witnesses(await home.dossier("", "a")) == []

    with abroad.running(home.log_key) as key:
        cosigners = f"http://127.0.0.1:{abroad.port}/ {key}"
        seen = await home.dossier(cosigners, "b")
    alone = await home.dossier(cosigners, "c")
    with abroad.running(home.log_key) as again:
        later = await home.dossier(cosigners, "d")

    assert again == key
    assert [witnesses(one) for one in (seen, alone, later)] == [[key], [], [key]]
    assert await asyncio.to_thread(lambda: all(map(good, (seen, alone, later))))
    for data, expected in ((seen, Exit.OK), (alone, Exit.NOT_GOOD)):
        path = tmp_path / "dossier.zip"
        path.write_bytes(data)
        words = ["verify", str(path), "--witness-key", key]
        assert await asyncio.to_thread(main, words) == expected
    assert (abroad.folder / "witness.key").stat().st_mode & 0o077 == 0


async def test_a_witness_does_not_cosign_a_database_that_was_put_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home, abroad = Home(tmp_path), Abroad(tmp_path)
    await home.dossier("", "a")
    data = Path(home.settings.data_dir)
    old = (data / "counter.db").read_bytes()
    with abroad.running(home.log_key) as key:
        cosigners = f"http://127.0.0.1:{abroad.port} {key}"
        await home.dossier(cosigners, "b")
        (data / "counter.db").write_bytes(old)
        shutil.rmtree(data / "witness")  # whoever puts things back forgets nothing here

        forked = await home.dossier(cosigners, "c")

    assert witnesses(forked) == []
    assert "a witness has seen another log" in caplog.text


@pytest.mark.parametrize(
    "words", [["--watch", "00"], ["--watch", "x" * 64], ["--name", "a b"]]
)
def test_a_witness_without_a_log_or_a_name_says_so(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = ["--name", "w.example", "--watch", "0" * 64, "--folder", str(tmp_path)]

    assert main(["witness", *given, *words]) == Exit.BAD_SETTING

    assert "--watch is 64 hexadecimal digits" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["ftp://w x", "https://w", "https://w w+00000000+AA"])
def test_a_witness_in_the_settings_needs_an_address_and_a_key(text: str) -> None:
    with pytest.raises(BadSetting, match="COUNTER_WITNESSES"):
        Settings(witnesses=text).check()
