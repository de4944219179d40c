"""The SM2 signatures in a dossier: each lies beside the PDF that it is of."""

from collections.abc import Iterator, Mapping

from casework.archive import unpack
from casework.checks import Check
from casework.signing.sm2_lines import SUFFIX, Sm2Known, covers, sm2_lines


def beside(files: Mapping[str, bytes]) -> Iterator[Check]:
    """Return whether each signature is of the PDF beside it, unless that is withheld.

    Needs no extra: who signed is looked at by ``sm2_of_dossier``.
    """
    for name, pdf, file in _pairs(files):
        yield covers(name, pdf, file)


def sm2_of_dossier(data: bytes, known: Sm2Known) -> list[Check]:
    """Return who signed, for each SM2 signature; one line says it if there is none.

    Raises:
        Unreadable: no archive.
    """
    members, _ = unpack(data)
    found: list[Check] = []
    for name, pdf, file in _pairs(members):
        # That it is of this PDF has its line already: ``beside``.
        found += sm2_lines(name, pdf, file, known)[1:]
    return found or [Check("check-sm2-covers", "", False, note="note-sm2-none")]


def _pairs(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, bytes]]:
    for name in sorted(files):
        of = name.removesuffix(SUFFIX)
        if name.endswith(SUFFIX) and of in files:
            yield name, files[of], files[name]
