"""The office's seal in a PKCS #11 token: a card, a stick, or a module for servers."""

import hashlib
import logging
import threading
from typing import Any

from casework.signing.device import SealAway
from casework.signing.key_files import UnusableKey, require_signs
from signaling.token_address import BadAddress, TokenAddress, read_address

log = logging.getLogger(__name__)

PROBE = b"smart-counter: does this key belong to this certificate?"


class TokenKey:
    """A ``SealKey``. One session, used by one thread at a time; reopened when lost."""

    def __init__(self, address: TokenAddress, pin: str) -> None:
        self._address = address
        self._pin = pin
        self._one_at_a_time = threading.Lock()
        self._key: Any = None
        self._session: Any = None
        self._locked_out = False
        self.certificate = b""
        self.others: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return "TokenKey(***)"

    def open(self) -> None:
        """Sign in to the token, and see that its key and certificate fit.

        Raises:
            UnusableKey: no such library, token, key or certificate, or another PIN.
        """
        self._connect()
        held = self._certificates()
        if not held:
            raise UnusableKey(
                f"there is no certificate named {self._address.name} in the token"
            )
        self.certificate, *others = held
        self.others = tuple(others)
        try:
            require_signs(self.certificate, PROBE, self.sign(PROBE))
        except SealAway as error:
            raise UnusableKey(f"the token does not sign: {error}") from error

    def sign(self, data: bytes) -> bytes:
        """Return the token's signature of ``data``; a token that came back is found."""
        import pkcs11  # noqa: PLC0415  # optional

        with self._one_at_a_time:
            try:
                if self._key is not None:
                    return self._signature(data)
            except pkcs11.PKCS11Error as error:
                log.warning("the seal's token: %s; trying anew", _said(error))
            try:
                self._connect()
                return self._signature(data)
            except (pkcs11.PKCS11Error, UnusableKey) as error:
                self._key = self._session = None
                log.warning("the seal's token: %s", _said(error))
                raise SealAway(_said(error)) from error

    def _signature(self, data: bytes) -> bytes:
        import pkcs11  # noqa: PLC0415  # optional
        from pkcs11.util.ec import encode_ecdsa_signature  # noqa: PLC0415  # as above

        if self._key.key_type == pkcs11.KeyType.EC:
            digest = hashlib.sha256(data).digest()
            pair = self._key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
            return bytes(encode_ecdsa_signature(pair))
        mechanism = pkcs11.Mechanism.SHA256_RSA_PKCS
        return bytes(self._key.sign(data, mechanism=mechanism))

    def _connect(self) -> None:
        """Sign in; a PIN that was wrong once is never tried again: cards lock."""
        import pkcs11  # noqa: PLC0415  # optional

        if self._locked_out:
            raise UnusableKey("the PIN was not accepted; it is not tried again")
        try:
            library = pkcs11.lib(self._address.module)
            library.reinitialize()
            token = library.get_token(token_label=self._address.token)
            self._session = token.open(user_pin=self._pin)
            self._key = self._session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._address.name
            )
        except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinLenRange) as error:
            self._locked_out = True
            raise UnusableKey(_said(error)) from error
        except pkcs11.PKCS11Error as error:
            raise UnusableKey(_said(error)) from error

    def _certificates(self) -> list[bytes]:
        """Return the certificates in the token, the key's own first."""
        import pkcs11  # noqa: PLC0415  # optional

        wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}
        found = list(self._session.get_objects(wanted))
        name, value = pkcs11.Attribute.LABEL, pkcs11.Attribute.VALUE
        found.sort(key=lambda one: one[name] != self._address.name)
        if not found or found[0][name] != self._address.name:
            return []
        return [bytes(one[value]) for one in found]


def open_token(text: str, pin: bytes) -> TokenKey:
    """Return the key at an address of RFC 7512.

    Raises:
        UnusableKey: what the address names cannot be used; the text says why.
    """
    try:
        address = read_address(text)
        key = TokenKey(address, pin.decode())
        key.open()
    except BadAddress as error:
        raise UnusableKey(str(error)) from error
    except UnicodeDecodeError as error:
        raise UnusableKey("the PIN is not text") from error
    except ImportError as error:
        raise UnusableKey(
            "a key in a token needs the package python-pkcs11: "
            "pip install 'smart-counter[token]'"
        ) from error
    return key


def _said(error: Exception) -> str:
    """Return what a token's refusal means, for the operator."""
    said = {
        "NoSuchToken": "no token with this label is plugged in",
        "TokenNotPresent": "no token is plugged in",
        "DeviceRemoved": "the token was unplugged",
        "NoSuchKey": "there is no such key in the token",
        "PinIncorrect": "the PIN is wrong",
        "PinLenRange": "the PIN is wrong: too short or too long",
        "PinLocked": "the PIN is locked: the token's administrator unlocks it",
    }
    return said.get(type(error).__name__) or f"{type(error).__name__} {error}".strip()
