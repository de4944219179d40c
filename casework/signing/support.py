"""What a signature rests on: roots, revocation lists, and who tells the time."""

import dataclasses

from asn1crypto import crl, keys, x509
from pyhanko.sign.signers import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from casework.signing.certificates import Identity
from casework.signing.device import DeviceSigner, SealKey
from casework.signing.flat import FlatSigner
from casework.signing.trust import Trust


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a signature rests on besides its own key.

    Without ``stamper`` there is no time but the signer's own word (B-B).
    """

    trust: Trust
    lists: tuple[bytes, ...] = ()
    """Revocation lists (DER)."""
    stamper: TimeStamper | None = None

    def without_time(self) -> "Support":
        """Return the same, for when no time stamp authority answers."""
        return dataclasses.replace(self, stamper=None)

    def context(self) -> ValidationContext:
        """Return what pyHanko proves a chain with; nothing is ever fetched."""
        return ValidationContext(
            trust_roots=[x509.Certificate.load(one) for one in self.trust.for_time],
            other_certs=[x509.Certificate.load(one) for one in self.trust.chain],
            crls=[crl.CertificateList.load(one) for one in self.lists],
            allow_fetching=False,
            revocation_mode="require",
        )

    def certificates(self) -> list[x509.Certificate]:
        """Return what lies between signers and their roots, with the roots."""
        held = self.trust.roots + self.trust.chain
        return [x509.Certificate.load(one) for one in held]

    def signer(self, identity: Identity | SealKey) -> Signer:
        """Return ``identity`` as pyHanko signs with it."""
        store = SimpleCertificateStore()
        store.register_multiple(self.certificates())
        if not isinstance(identity, Identity):
            return DeviceSigner(identity, store)
        return FlatSigner(
            signing_cert=x509.Certificate.load(identity.certificate),
            signing_key=keys.PrivateKeyInfo.load(identity.key),
            cert_registry=store,
        )
