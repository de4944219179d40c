"""What monitoring reads, and who may read it."""

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from protocol.ids import CallId
from signaling.media.control import WorkerLoad
from signaling.media_pool import MediaPool
from signaling.metrics import Metric, as_text, of_workers, require_reader
from signaling.tokens import BadToken
from tests.builders import no_relays

SECRET = "s3cret"


def test_the_text_is_what_prometheus_reads() -> None:
    families = [
        Metric("counter_calls", "Calls.", "gauge", "state", [("talking", 2.0)]),
        Metric("counter_tickets_waiting", "Waiting.", "gauge", "", [("", 0.5)]),
    ]

    assert as_text(families).splitlines() == [
        "# HELP counter_calls Calls.",
        "# TYPE counter_calls gauge",
        'counter_calls{state="talking"} 2',
        "# HELP counter_tickets_waiting Waiting.",
        "# TYPE counter_tickets_waiting gauge",
        "counter_tickets_waiting 0.5",
    ]


def test_a_labels_value_cannot_end_its_line() -> None:
    [_, _, row] = as_text([Metric("m", "x", "gauge", "l", [('"\n\\', 1.0)])]).split(
        "\n"
    )[:3]

    assert row == r'm{l="\"\n\\"} 1'


def test_every_worker_is_counted_by_its_number_and_no_call_is_named(
    tmp_path: Path,
) -> None:
    pool = MediaPool([tmp_path / "a", tmp_path / "b"], no_relays())
    pool.links[1].load = WorkerLoad(
        calls=[CallId("c0ffee")],
        legs=3,
        packets_per_second=515.5,
        lag_ms=2.5,
        drops=7,
    )

    text = as_text(of_workers(pool.links))

    assert 'counter_media_up{worker="0"} 0' in text
    for row in ("calls 1", "legs 3", "packets_per_second 515.5", "drops_total 7"):
        name, number = row.split()
        assert f'{name}{{worker="1"}} {number}\n' in text
    assert 'counter_media_loop_lag_seconds{worker="1"} 0.0025\n' in text
    assert 'legs{worker="0"}' not in text, "nobody knows"
    assert "c0ffee" not in text


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"Authorization": "Bearer wrong"}, id="another token"),
        pytest.param({"Authorization": "Basic s3cret"}, id="another scheme"),
    ],
)
def test_a_stranger_reads_no_metrics(headers: dict[str, str]) -> None:
    with pytest.raises(BadToken):
        require_reader(make_mocked_request("GET", "/metrics", headers=headers), SECRET)


def test_the_token_opens_them_from_anywhere() -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}

    require_reader(make_mocked_request("GET", "/metrics", headers=headers), SECRET)


def test_without_a_token_set_an_empty_one_opens_nothing() -> None:
    headers = {"Authorization": "Bearer "}

    with pytest.raises(BadToken):
        require_reader(make_mocked_request("GET", "/metrics", headers=headers), "")
