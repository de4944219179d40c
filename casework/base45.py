"""Base45 (RFC 9285): bytes in the characters that QR codes hold most densely."""

from typing import Final

LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def encode(data: bytes) -> str:
    """Return ``data`` as text: three characters for two bytes."""
    out = []
    for place in range(0, len(data), 2):
        pair = data[place : place + 2]
        rest, low = divmod(int.from_bytes(pair, "big"), 45)
        high, middle = divmod(rest, 45)
        digits = (low, middle, high) if len(pair) == 2 else (low, middle)
        out += [LETTERS[digit] for digit in digits]
    return "".join(out)


def decode(text: str) -> bytes:
    """Return the bytes that ``text`` stands for.

    Raises:
        ValueError: a character of another alphabet, a length that none has, or
            three characters for more than 16 bits.
    """
    if len(text) % 3 == 1:
        raise ValueError("length")
    values = [LETTERS.index(character) for character in text]
    out = bytearray()
    for place in range(0, len(values), 3):
        digits = values[place : place + 3]
        number = sum(digit * 45**power for power, digit in enumerate(digits))
        out += number.to_bytes(len(digits) - 1, "big") if _fits(number, digits) else b""
    return bytes(out)


def _fits(number: int, digits: list[int]) -> bool:
    if number >= 256 ** (len(digits) - 1):
        raise ValueError("more than its bytes hold")
    return True
