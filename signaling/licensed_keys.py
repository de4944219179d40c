"""The office's own keys, from files that the settings name; refused in words."""

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable
from pathlib import Path

from casework.errors import Unreadable
from casework.signing.authority import Authority
from casework.signing.certificate_files import certificates_in, split
from casework.signing.certificates import Identity
from casework.signing.device import SealKey
from casework.signing.key_files import (
    UnusableKey,
    read_key_file,
    require_chain,
    require_for_issuing,
    require_for_seal,
    require_valid,
)
from casework.signing.keyring import Keyring, own_keyring
from casework.signing.trust import Trust
from protocol.settings import BadSetting
from signaling.settings import Settings
from signaling.token_address import SCHEME
from signaling.token_key import open_token

log = logging.getLogger(__name__)


def open_keyring(settings: Settings, authority: Authority, now: dt.datetime) -> Keyring:
    """Return the keys that the settings name; what they do not name is embedded.

    Raises:
        BadSetting: a key, a certificate or its chain cannot be used; in words.
    """
    keyring, embedded = own_keyring(authority), authority.root.certificate
    believed = _believed(settings)
    ways = [
        _Way("SEAL", settings.seal_file, settings.seal_password_file, require_for_seal),
        _Way(
            "ISSUER",
            settings.issuer_file,
            settings.issuer_password_file,
            require_for_issuing,
        ),
    ]
    found = {way.name: way.open(believed, now) for way in ways if way.path}
    for name in ("SEAL", "ISSUER"):
        if name not in found:
            log.warning("embedded key (%s): an agreement, no licence", name.lower())
    roots, between = split(believed)
    if len(found) < len(ways):
        roots = (*roots, *(() if embedded in roots else (embedded,)))
    clocks = () if settings.tsa_urls or embedded in roots else (embedded,)
    chain = dict.fromkeys(between + tuple(c for one in found.values() for c in one[1]))
    trust = Trust(
        roots=roots,
        time_roots=clocks,
        chain=tuple(one for one in chain if one not in roots),
    )
    seal = found["SEAL"][0] if "SEAL" in found else keyring.seal
    issuer = found["ISSUER"][0] if "ISSUER" in found else keyring.issuer
    if not isinstance(issuer, Identity):
        raise BadSetting("COUNTER_ISSUER_FILE: only the seal may lie in a token")
    return dataclasses.replace(keyring, seal=seal, issuer=issuer, trust=trust)


@dataclasses.dataclass(frozen=True, slots=True)
class _Way:
    """Where a key comes from, and what its certificate has to be for."""

    name: str
    path: str
    password_path: str
    require: Callable[[bytes], None]

    def open(
        self, believed: tuple[bytes, ...], now: dt.datetime
    ) -> tuple[Identity | SealKey, tuple[bytes, ...]]:
        """Return the key, and the certificates between it and its root."""
        password = _password(self.password_path, f"COUNTER_{self.name}_PASSWORD_FILE")
        try:
            if self.path.startswith(SCHEME):
                token = open_token(self.path, password)
                return token, self._checked(
                    token.certificate, believed + token.others, believed, now
                )
            held = read_key_file(_bytes(self.path, self.setting), password)
            own, there = held.identity, believed + held.others
            return own, self._checked(own.certificate, there, believed, now)
        except UnusableKey as error:
            raise BadSetting(f"{self.setting}: {error} ({self.path})") from error

    @property
    def setting(self) -> str:
        return f"COUNTER_{self.name}_FILE"

    def _checked(
        self,
        own: bytes,
        there: tuple[bytes, ...],
        believed: tuple[bytes, ...],
        now: dt.datetime,
    ) -> tuple[bytes, ...]:
        require_valid(own, now)
        self.require(own)
        way = require_chain(own, there)
        for one in way:
            require_valid(one, now)
        root = way[-1] if way else own
        if root not in believed:
            raise UnusableKey("its root certificate is not in COUNTER_ROOTS")
        # Its own certificate, too: an issuer lies between what it issues and the root.
        return (own, *way[:-1]) if way else ()


def _believed(settings: Settings) -> tuple[bytes, ...]:
    if not settings.roots:
        if settings.seal_file or settings.issuer_file:
            raise BadSetting(
                "COUNTER_ROOTS: name the file (PEM) of the root certificate under "
                "which the office's keys stand, and of what lies between"
            )
        return ()
    return read_certificates(settings.roots, "COUNTER_ROOTS")


def read_certificates(path: str, setting: str) -> tuple[bytes, ...]:
    """Return the certificates (DER) in the file that a setting names.

    Raises:
        BadSetting: no such file, or no certificates in it.
    """
    try:
        return certificates_in(_bytes(path, setting))
    except Unreadable as error:
        raise BadSetting(
            f"{setting}: no certificates (PEM or DER) in {path}"
        ) from error


def _password(path: str, setting: str) -> bytes:
    return _bytes(path, setting).rstrip(b"\r\n") if path else b""


def _bytes(path: str, setting: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadSetting(f"{setting}: {path or '(empty)'} cannot be read") from error
