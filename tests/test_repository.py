"""What is promised about the repository itself."""

import ast
import dataclasses
import enum
import json
import re
import subprocess
from pathlib import Path

import pytest

import casework.errors
import document_capture.images
from counter_client.printing.condition import TROUBLES
from counter_client.settings import Settings as TerminalSettings
from install.types import TARGET, made_types
from protocol import messages, scan_messages
from protocol.parts import Message
from protocol.states import (
    CallState,
    CaseState,
    JobState,
    Language,
    MaterialState,
    Role,
    SheetReason,
    SheetState,
    Task,
)
from protocol.texts import texts
from signaling.settings import Settings as ServerSettings
from tests.builders import ROOT, python

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_README = 300, 40, 150


def tracked(*endings: str) -> list[Path]:
    done = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)
    found = [ROOT / name for name in done.split() if name.endswith(endings)]
    return [path for path in found if path.exists()]


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_no_file_is_longer_than_300_lines() -> None:
    made = {ROOT / "web/protocol.ts"}
    code = [p for p in tracked(".py", ".ts", ".vue", ".css") if p not in made]

    long = [
        p.name for p in code if len(p.read_text("utf-8").splitlines()) > LONGEST_FILE
    ]

    assert long == []


def test_no_function_is_longer_than_40_lines() -> None:
    long = []
    for path in tracked(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (node.end_lineno or 0) - (body or node.body)[0].lineno + 1
                if lines > LONGEST_FUNCTION and node.name not in TABLES:
                    long.append(f"{path.name}:{node.name} {lines}")

    assert long == []


TABLES = {"printer_attributes", "_abilities"}
"""A list of attributes of a standard: it reads as a table, not as steps."""


def test_typescript_types_are_fresh() -> None:
    assert TARGET.read_text("utf-8") == made_types(), "run make types"


def test_every_text_is_there_in_all_languages() -> None:
    missing = [
        (key, language)
        for key, row in texts().items()
        for language in Language
        if not row.get(language)
    ]

    assert missing == []


def test_every_text_has_the_same_places_in_all_languages() -> None:
    for key, row in texts().items():
        places = {tuple(sorted(re.findall(r"\{(\w+)\}", one))) for one in row.values()}
        assert len(places) == 1, key


def codes() -> set[str]:
    found: set[str] = set()
    for path in tracked(".py"):
        if "tests" not in path.parts:
            text = path.read_text("utf-8")
            found |= set(re.findall(r'^    code = "([a-z-]+)"', text, re.M))
    return found


def test_no_text_hides_another_of_the_same_name() -> None:
    lines = (ROOT / "protocol/texts.json").read_text("utf-8").splitlines()
    keys = [found[1] for line in lines if (found := re.match(r' "([^"]+)":', line))]

    assert sorted(keys) == sorted(set(keys))


def test_every_error_code_has_a_text() -> None:
    assert casework.errors.NotFound.code in codes()
    assert document_capture.images.NoPage.code in codes()
    assert codes() - set(texts()) - {"printer-says-no", "casework"} == set()


@pytest.mark.parametrize(
    ("prefix", "states"),
    [
        ("case-", CaseState),
        ("call-", CallState),
        ("material-", MaterialState),
        ("step-", Task),
        ("role-", Role),
        ("print-", JobState),
        ("sheet-", SheetState),
        ("spoiled-", SheetReason),
    ],
)
def test_every_state_that_is_shown_has_a_text(
    prefix: str, states: type[enum.StrEnum]
) -> None:
    for state in states:
        assert f"{prefix}{state.value}" in texts()


def test_job_states_are_told_by_the_station_in_words_that_have_a_text() -> None:
    steps = {"released", "sending", "spooled"}
    ends = {"sheet-out", "no-sheet", "nobody-knows"}

    assert {f"job-{one}" for one in steps | ends} <= set(texts())


def test_whatever_is_wrong_with_a_printer_is_told_in_words() -> None:
    troubles = {code for _, code in TROUBLES} | {"printer-rewrites", "printer-no-pdf"}

    assert troubles <= set(texts())


def test_every_text_that_pages_ask_for_is_there() -> None:
    for path in tracked(".vue", ".ts"):
        for key in re.findall(r'\bt\("([a-z-]+)"', path.read_text("utf-8")):
            assert key in texts(), (path.name, key)


def test_the_protocol_readme_has_a_heading_for_every_message() -> None:
    headings = set(re.findall(r"^### `(\w+)`", read("protocol/README.md"), re.M))
    classes = {
        name
        for name, kind in {**vars(messages), **vars(scan_messages)}.items()
        if isinstance(kind, type)
        and issubclass(kind, Message)
        and kind.__struct_config__.tag
    }

    assert headings == classes


@pytest.mark.parametrize(
    ("settings", "prefix"),
    [(ServerSettings, "COUNTER_"), (TerminalSettings, "TERMINAL_")],
)
def test_every_setting_is_documented(settings: type, prefix: str) -> None:
    documented = set(
        re.findall(rf"^\| `{prefix}(\w+)`", read("docs/settings.md"), re.M)
    )

    assert documented == {f.name.upper() for f in dataclasses.fields(settings)}


def test_the_readme_is_short_and_its_commands_exist() -> None:
    text = read("README.md")
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.M))

    assert len(text.splitlines()) < LONGEST_README
    assert set(re.findall(r"make ([a-z]+)", text)) <= targets


def test_every_counter_command_is_in_the_operations_page() -> None:
    helped = python("-m", "signaling.cli", "--help").stdout
    listed = re.search(r"\{([a-z,-]+)\}", helped)

    assert listed is not None
    for command in listed[1].split(","):
        assert f"`counter {command}" in read("docs/operations.md")


def test_the_words_page_has_every_word_of_the_design_in_four_languages() -> None:
    rows = [row for row in read("docs/words.md").splitlines() if row.startswith("| ")]

    assert len(rows) > 25
    assert all(row.count("|") == 7 for row in rows)


def test_nothing_binary_and_no_machine_is_named() -> None:
    for path in tracked(""):
        assert path.suffix not in {".ttf", ".woff", ".pem", ".pdf", ".zip", ".jpg"}
        if path.suffix in {".py", ".ts", ".vue", ".md", ".toml", ".yaml"}:
            text = path.read_text("utf-8")
            assert not re.search(r"[\"' =(]/(root|home|work)/[a-z]", text), path


def test_the_lock_files_name_no_host() -> None:
    assert "://" not in read("requirements.lock")
    lock = json.loads(read("package-lock.json"))
    for package in lock["packages"].values():
        assert "://" not in package.get("resolved", "")
