"""Reads what a time stamp authority answered (RFC 3161, 2.4.2), and believes little."""

import datetime as dt
from typing import Any

from asn1crypto import cms, core, tsp

from casework.errors import CaseworkError

LARGEST_REPLY = 64 * 1024
"""Bytes of a reply: a token with its chain needs five thousand."""
LONGEST_REASON = 200
"""Characters of an authority's own words that are passed on to a log."""


class NoTime(CaseworkError):
    """The time stamp authority does not answer, or answers with a refusal.

    The text says in a few words which of them, for the operator's log.
    """

    code = "no-time"


class _Reply(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """A TimeStampResp; asn1crypto's own insists on a token, which a refusal lacks."""

    _fields = [  # noqa: RUF012  # asn1crypto's way to say it
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def machine_time() -> dt.datetime:
    """Return the time of this machine."""
    return dt.datetime.now(dt.UTC)


def token_in(answer: bytes, digest: bytes, nonce: int | None) -> cms.ContentInfo:
    """Return the token that an authority gave for ``digest`` and ``nonce``.

    Whether its signature is good, and whose it is, is not looked at here.

    Raises:
        NoTime: too large, no reply, a refusal, or a reply to another question.
    """
    if len(answer) > LARGEST_REPLY:
        raise NoTime("reply too large")
    try:
        reply = _Reply.load(answer, strict=True)
        told = reply["status"]["status"].native
        reason = "" if told.startswith("granted") else _reason(reply["status"])
        if reason:
            raise NoTime(f"refused: {reason}")
        token = reply["time_stamp_token"]
        info = token["content"]["encap_content_info"]["content"].parsed
        said = info["message_imprint"]["hashed_message"].native
        answered = info["nonce"].native
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoTime("not a reply") from error
    if said != digest:
        raise NoTime("a reply for another digest")
    if answered != nonce:
        raise NoTime("a reply to another request")
    return token


def _reason(status: Any) -> str:
    """Return a refusal in the words of the standard, and the authority's own."""
    words = [status["status"].native, *(status["fail_info"].native or ())]
    words += status["status_string"].native or ()
    text = " ".join(map(str, words))[:LONGEST_REASON]
    return "".join(one if one.isprintable() else " " for one in text)
