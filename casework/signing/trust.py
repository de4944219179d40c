"""Which certificates are believed, for what, and what a verifier brings along."""

import datetime as dt
from collections.abc import Iterable

import msgspec
from asn1crypto import parser, x509

from casework.errors import Unreadable
from casework.signing.time_reply import machine_time

MOST_CERTIFICATES = 20
"""Certificates in one row; two or three are usual."""


class Anchor(msgspec.Struct, frozen=True):
    """A root that is believed, and why. ``list_name`` is empty for an agreement.

    A list may recognise it from and to a day, and for some policies only. With
    ``time_only`` it stands for time stamps and for nobody's signature.
    """

    certificate: bytes
    list_name: str = ""
    name: str = ""
    begins: dt.date | None = None
    ends: dt.date | None = None
    policies: tuple[str, ...] = ()
    time_only: bool = False

    def recognises(self, certificate: bytes, at: dt.datetime | None) -> bool:
        """Return whether a certificate (DER) used at ``at`` is within the listing."""
        if at is None:
            return self.begins is None and self.ends is None
        early = self.begins is not None and at.date() < self.begins
        late = self.ends is not None and at.date() > self.ends
        found = set(self.policies) & _policies_of(certificate)
        return not early and not late and (not self.policies or bool(found))


class Known(msgspec.Struct, frozen=True):
    """What the verifier brings along: believed roots, newer lists, the time."""

    anchors: tuple[Anchor, ...]
    lists: tuple[bytes, ...] = ()
    now: dt.datetime = msgspec.field(default_factory=machine_time)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chains of an office's papers end; certificates (DER)."""

    roots: tuple[bytes, ...]
    """Under these stand whoever signs and seals."""
    time_roots: tuple[bytes, ...] = ()
    """Under these stand time stamp authorities besides those under ``roots``."""
    chain: tuple[bytes, ...] = ()
    """Certificates between a root and whoever signs."""

    def known(self, lists: Iterable[bytes] = ()) -> Known:
        """Return what somebody knows who believes these roots by agreement."""
        anchors = [Anchor(one) for one in self.roots]
        anchors += [Anchor(one, time_only=True) for one in self.time_roots]
        return Known(tuple(anchors), tuple(lists))

    @property
    def for_time(self) -> tuple[bytes, ...]:
        """All roots under which a time stamp is believed."""
        return self.roots + self.time_roots


def agreed(root: bytes, *lists: bytes) -> Known:
    """Return what somebody knows who believes ``root`` (DER) by agreement."""
    return Trust(roots=(root,)).known(lists)


def read_certificates(row: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) that stand in ``row``, one after the other.

    Raises:
        Unreadable: something else, or more than ``MOST_CERTIFICATES``.
    """
    found: list[bytes] = []
    while row:
        try:
            length = parser.peek(row)
            x509.Certificate.load(row[:length], strict=True).issuer.dump()
        except (ValueError, TypeError) as error:
            raise Unreadable("certificate") from error
        found.append(row[:length])
        row = row[length:]
        if len(found) > MOST_CERTIFICATES:
            raise Unreadable("too many certificates")
    return tuple(found)


def _policies_of(certificate: bytes) -> set[str]:
    held = x509.Certificate.load(certificate).certificate_policies_value
    return {one["policy_identifier"].dotted for one in held or ()}
