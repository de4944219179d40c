"""What the pages decide about papers: the modules of theirs that draw nothing."""

import json
from typing import Any

import pytest

from install.node import run_node
from tests.builders import ROOT

CALL = """
const { module, name, given } = JSON.parse(await new Response(process.stdin).text());
const found = (await import(module))[name](...given);
console.log(JSON.stringify(found));
"""
PORTRAIT = 0.5


def call(module: str, name: str, *given: object) -> Any:
    """Return what a function of a TypeScript module returns."""
    said = {"module": (ROOT / module).as_uri(), "name": name, "given": given}
    flags = ("--no-warnings", "--input-type=module", "-e", CALL)
    done = run_node(*flags, text=json.dumps(said))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_paper(name: str, *given: object) -> Any:
    return call("agent_desk/src/paper.ts", name, *given)


def a_page(name: str, read: str = "read", **fields: dict[str, Any]) -> dict[str, Any]:
    found = [a_read(key, **more) for key, more in fields.items()]
    return {"id": name, "sha256": "5" * 64, "turns": 0, "read": read, "fields": found}


def a_read(name: str, text: str = "", **more: object) -> dict[str, Any]:
    plain = {"confidence": 0.5, "verified": False, "suggestion": "", "place": []}
    return {"name": name, "text": text, **plain, **more}


@pytest.mark.parametrize(
    ("key", "shift", "act"),
    [
        pytest.param("a", False, "accept", id="A accepts"),
        pytest.param("A", True, None, id="with Shift it does not"),
        pytest.param("S", True, "again", id="Shift and S takes this page again"),
        pytest.param("ArrowLeft", True, "sooner", id="Shift and arrow moves"),
        pytest.param("Delete", False, "remove", id="Delete removes"),
        pytest.param("3", False, "reason-incomplete", id="digits refuse"),
        pytest.param("5", False, None, id="there is no fifth reason"),
        pytest.param("toString", False, None, id="no key of ours"),
    ],
)
def test_keys_mean_what_stands_beside_the_buttons(
    key: str, shift: bool, act: str | None
) -> None:
    assert on_paper("actOf", key, shift) == act


def test_the_arrows_stop_at_the_ends_of_a_paper() -> None:
    pages = [a_page("one"), a_page("two")]

    assert on_paper("beside", pages, "one", 1) == "two"
    assert on_paper("beside", pages, "two", 1) == "two"
    assert on_paper("beside", pages, "one", -1) == "one"


def test_a_new_page_is_looked_at_and_a_removed_one_gives_way_to_its_neighbour() -> None:
    two = [a_page("one"), a_page("two")]

    assert on_paper("chosenAfter", ["one"], two, "one") == "two"
    assert on_paper("chosenAfter", ["one", "gone", "two"], two, "gone") == "two"
    assert on_paper("chosenAfter", ["one", "two", "gone"], two, "gone") == "two"
    assert on_paper("chosenAfter", ["two", "one"], two, "one") == "one"


def test_a_value_is_taken_from_the_page_where_its_check_digits_fit() -> None:
    sure = a_page("one", number={"text": "A1", "confidence": 0.99})
    fits = a_page("two", number={"text": "A7", "confidence": 0.7, "verified": True})

    [row, missing] = on_paper("rowsOf", ["number", "born"], [sure, fits])

    assert (row["page"]["id"], row["read"]["text"]) == ("two", "A7")
    assert missing == {"name": "born", "page": None, "read": None}


def test_what_the_clerk_typed_counts_more_than_what_was_read() -> None:
    row = {"name": "number", "page": None, "read": a_read("number", "A1")}

    assert on_paper("valueOf", row, {}, {"confirmed": {}}) == "A1"
    assert on_paper("valueOf", row, {}, {"confirmed": {"number": "A2"}}) == "A2"
    assert on_paper("valueOf", row, {"number": ""}, {"confirmed": {}}) == ""


def test_values_are_confirmed_only_as_they_stand() -> None:
    paper = {"confirmed": {"number": "A1", "born": ""}}

    assert on_paper("confirmed", {"number": "A1", "born": ""}, paper)
    assert not on_paper("confirmed", {"number": "A2", "born": ""}, paper)
    assert not on_paper("confirmed", {"number": "A1"}, {"confirmed": {}})


@pytest.mark.parametrize(
    ("confirmed", "told"),
    [
        pytest.param({}, "value-not-compared", id="nobody compared it"),
        pytest.param({"number": "A1"}, "value-confirmed", id="as it was read"),
        pytest.param({"number": "A2"}, "value-by-clerk", id="typed over it"),
        pytest.param({"number": ""}, "value-none", id="left empty"),
    ],
)
def test_an_approver_is_told_what_the_clerk_did_with_a_value(
    confirmed: dict[str, str], told: str
) -> None:
    row = {"name": "number", "page": None, "read": a_read("number", "A1")}

    assert on_paper("comparison", row, {"confirmed": confirmed}) == told


def test_a_paper_is_being_read_while_one_of_its_pages_is() -> None:
    waiting, failed = a_page("one", read="waiting"), a_page("two", read="failed")

    assert on_paper("progress", [failed, waiting]) == "waiting"
    assert on_paper("progress", [failed, a_page("three")]) == "failed"
    assert on_paper("progress", [a_page("three")]) == "read"


@pytest.mark.parametrize(
    ("turns", "box"),
    [
        pytest.param(0, "100.0 300.0 100.0 200.0", id="upright"),
        pytest.param(1, "500.0 100.0 200.0 100.0", id="a quarter"),
        pytest.param(2, "300.0 500.0 100.0 200.0", id="upside down"),
        pytest.param(3, "300.0 300.0 200.0 100.0", id="three quarters"),
    ],
)
def test_the_cut_out_line_is_turned_with_its_page(turns: int, box: str) -> None:
    # 500 by 1000 units; 100 high, with half of that around it, which is 50.
    line = [0.3, 0.35, 0.0, 0.1]

    assert on_paper("cropOf", line, PORTRAIT, turns)["viewBox"] == box


def test_the_whole_page_is_shown_without_a_margin() -> None:
    assert on_paper("cropOf", [], PORTRAIT, 0)["viewBox"] == "0.0 0.0 500.0 1000.0"


def test_only_four_corners_are_an_outline() -> None:
    corners = [[0.1, 0.2], [0.9, 0.2], [0.9, 0.8], [0.1, 0.8]]

    drawn = call("web/sight.ts", "outline", corners, 100, 50)

    assert drawn == "10.0,10.0 90.0,10.0 90.0,40.0 10.0,40.0"
    assert call("web/sight.ts", "outline", corners[:3], 100, 50) == ""


def test_a_hint_stays_for_two_seconds() -> None:
    assert call("web/sight.ts", "rest", 1000, 1500) == 1500
    assert call("web/sight.ts", "rest", 1000, 3000) == 0
