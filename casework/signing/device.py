"""A key that never leaves its device, as pyHanko signs with it."""

from typing import Any, Protocol

from asn1crypto import cms, x509
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import CertificateStore

from casework.errors import CaseworkError
from casework.signing.flat import flat

LARGEST_SIGNATURE = 512
"""Bytes: RSA with 4096 bits. Room for it is made before the device is asked."""


class SealAway(CaseworkError):
    """The device with the office's seal does not answer; nothing was sealed."""

    code = "seal-away"


class SealRevoked(CaseworkError):
    """The certificate of the office's seal was revoked; nothing is sealed with it."""

    code = "seal-revoked"


class SealKey(Protocol):
    """The key of a seal in a device. It is asked in a thread and may take seconds."""

    @property
    def certificate(self) -> bytes:
        """Its certificate (X.509, DER)."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data`` with SHA-256.

        For an elliptic curve that is ECDSA as in RFC 3279, 2.2.3 (DER), for RSA
        PKCS #1 v1.5 (RFC 8017, 8.2).

        Raises:
            SealAway: the device is not there, or cannot sign.
        """
        ...


class DeviceSigner(Signer):
    """pyHanko's signer with a key in a device, with flat attributes."""

    def __init__(self, key: SealKey, known: CertificateStore) -> None:
        certificate = x509.Certificate.load(key.certificate)
        super().__init__(signing_cert=certificate, cert_registry=known)
        self._key = key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Return the device's signature; for a dry run, as many bytes."""
        assert digest_algorithm == "sha256", "the only one that is asked for"
        return bytes(LARGEST_SIGNATURE) if dry_run else self._key.sign(data)

    async def signed_attrs(self, *args: Any, **more: Any) -> cms.CMSAttributes:
        """Return what is signed besides the digest."""
        return flat(await super().signed_attrs(*args, **more))

    async def unsigned_attrs(self, *args: Any, **more: Any) -> cms.CMSAttributes | None:
        """Return what is added to the signature: its time stamp."""
        made = await super().unsigned_attrs(*args, **more)
        return None if made is None else flat(made)
