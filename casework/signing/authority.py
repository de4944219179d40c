"""The local certificate authority: the embedded default, for development.

Without a licensed certificate authority a signature is reliable only as far as
the parties agree that it is; start-up and the verifier say so. Keys are EC
P-256, kept in one file that is sealed with the master key.
"""

import datetime as dt
from collections.abc import Collection
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casework import vault
from casework.signing.certificates import (
    Identity,
    Purpose,
    issue,
    make_root,
    serial_of,
)
from casework.signing.escrow import new_key
from casework.stores.durable import write_whole

FILE = "authority.sealed"
ROOT_YEARS = 20
SEAL_DAYS = 2 * 365
TIME_DAYS = 10 * 365
"""The key of the time stamps outlasts several seals."""
EVENT_MINUTES = 10
"""How long the certificate of one signing is valid: the ceremony, not longer.

Its key signs once and is stored nowhere (E-Signature Law of the PRC, article 13,
conditions 1 and 2).
"""

__all__ = ["Authority", "Identity", "make_authority", "open_authority"]


class Authority(msgspec.Struct, frozen=True):
    """Root, authority's seal, the Ed25519 keys of tokens and of the log.

    ``time`` signs time stamps, ``escrow`` (X25519) opens strokes; both are empty
    only in a file of an older version.
    """

    root: Identity
    seal: Identity
    log_key: bytes
    token_key: bytes
    time: Identity | None = None
    escrow: bytes = b""

    def __repr__(self) -> str:
        return "Authority(***)"

    def log_signer(self) -> Ed25519PrivateKey:
        """Return the key that signs checkpoints of the evidence log."""
        return Ed25519PrivateKey.from_private_bytes(self.log_key)

    def token_signer(self) -> Ed25519PrivateKey:
        """Return the key that signs session tokens."""
        return Ed25519PrivateKey.from_private_bytes(self.token_key)


def open_authority(
    folder: Path, master: bytes, office: str, revoked: Collection[int] = ()
) -> Authority:
    """Read the authority in ``folder``, or make it on the first start.

    A seal or clock whose certificate is among ``revoked`` (serial numbers) is made
    anew; the root is not, because everything stands under it.
    """
    path = folder / FILE
    now = dt.datetime.now(dt.UTC)
    if path.exists():
        plain = vault.unseal(master, FILE, path.read_bytes())
        authority = msgspec.msgpack.decode(plain, type=Authority)
        left = _without(authority, revoked, office, now)
        whole = _completed(left, now)
        if whole is authority:
            return authority
    else:
        whole = make_authority(office, now)
    sealed = vault.seal(master, FILE, msgspec.msgpack.encode(whole))
    write_whole(path, sealed)
    return whole


def make_authority(office: str, now: dt.datetime) -> Authority:
    """Return a new authority with a seal in the name of ``office``."""
    lasts = dt.timedelta(days=365 * ROOT_YEARS)
    root = make_root("Smart Counter development root", now, lasts)
    authority = Authority(
        root=root,
        seal=issue(office, root, now, dt.timedelta(days=SEAL_DAYS)),
        log_key=Ed25519PrivateKey.generate().private_bytes_raw(),
        token_key=Ed25519PrivateKey.generate().private_bytes_raw(),
    )
    return _completed(authority, now)


def _without(
    authority: Authority, revoked: Collection[int], office: str, now: dt.datetime
) -> Authority:
    """Return ``authority`` with a new seal, or no clock, in place of a revoked one."""
    if serial_of(authority.seal.certificate) in revoked:
        made = issue(office, authority.root, now, dt.timedelta(days=SEAL_DAYS))
        authority = msgspec.structs.replace(authority, seal=made)
    clock = authority.time
    if clock is not None and serial_of(clock.certificate) in revoked:
        authority = msgspec.structs.replace(authority, time=None)
    return authority


def _completed(authority: Authority, now: dt.datetime) -> Authority:
    """Return ``authority`` with the keys that its file did not have yet."""
    if authority.time is None:
        lasts = dt.timedelta(days=TIME_DAYS)
        name, purpose = "Smart Counter development clock", Purpose.TIME_STAMPING
        made = issue(name, authority.root, now, lasts, purpose)
        authority = msgspec.structs.replace(authority, time=made)
    if not authority.escrow:
        authority = msgspec.structs.replace(authority, escrow=new_key()[0])
    return authority
