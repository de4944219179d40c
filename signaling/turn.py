"""Relays (TURN, RFC 8656) for legs whose network lets nothing but TLS through.

The server and the relay share one secret. A user name says when it ends and what
it is for, the password is its HMAC: the relay needs no list of users, and what a
page was given is worth nothing after the visit.
"""

import base64
import dataclasses
import hashlib
import hmac
import re
import string
from pathlib import Path

from casework.ports import Clock
from protocol.ids import CallId
from protocol.settings import BadSetting
from protocol.states import Leg
from protocol.views import IceServer

TEMPLATE = Path(__file__).parent.parent / "deploy" / "coturn" / "turnserver.conf"
"""The relay's configuration, complete but for what the settings say."""
SHORTEST_SECRET = 32
"""Characters. Whoever guesses the secret can use the relay for ever."""
URL = re.compile(r"(turns?):([\w.-]+)(?::(\d{1,5}))?(\?transport=(udp|tcp))?", re.ASCII)
DEFAULT_PORT = {"turn": 3478, "turns": 5349}


def read_urls(text: str) -> list[str]:
    """Return the addresses of relays in a list with commas.

    Raises:
        BadSetting: one of them is not an address of RFC 7065.
    """
    urls = [one.strip() for one in text.split(",") if one.strip()]
    for url in urls:
        if URL.fullmatch(url) is None:
            raise BadSetting(
                f"COUNTER_TURN_URLS: {url} is not like "
                "turns:turn.example:443?transport=tcp"
            )
    return urls


def credential(secret: str, user: str) -> str:
    """Return the password of ``user``, as the relay works it out too."""
    digest = hmac.digest(secret.encode(), user.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Relays:
    """The relays of this office; none when ``urls`` is empty."""

    urls: list[str]
    secret: str = dataclasses.field(repr=False)
    minutes: float
    clock: Clock

    def of(self, call: CallId, *legs: Leg) -> list[IceServer]:
        """Return what ``legs`` of ``call`` may use from now on, for some minutes."""
        if not self.urls:
            return []
        until = int(self.clock.now() + self.minutes * 60)
        users = [(leg, f"{until}:{call}:{leg.value}") for leg in legs]
        return [
            IceServer(
                leg=leg,
                urls=self.urls,
                username=user,
                credential=credential(self.secret, user),
            )
            for leg, user in users
        ]


def relay_configuration(urls: list[str], secret: str, workers: list[str]) -> str:
    """Return coturn's configuration for a relay at the first TLS address.

    ``workers`` are the addresses of media workers: nobody else can be reached
    through the relay.

    Raises:
        BadSetting: there is no TLS address to make it for.
    """
    found = [URL.fullmatch(url) for url in urls]
    secure = next((one for one in found if one and one[1] == "turns"), None)
    if secure is None:
        raise BadSetting(
            "COUNTER_TURN_URLS: name the relay first, for example "
            "turns:turn.example:443?transport=tcp"
        )
    return string.Template(TEMPLATE.read_text("utf-8")).substitute(
        host=secure[2],
        port=secure[3] or DEFAULT_PORT["turns"],
        secret=secret,
        workers="\n".join(f"allowed-peer-ip={one}" for one in workers),
    )
