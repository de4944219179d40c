"""Where a key lies in a token: a PKCS #11 address (RFC 7512)."""

import dataclasses
from urllib.parse import unquote

SCHEME = "pkcs11:"


class BadAddress(Exception):
    """Not an address of a key in a token; the text says what is missing."""


@dataclasses.dataclass(frozen=True, slots=True)
class TokenAddress:
    """The library of a token, its label, and the label of key and certificate."""

    module: str
    token: str
    name: str


def read_address(text: str) -> TokenAddress:
    """Return what an address such as ``pkcs11:token=T;object=K?module-path=M`` names.

    Raises:
        BadAddress: a part is missing, or one that has no place here.
    """
    path, _, query = text.removeprefix(SCHEME).partition("?")
    found = _parts(path, ";") | _parts(query, "&")
    if "pin-value" in found or "pin-source" in found:
        raise BadAddress(
            "a PIN has no place in an address: COUNTER_SEAL_PASSWORD_FILE names "
            "the file with it"
        )
    missing = [one for one in ("token", "object", "module-path") if not found.get(one)]
    if missing:
        raise BadAddress(
            f"{missing[0]} is missing; an address is like "
            "pkcs11:token=office;object=seal?module-path=/usr/lib/token.so"
        )
    return TokenAddress(found["module-path"], found["token"], found["object"])


def _parts(text: str, between: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in text.split(between) if one)
    return {name: unquote(value) for name, _, value in pairs}
