"""Acceptance numbers: what people read aloud, type and write down."""

from datetime import date

from casework.errors import BadNumber

LENGTH = 14
"""Year, month and day (8), the day's serial (5), check digit (1)."""


def acceptance_number(day: date, serial: int) -> str:
    """Return the number of the ``serial``-th case submitted on ``day``.

    Raises:
        BadNumber: ``serial`` is not between 1 and 99,999.
    """
    if not 1 <= serial <= 99_999:
        raise BadNumber("serial out of range")
    digits = f"{day:%Y%m%d}{serial:05d}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """Return the ISO/IEC 7064 MOD 11,10 check digit of ``digits``.

    It finds every single wrong digit and nearly every swap of two neighbours.
    """
    product = 10
    for digit in digits:
        product = (product + int(digit)) % 10 or 10
        product = product * 2 % 11
    return str((11 - product) % 10)


def read_number(text: str) -> str:
    """Return the number in ``text`` without spaces and hyphens.

    Raises:
        BadNumber: not 14 digits, or the check digit is wrong.
    """
    digits = "".join(text.replace("-", " ").split())
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise BadNumber("length")
    if check_digit(digits[:-1]) != digits[-1]:
        raise BadNumber("check digit")
    return digits


def grouped(number: str) -> str:
    """Return ``number`` in groups, as it is printed: 20261121 00001 7."""
    return f"{number[:8]} {number[8:13]} {number[13:]}"
