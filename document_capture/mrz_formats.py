"""The five formats of machine-readable zones: ICAO Doc 9303, 8th edition.

Parts 4 (TD3), 5 (TD1), 6 (TD2) and 7 (visas MRV-A and MRV-B); alphabets, check
digits and country codes from part 3, sections 4 and 5.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FILLER: Final = "<"
ALPHABET: Final = LETTERS + DIGITS + FILLER
NAMES: Final = LETTERS + FILLER
DATE: Final = DIGITS + FILLER

Span = tuple[int, int, int]
"""A line, its first character and the one after the last, counted from 0."""


class Check(msgspec.Struct, frozen=True):
    """Where a check digit is printed and which characters it covers, in order."""

    at: Span
    over: tuple[Span, ...]


class Format(msgspec.Struct, frozen=True):
    """Where everything stands in one format."""

    name: str
    lines: int
    length: int
    fields: Mapping[str, Span]
    checks: Mapping[str, Check]


def _td1() -> Format:
    fields = {
        "document": (0, 0, 2),
        "issuer": (0, 2, 5),
        "number": (0, 5, 14),
        "optional": (0, 15, 30),
        "birth": (1, 0, 6),
        "sex": (1, 7, 8),
        "expiry": (1, 8, 14),
        "nationality": (1, 15, 18),
        "optional_2": (1, 18, 29),
        "names": (2, 0, 30),
    }
    checks = {
        "number": Check((0, 14, 15), ((0, 5, 14),)),
        "birth": Check((1, 6, 7), ((1, 0, 6),)),
        "expiry": Check((1, 14, 15), ((1, 8, 14),)),
        "composite": Check(
            (1, 29, 30), ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29))
        ),
    }
    return Format("TD1", 3, 30, fields, checks)


def _two_lines(name: str, length: int, optional: Span) -> Format:
    """The second line of TD2, TD3 and both visas begins in the same way."""
    fields = {
        "document": (0, 0, 2),
        "issuer": (0, 2, 5),
        "names": (0, 5, length),
        "number": (1, 0, 9),
        "nationality": (1, 10, 13),
        "birth": (1, 13, 19),
        "sex": (1, 20, 21),
        "expiry": (1, 21, 27),
        "optional": optional,
    }
    checks = {
        "number": Check((1, 9, 10), ((1, 0, 9),)),
        "birth": Check((1, 19, 20), ((1, 13, 19),)),
        "expiry": Check((1, 27, 28), ((1, 21, 27),)),
    }
    if name in {"TD2", "TD3"}:
        covered = ((1, 0, 10), (1, 13, 20), (1, 21, length - 1))
        checks["composite"] = Check((1, length - 1, length), covered)
    if name == "TD3":
        checks["optional"] = Check((1, 42, 43), ((1, 28, 42),))
    return Format(name, 2, length, fields, checks)


FORMATS: Final[Mapping[str, Format]] = {
    "TD1": _td1(),
    "TD2": _two_lines("TD2", 36, (1, 28, 35)),
    "TD3": _two_lines("TD3", 44, (1, 28, 42)),
    "MRV-A": _two_lines("MRV-A", 44, (1, 28, 44)),
    "MRV-B": _two_lines("MRV-B", 36, (1, 28, 36)),
}

ALPHABETS: Final[Mapping[str, str]] = {
    "issuer": NAMES,
    "nationality": NAMES,
    "names": NAMES,
    "birth": DATE,
    "expiry": DATE,
    "sex": "MF<",
}
"""What may stand in a field that does not take every character."""

CONFUSED: Final = ("O0", "I1", "Z2", "S5", "G6", "B8")
"""Pairs of a letter and a digit that readers confuse even in OCR-B."""
LOOKALIKES: Final = (*CONFUSED, "Q0", "D0", "L1", "T7", "A4")
"""With those of worse print: only for places where one of a pair cannot stand."""


def format_of(lines: tuple[str, ...]) -> Format | None:
    """Return the format with as many lines of this length; visas begin with V."""
    visa = lines[0].startswith("V") if lines else False
    for layout in FORMATS.values():
        sizes = [layout.length] * layout.lines
        if [len(line) for line in lines] != sizes:
            continue
        if layout.lines == 2 and visa != layout.name.startswith("MRV"):
            continue
        return layout
    return None


_CODES = """
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN
BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN
CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU
DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR
GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV
HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM
KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA
MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM
NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL
PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE
SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK
TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB
VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE
D GBD GBN GBO GBP GBS RKS EUE IAO UNO UNA UNK UTO
XAA XBA XCC XCE XCO XDC XEC XES XIM XMP XOM XPO XCT XSM XXA XXB XXC XXX
ANT NTZ YUG SCG ZAR
"""
COUNTRIES: Final = frozenset(_CODES.split())
"""ISO 3166-1 alpha-3 and the codes of Doc 9303 part 3 section 5: D for Germany,
British subjects, organisations, refugees and the stateless (XXA to XXX), and UTO,
Utopia, for specimens. The last row are codes of papers that still exist."""
