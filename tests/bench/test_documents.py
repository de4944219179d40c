"""One run tells everything about papers, also where something is missing."""

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from bench import documents
from bench.documents import read_arguments
from bench.pages import on_photographs
from bench.papers import a_zone
from bench.report import Promise, at_least, at_most, beside, tell
from bench.zones import Specimen, Tried, outcome, specimens_in, told
from document_capture.mrz import parse

KEYS = {"name", "unit", "target", "measured", "peer", "peer_measured", "holds"}
PICTURE = np.zeros((4, 4, 3), np.uint8)


def one_part(_: argparse.Namespace) -> list[Promise]:
    return [beside(at_most("time", "ms", 30, 12.3456, "peer"), 40.0)]


def other_part(asked: argparse.Namespace) -> list[Promise]:
    return [*on_photographs(asked.photos), at_least("share", "%", 97, 96, "none")]


STAGES = ({"files": one_part}, {"pages": other_part})


def measured(*words: str) -> list[Promise]:
    asked = read_arguments(words)
    with ThreadPoolExecutor(2) as pool:
        return documents.measured(asked, STAGES, pool)


def test_all_parts_are_one_object_with_the_same_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JSON", "1")

    assert tell("documents", measured()) == 0

    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"area", "machine", "promises"}
    assert found["area"] == "documents"
    assert [set(one) for one in found["promises"]] == [KEYS] * 4
    assert [one["holds"] for one in found["promises"]] == [True, False, False, False]
    assert msgspec.convert(found["promises"], list[Promise])[0].measured == 12.346


def test_one_part_can_be_measured_alone() -> None:
    assert [one.name for one in measured("--only", "files")] == ["time"]


def test_photographs_that_nobody_gave_are_missing_and_not_guessed() -> None:
    promises = on_photographs(None)

    assert [one.measured for one in promises] == [None, None]
    assert {one.peer for one in promises} == {"missing: --photos DIR"}


def test_every_part_of_the_promise_is_measured() -> None:
    parts = [name for stage in documents.STAGES for name in stage]

    assert sorted(parts) == ["files", "gate", "pages", "reading", "transfer"]


def test_a_verified_zone_is_right_only_if_it_is_what_is_printed() -> None:
    lines, others = a_zone("TD3", 1), a_zone("TD3", 2)
    zone = parse(lines)

    assert outcome(Specimen(PICTURE, lines), zone) == (True, False)
    assert outcome(Specimen(PICTURE, None), zone) == (True, None)
    assert outcome(Specimen(PICTURE, others), zone) == (False, True)
    assert outcome(Specimen(PICTURE, ()), zone) == (False, True)
    assert outcome(Specimen(PICTURE, lines), None) == (False, False)


def test_what_is_printed_wrong_or_has_no_zone_counts_only_against_us() -> None:
    wrong = (a_zone("TD3", 1)[0], "0" * 44)
    tried = [
        Tried(verifiable=True, right=True, wrongly_sure=False, seconds=1, peer=None),
        Tried(verifiable=False, right=False, wrongly_sure=True, seconds=1, peer=None),
    ]

    assert not Specimen(PICTURE, wrong).verifiable
    assert not Specimen(PICTURE, ()).verifiable
    share, sure, _ = told("zones", tried)
    assert (share.name, share.measured) == ("zones, 1", 100)
    assert (sure.measured, sure.holds) == (1, False)
    assert (share.peer, share.peer_measured) == ("PassportEye", None)


def test_where_nobody_told_the_truth_no_wrong_zone_is_counted() -> None:
    one = Tried(verifiable=True, right=True, wrongly_sure=None, seconds=1, peer=True)

    share, sure, _ = told("zones", [one])

    assert (share.measured, share.peer_measured) == (100, 100)
    assert (sure.measured, sure.peer) == (None, "missing: truth.json")


def test_a_folder_of_specimens_says_what_is_on_them(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), PICTURE)
    truth = {"a.png": ["A", "B"], "b.png": None}
    (tmp_path / "truth.json").write_text(json.dumps(truth))

    assert [one.lines for one in specimens_in(tmp_path)] == [("A", "B"), (), None]
