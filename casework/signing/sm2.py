"""The SM2 signature with SM3 (GB/T 32918.2, GB/T 32905), by the library GmSSL.

GmSSL is an optional extra. What it is not needed for, the digest, works without it.
"""

from typing import Final

from cryptography.hazmat.primitives import hashes

from casework.errors import CaseworkError

IDENTITY: Final = b"1234567812345678"
"""Who signs, as it goes into the digest, where nothing else was agreed (GM/T 0009)."""
KEY_SIZE: Final = 32
"""Bytes of a private key."""
POINT_SIZE: Final = 64
"""Bytes of a public key: x and y, big-endian."""
EXTRA: Final = (
    "SM2 signatures need the package gmssl-pyx: pip install 'smart-counter[sm2]'"
)


class NoSm2(CaseworkError):
    """The extra with which SM2 signatures are made and checked is not installed."""

    code = "no-sm2"


class Sm2Failed(CaseworkError):
    """A key with which no SM2 signature can be made."""

    code = "unusable-key"


def sm3(data: bytes) -> bytes:
    """Return the digest of ``data`` (GB/T 32905), 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def require_sm2() -> None:
    """Raise ``NoSm2`` unless signatures can be made and checked here."""
    try:
        import gmssl_pyx  # noqa: F401, PLC0415  # optional
    except ImportError as error:
        raise NoSm2(EXTRA) from error


def sm2_sign(key: bytes, public: bytes, data: bytes) -> bytes:
    """Return a signature of ``data`` as GM/T 0009 encodes it (DER).

    ``key`` has ``KEY_SIZE`` bytes, ``public`` has ``POINT_SIZE``. That the two belong
    together is not looked at: ``sm2_verify`` tells.

    Raises:
        NoSm2: the extra is not installed.
        Sm2Failed: the key is none of this curve.
    """
    require_sm2()
    import gmssl_pyx  # noqa: PLC0415  # optional

    try:
        return bytes(gmssl_pyx.sm2_sign(key, public, data, IDENTITY))
    except gmssl_pyx.GmsslInnerError as error:
        raise Sm2Failed("the key is none of the SM2 curve") from error


def sm2_verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Return whether ``signature`` (GM/T 0009, DER) of ``data`` is by ``public``.

    Raises:
        NoSm2: the extra is not installed.
    """
    require_sm2()
    import gmssl_pyx  # noqa: PLC0415  # optional

    try:
        point = gmssl_pyx.normalize_sm2_public_key(public)
        return bool(gmssl_pyx.sm2_verify(point, data, signature, IDENTITY))
    except gmssl_pyx.GmsslInnerError:
        return False
