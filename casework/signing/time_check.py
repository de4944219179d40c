"""What has to be true of a reply of somebody else's time stamp authority."""

import datetime as dt
from collections.abc import Iterable

from asn1crypto import tsp

from casework.errors import Unreadable
from casework.signing.time_reply import NoTime, token_in
from casework.signing.time_token import token_time

CLOCKS_APART = dt.timedelta(seconds=50)
"""How far an authority's clock may be from ours.

The certificate of one signing begins a minute before our time: a stamp of an
earlier time would make a signature that nobody can ever find good.
"""


def require_reply(
    request: bytes, answer: bytes, roots: Iterable[bytes], now: dt.datetime
) -> None:
    """Look at everything that a reply (RFC 3161, 2.4.2) must say and be.

    Runs its own event loop: call it from a thread that has none.

    Args:
        request: the TimeStampReq (DER) that we made.
        answer: what came back.
        roots: certificates (DER) under one of which the authority stands.
        now: our own time.

    Raises:
        NoTime: a refusal, a reply to another request, a signature that is not good
            or not believed, or a time that is not ours.
    """
    asked = tsp.TimeStampReq.load(request)
    digest = asked["message_imprint"]["hashed_message"].native
    token = token_in(answer, digest, asked["nonce"].native)
    try:
        at = token_time(token.dump(), lambda _algorithm: bytes(digest), roots)
    except Unreadable as error:
        raise NoTime("not signed under a root that is believed") from error
    if abs(at - now) > CLOCKS_APART:
        apart = (at - now).total_seconds()
        raise NoTime(f"its clock is {apart:+.0f} s from ours")
