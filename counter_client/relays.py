"""The relays that a leg of the agent may use, and why one of them does not help."""

import asyncio
import logging
from collections.abc import Iterable

from aioice import stun, turn
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

from protocol.parts import Trouble
from protocol.views import IceServer

log = logging.getLogger(__name__)

ANSWER_WITHIN = 5.0
"""Seconds for the relay to answer; aioice gives it as long."""


def configuration(ice: Iterable[IceServer]) -> RTCConfiguration:
    """Return what a connection needs; of all relays aiortc takes the first."""
    servers = [
        RTCIceServer(one.urls, username=one.username, credential=one.credential)
        for one in ice
    ]
    return RTCConfiguration(servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


async def why_nothing_passes(ice: Iterable[IceServer]) -> Trouble:
    """Return why a leg has no path though it has an answer.

    aioice says nothing about a relay that refuses, so the relay is asked again.
    """
    found = connection_kwargs(configuration(ice).iceServers or [])
    if "turn_server" not in found:
        return "media-blocked"
    asking = turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=found["turn_server"],
        username=found["turn_username"],
        password=found["turn_password"],
        ssl=found["turn_ssl"],
        transport=found["turn_transport"],
    )
    try:
        transport, _ = await asyncio.wait_for(asking, ANSWER_WITHIN)
    except stun.TransactionFailed as error:
        log.warning("relay refused", extra={"status": error.response.error_code})
        return "relay-refused"
    except (OSError, TimeoutError, stun.TransactionError) as error:
        log.warning("relay not reached: %s", type(error).__name__)
    else:
        transport.close()
        log.warning("relay reached, the media worker through it not")
    return "media-blocked"
