"""``GET /metrics``: what an operator's monitoring reads, in Prometheus' text format.

Only counts of things, never who they belong to. It is given to this machine
itself, and to whoever knows ``COUNTER_METRICS_TOKEN``.
"""

import collections
import hmac
from collections.abc import Iterable

import msgspec
from aiohttp import web

from protocol.states import CallState, TicketState
from signaling.media_link import MediaLink
from signaling.seal_watch import Keys
from signaling.services import Services
from signaling.settings import LOOPBACK
from signaling.tokens import BadToken
from signaling.web import SERVICES

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
PROXIED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""A proxy on this machine speaks for somebody who may be anywhere."""


class Metric(msgspec.Struct, frozen=True):
    """One family: each sample is a label's value and a number."""

    name: str
    says: str
    kind: str
    label: str
    samples: list[tuple[str, float]]


async def metrics(request: web.Request) -> web.Response:
    """Return everything that is counted here."""
    services = request.app[SERVICES]
    require_reader(request, services.settings.metrics_token)
    text = as_text(await collect(services))
    return web.Response(body=text.encode(), headers={"Content-Type": TEXT_FORMAT})


def require_reader(request: web.Request, token: str) -> None:
    """Raise ``BadToken`` unless asked from this machine or with the token."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and kind == "Bearer":
        if hmac.compare_digest(given.encode(), token.encode()):
            return
        raise BadToken("metrics token")
    proxied = any(name in request.headers for name in PROXIED)
    if proxied or request.remote not in LOOPBACK:
        raise BadToken("metrics need a token from elsewhere")


async def collect(services: Services) -> list[Metric]:
    """Return the visits' metrics and each worker's."""
    visits = await services.visits.open_ones()
    calls = collections.Counter(one.call_state for one in visits if one.call)
    waiting = sum(one.state is TicketState.WAITING for one in visits)
    open_states = [state for state in CallState if state is not CallState.OVER]
    found = [(state.value, float(calls[state])) for state in open_states]
    return [
        Metric("counter_tickets_waiting", "Applicants who wait.", *_alone(waiting)),
        Metric("counter_calls", "Calls by state.", "gauge", "state", found),
        of_keys(services.papers.notary, services.clock.now()),
        *of_workers(services.media.links),
    ]


def _alone(value: float) -> tuple[str, str, list[tuple[str, float]]]:
    return "gauge", "", [("", value)]


def of_keys(keys: Keys, now: float) -> Metric:
    """Return how many days each key of the office can still be used."""
    ends = keys.ends().items()
    left = [(name, (end.timestamp() - now) / 86400) for name, end in ends]
    says = "Days until a key's certificate ends."
    return Metric("counter_key_days_left", says, "gauge", "key", left)


def of_workers(links: list[MediaLink]) -> list[Metric]:
    """Return what the workers told last; one that does not answer is only down."""
    up = [(str(n), float(link.connected)) for n, link in enumerate(links)]
    loads = [(str(n), link.load) for n, link in enumerate(links)]
    there = [(number, load) for number, load in loads if load is not None]
    columns = (
        ("calls", "Calls it holds.", "gauge", [len(x.calls) for _, x in there]),
        ("legs", "Connections it holds.", "gauge", [x.legs for _, x in there]),
        (
            "packets_per_second",
            "Media packets received.",
            "gauge",
            [x.packets_per_second for _, x in there],
        ),
        (
            "loop_lag_seconds",
            "How late its loop ran in the last second, 99th percentile.",
            "gauge",
            [x.lag_ms / 1000 for _, x in there],
        ),
        (
            "socket_drops_total",
            "Datagrams that its full socket lost.",
            "counter",
            [x.drops for _, x in there],
        ),
    )
    made = [Metric("counter_media_up", "Whether it answers.", "gauge", "worker", up)]
    for name, says, kind, values in columns:
        rows = zip((number for number, _ in there), map(float, values), strict=True)
        full = f"counter_media_{name}"
        made.append(Metric(full, says, kind, "worker", list(rows)))
    return made


def as_text(families: Iterable[Metric]) -> str:
    """Return the families in Prometheus' text exposition format 0.0.4."""
    rows: list[str] = []
    for one in families:
        rows += [f"# HELP {one.name} {one.says}", f"# TYPE {one.name} {one.kind}"]
        for value, number in one.samples:
            label = f'{{{one.label}="{_escaped(value)}"}}' if one.label else ""
            rows.append(f"{one.name}{label} {number:g}")
    return "\n".join(rows) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
