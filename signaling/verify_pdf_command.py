"""``counter verify FILE.pdf``: every signature of a PDF, one check a line, offline."""

import argparse
from pathlib import Path

from casework.checks import Check
from casework.signing.certificate_files import certificates_in, revocations_in
from casework.signing.report import etsi_report
from casework.signing.sm2_lines import Sm2Known, sm2_lines
from casework.signing.timestamps import machine_time
from casework.signing.trust import Anchor, Known
from casework.signing.trust_lists import BadTrustList, read_list
from casework.verify import checks_of, read_verdicts
from protocol.texts import text

TRUST = "KEY:FILE, a signed trust list and its publisher's key in hexadecimal"


def add_pdf_options(parser: argparse.ArgumentParser) -> None:
    """Add what only a PDF needs."""
    parser.add_argument("--root", help="root certificates (PEM or DER), for a PDF")
    said = "root of a time stamp authority (PEM or DER), for a PDF"
    parser.add_argument("--time-root", action="append", default=[], help=said)
    parser.add_argument(
        "--crl", action="append", default=[], help="newer revocation list (PEM or DER)"
    )
    parser.add_argument("--trust", action="append", default=[], help=TRUST)
    parser.add_argument("--sm2", help="SM2 signature beside the PDF (FILE.pdf.sm2)")
    said = "root certificates (PEM or DER) of SM2 signatures, of a PDF or in a dossier"
    parser.add_argument("--sm2-root", help=said)
    said = "revocation list (PEM or DER) of an SM2 authority; may be repeated"
    parser.add_argument("--sm2-crl", action="append", default=[], help=said)
    parser.add_argument("--report", help="write the ETSI TS 119 102-2 report here")


def verify_pdf_file(arguments: argparse.Namespace, data: bytes) -> list[Check]:
    """Return the checks of every signature, and write the report if one is asked."""
    known = _known(arguments)
    verdicts = read_verdicts(data, known)
    if arguments.report:
        found = [] if isinstance(verdicts, str) else verdicts
        Path(arguments.report).write_bytes(etsi_report(found, known.now))
    checks = list(checks_of("", verdicts, None))
    if arguments.sm2:
        file = Path(arguments.sm2).read_bytes()
        checks += sm2_lines("", data, file, sm2_known(arguments))
    return checks


def sm2_known(arguments: argparse.Namespace) -> Sm2Known:
    """Return what ``--sm2-root`` and ``--sm2-crl`` tell; raises ``Unreadable``."""
    return Sm2Known(
        now=machine_time(),
        roots=_certificates(arguments.sm2_root) if arguments.sm2_root else (),
        lists=tuple(map(_list, arguments.sm2_crl)),
    )


def _list(name: str) -> bytes:
    return revocations_in(Path(name).read_bytes())


def _known(arguments: argparse.Namespace) -> Known:
    anchors = [anchor for given in arguments.trust for anchor in _listed(given)]
    if arguments.root:
        anchors += [Anchor(one) for one in _certificates(arguments.root)]
    for name in arguments.time_root:
        anchors += [Anchor(one, time_only=True) for one in _certificates(name)]
    return Known(tuple(anchors), newer_lists(arguments))


def newer_lists(arguments: argparse.Namespace) -> tuple[bytes, ...]:
    """Return the revocation lists (DER) of ``--crl``; raises ``Unreadable``."""
    return tuple(map(_list, arguments.crl))


def _listed(given: str) -> list[Anchor]:
    key, _, name = given.partition(":")
    try:
        public = bytes.fromhex(key)
    except ValueError as error:
        raise BadTrustList("key") from error
    return read_list(Path(name).read_bytes(), public, machine_time())


def _certificates(name: str) -> tuple[bytes, ...]:
    return certificates_in(Path(name).read_bytes())


def line(check: Check, language: str) -> str:
    """Return a check as one line of text."""
    mark = "✓" if check.holds else "✗" if check.known else "?"
    more = [check.detail, text(check.note, language) if check.note else ""]
    told = "; ".join(one for one in more if one)
    about = f": {check.about}" if check.about else ""
    detail = f" ({told})" if told else ""
    return f"{mark} {text(check.name, language)}{about}{detail}"
