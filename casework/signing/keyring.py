"""With which keys an office signs, and where their chains end."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from asn1crypto import x509

from casework.signing.authority import Authority
from casework.signing.certificates import Identity, ends
from casework.signing.device import SealKey
from casework.signing.sm2_seal import Sm2Seal
from casework.signing.trust import Trust


def nobody_else() -> tuple[bytes, ...]:
    """Return no revocation list: all that is needed is our own."""
    return ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys of the office's papers. Those of its log are in ``Authority``."""

    issuer: Identity
    """Issues the certificate of each single act of signing, and the revocations."""
    seal: Identity | SealKey
    """The office's seal."""
    embedded: Identity
    """The embedded root; it signs what the settings give to nobody else."""
    trust: Trust
    lists: Callable[[], tuple[bytes, ...]] = nobody_else
    """Returns the newest revocation lists (DER) of everybody else in the chains."""
    sm2: Sm2Seal | None = None
    """Signs beside what the seal is in; most offices have none."""

    def foreign_issuers(self) -> dict[bytes, str]:
        """Return whose revocation lists a proof needs besides ours: name (DER), text.

        Time stamp authorities are not among them: only their stamps say who issued
        their certificates.
        """
        held = self.seal.certificate, self.issuer.certificate, *self.trust.chain
        found = [x509.Certificate.load(one) for one in held]
        ours = {self.issuer.certificate, self.embedded.certificate}
        own = {x509.Certificate.load(one).subject.dump() for one in ours}
        return {
            one.issuer.dump(): one.issuer.human_friendly
            for one in found
            if one.issuer != one.subject and one.issuer.dump() not in own
        }

    def ends(self) -> dict[str, dt.datetime]:
        """Return until when each key can be used."""
        held = {"root": self.issuer.certificate, "seal": self.seal.certificate}
        if self.sm2 is not None:
            held["sm2"] = self.sm2.certificate
        return {name: ends(one) for name, one in held.items()}


def own_keyring(authority: Authority) -> Keyring:
    """Return the embedded keys: an agreement, no licence."""
    trust = Trust(roots=(authority.root.certificate,))
    root, seal = authority.root, authority.seal
    return Keyring(issuer=root, seal=seal, embedded=root, trust=trust)
