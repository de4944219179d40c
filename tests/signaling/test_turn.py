"""Who gets which relay, and what the relay is told."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Iterator

import pytest

from protocol.ids import CallId, StaffId
from protocol.settings import BadSetting
from protocol.states import CaseState, Leg
from protocol.views import SessionView
from signaling.settings import Settings
from signaling.turn import Relays, read_urls, relay_configuration
from signaling.views import (
    case_view,
    for_desk,
    for_terminal,
    session_view,
    ticket_view,
)
from tests.builders import CLERK, NOON, FixedClock, a_case, a_visit

CALL = CallId("a" * 32)
SECRET = "s" * 32
EXPERT, SUPERVISOR = StaffId("expert"), StaffId("supervisor")
URL = "turns:turn.example:443?transport=tcp"

SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::1/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23
2001:db8::/32 2002::/16 fc00::/7 fe80::/10 ff00::/8
"""


def some_relays(urls: str = URL) -> Relays:
    settings = Settings(turn_urls=urls, turn_secret=SECRET, turn_minutes=10)
    return settings.relays(FixedClock())


def the_session() -> SessionView:
    visit = a_visit(expert=EXPERT, expert_joined=True, supervisor=SUPERVISOR)
    case = case_view(a_case(CaseState.OPENED, release_code="12345678"), with_code=True)
    ticket = ticket_view(visit, 0, "Counter 1")
    return session_view(ticket, visit, set(), case, [])


def test_a_user_name_says_when_it_ends_and_for_which_leg_of_which_call() -> None:
    (server,) = some_relays().of(CALL, Leg.CLERK)

    until = int(NOON) + 600
    digest = hmac.new(SECRET.encode(), server.username.encode(), hashlib.sha1).digest()
    assert server.username == f"{until}:{CALL}:clerk"
    assert server.credential == base64.b64encode(digest).decode()
    assert server.urls == [URL]


def test_a_terminal_and_a_desk_see_only_what_is_for_their_own_legs() -> None:
    relays, session = some_relays(), the_session()

    desks = {
        Leg.CLERK: for_desk(session, CLERK, relays),
        Leg.EXPERT: for_desk(session, EXPERT, relays),
        Leg.SUPERVISOR: for_desk(session, SUPERVISOR, relays),
    }

    assert legs_of(for_terminal(session, relays)) == [Leg.APPLICANT, Leg.DOCUMENT]
    assert {leg: legs_of(desk) for leg, desk in desks.items()} == {
        leg: [leg] for leg in desks
    }
    assert legs_of(for_desk(session, StaffId("somebody"), relays)) == []


def legs_of(session: SessionView) -> list[Leg]:
    assert session.call is not None
    return [one.leg for one in session.call.ice]


def test_without_a_relay_nobody_gets_one() -> None:
    relays = some_relays("")

    assert legs_of(for_terminal(the_session(), relays)) == []
    assert legs_of(for_desk(the_session(), CLERK, relays)) == []


def test_the_secret_is_in_no_text_about_the_settings() -> None:
    settings = Settings(turn_urls=URL, turn_secret=SECRET)

    assert SECRET not in repr(settings) + repr(settings.relays(FixedClock()))


@pytest.mark.parametrize(
    ("urls", "secret", "complaint"),
    [
        ("https://turn.example", SECRET, "COUNTER_TURN_URLS: https"),
        (f"{URL},turn:a b", SECRET, "COUNTER_TURN_URLS: turn:a b"),
        (URL, "short", "COUNTER_TURN_SECRET: 32 characters"),
    ],
)
def test_a_relay_that_cannot_work_stops_the_start(
    urls: str, secret: str, complaint: str
) -> None:
    with pytest.raises(BadSetting, match=complaint):
        Settings(turn_urls=urls, turn_secret=secret).check()


def test_a_configuration_needs_a_relay_with_tls() -> None:
    with pytest.raises(BadSetting, match="COUNTER_TURN_URLS"):
        relay_configuration(read_urls("turn:turn.example"), SECRET, [])


def rows(name: str, workers: list[str]) -> list[str]:
    made = relay_configuration(read_urls(URL), SECRET, workers)
    lines = [line.partition("=") for line in made.splitlines()]
    return [value for key, _, value in lines if key == name]


def test_the_configuration_says_what_the_settings_say() -> None:
    workers = ["10.1.2.3", "10.1.2.4"]

    assert rows("static-auth-secret", workers) == [SECRET]
    assert rows("realm", workers) == ["turn.example"]
    assert rows("tls-listening-port", workers) == ["443"]
    assert rows("allowed-peer-ip", workers) == workers


def denied() -> Iterator[tuple[int, int, int]]:
    for row in rows("denied-peer-ip", []):
        first, last = (ipaddress.ip_address(one) for one in row.split("-"))
        yield first.version, int(first), int(last)


@pytest.mark.parametrize("network", SPECIAL.split())
def test_every_special_range_is_denied_by_a_row_of_its_own(network: str) -> None:
    range_ = ipaddress.ip_network(network)

    assert any(
        version == range_.version
        and first <= int(range_[0])
        and int(range_[-1]) <= last
        and last - first < 2 ** (range_.max_prefixlen - 3)
        for version, first, last in denied()
    )


def test_what_is_not_a_worker_is_denied_too() -> None:
    assert (4, 0, 2**32 - 1) in denied()
    assert (6, 1, 2**128 - 1) in denied()
