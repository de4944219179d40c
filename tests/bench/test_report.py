"""What a benchmark tells is exact, also where a peer is missing."""

import msgspec
import pytest

from bench.report import Promise, at_most, at_most_of_peer, beside, missing, tell


def test_a_share_of_a_peer_is_kept_by_ratio() -> None:
    kept = at_most_of_peer("cost", "us", 0.8, 40.0, ("peer", 50.0))
    broken = at_most_of_peer("cost", "us", 0.8, 41.0, ("peer", 50.0))

    assert (kept.ratio, kept.holds) == (0.8, True)
    assert (broken.ratio, broken.holds) == (0.82, False)


def test_without_the_peer_the_ratio_is_null_and_nothing_holds() -> None:
    one = at_most_of_peer("cost", "us", 0.8, 40.0, ("peer", None))

    assert (one.measured, one.peer_measured, one.holds) == (40.0, None, False)
    assert msgspec.to_builtins(one)["ratio"] is None


def test_a_promise_that_no_peer_decides_has_no_ratio() -> None:
    one = beside(at_most("wait", "s", 1.0, 0.5, "peer"), 2.0)

    assert (one.holds, one.peer_measured) == (True, 2.0)
    assert "ratio" not in msgspec.to_builtins(one)


def test_json_is_exactly_one_object_on_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JSON", "1")

    tell("area", [missing("picture", "s", 0.4, "Chromium")])

    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["area"] == "area"
    [promise] = msgspec.convert(told["promises"], list[Promise])
    assert (promise.measured, promise.holds) == (None, False)
    assert promise.peer == "missing: Chromium"
