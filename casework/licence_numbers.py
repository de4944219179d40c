"""How licences are numbered: what a template's ``identifier`` may name."""

import string
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

LETTERS: Final = string.digits + string.ascii_uppercase
"""The characters of ISO/IEC 7064 MOD 37,36, by value."""
ROOT: Final = "1.2.156.3005.2"
"""The root that electronic licences of the PRC are numbered under."""
SERIAL_DIGITS, EDITION_DIGITS = 14, 3


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """What an identifier is made of."""

    kind: str
    """Code of the kind of licence, from the office's catalogue."""
    issuer: str
    """Unified social credit code of the issuer (GB 32100)."""
    serial: str
    """The acceptance number: unique in this office."""
    edition: int
    """From 1; an amended or renewed licence is the next edition."""


def plain(what: Numbered) -> str:
    """Return the acceptance number and the edition."""
    return f"{what.serial}-{what.edition}"


def gbt_36904(what: Numbered) -> str:
    """Return an identifier in the form of GB/T 36904-2018.

    Root, kind, issuer, serial, edition and a check character (GB/T 17710, MOD
    37,36), joined by dots. The standard's text is not free: an office compares
    this with its own copy before it uses it, and can name another form.
    """
    edition = f"{what.edition:0{EDITION_DIGITS}d}"
    parts = [what.kind, what.issuer, what.serial, edition]
    return ".".join([ROOT, *parts, check_character("".join(parts))])


def check_character(text: str) -> str:
    """Return the ISO/IEC 7064 MOD 37,36 check character of letters and digits."""
    product = 36
    for character in text:
        product = (product + LETTERS.index(character)) % 36 or 36
        product = product * 2 % 37
    return LETTERS[(37 - product) % 36]


IDENTIFIERS: Final[Mapping[str, Callable[[Numbered], str]]] = {
    "plain": plain,
    "gbt-36904": gbt_36904,
}
"""A deployment adds its own form here; a template names it."""
