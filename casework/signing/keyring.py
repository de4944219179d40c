"""With which keys an office signs, and where their chains end."""

import dataclasses
from collections.abc import Callable

from casework.signing.authority import Authority
from casework.signing.certificates import Identity
from casework.signing.trust import Trust


def nobody_else() -> tuple[bytes, ...]:
    """Return no revocation list: all that is needed is our own."""
    return ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys of the office's papers. Those of its log are in ``Authority``."""

    issuer: Identity
    """Issues the certificate of each single act of signing, and the revocations."""
    seal: Identity
    """The office's seal."""
    trust: Trust
    lists: Callable[[], tuple[bytes, ...]] = nobody_else
    """Returns the newest revocation lists (DER) of everybody else in the chains."""


def own_keyring(authority: Authority) -> Keyring:
    """Return the embedded keys: an agreement, no licence."""
    trust = Trust(roots=(authority.root.certificate,))
    return Keyring(issuer=authority.root, seal=authority.seal, trust=trust)
