"""A dossier that is made on the server's machine, by whoever may sit there."""

import asyncio
from datetime import date
from pathlib import Path

import msgspec
import pytest

from casework.archive import unpack
from casework.case import Case
from casework.errors import NotFound
from casework.numbers import acceptance_number
from casework.verify_dossier import verify_dossier
from protocol.ids import CaseId
from signaling.cli import main
from signaling.exit_codes import Exit
from signaling.services import open_proofs
from signaling.settings import Settings
from tests.builders import FONTS, ROOT, a_visit

NUMBER = acceptance_number(date(2026, 11, 21), 7)


async def with_a_case(settings: Settings) -> CaseId:
    async with open_proofs(settings) as (cases, _):
        case = await cases.open(a_visit())

        def numbered(old: Case) -> Case:
            return old.with_changes(cases.clock.now(), number=NUMBER)

        await cases.ledger.change(case.id, numbered)
        return case.id


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("COUNTER_DATA_DIR", str(folder))
    monkeypatch.setenv("COUNTER_FONTS_DIR", str(FONTS))
    monkeypatch.setenv("COUNTER_SERVICES_DIR", str(ROOT / "services"))
    settings = Settings(
        data_dir=str(folder), fonts_dir=str(FONTS), services_dir=str(ROOT / "services")
    )
    asyncio.run(with_a_case(settings))
    return tmp_path


def test_a_dossier_is_made_by_number_and_names_who_made_it(office: Path) -> None:
    out = office / "made.zip"
    words = ["dossier", NUMBER, "--films", "--by", "auditor Chan", "--out", str(out)]

    assert main(words) == Exit.OK

    data = out.read_bytes()
    assert all(one.holds for one in verify_dossier(data))
    manifest = msgspec.json.decode(unpack(data)[0]["manifest.json"])
    assert manifest["entries"][-1]["opened"]["by"][1] == "auditor Chan"
    assert out.stat().st_mode & 0o077 == 0


def test_no_file_is_written_over(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = office / "made.zip"
    out.write_text("mine")

    assert main(["dossier", NUMBER, "--out", str(out)]) == Exit.CANNOT_START

    assert out.read_text() == "mine"
    assert "there is such a file already" in capsys.readouterr().err


def test_a_number_of_no_case_is_told_in_words(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = acceptance_number(date(2026, 11, 21), 8)

    assert main(["dossier", other, "--out", str(office / "x.zip")]) == Exit.FAILED

    said = capsys.readouterr().err
    assert said.startswith("counter: ")
    assert NotFound.code not in said
    assert not (office / "x.zip").exists()
