"""Applicant, clerk and authority sign one PDF, and others agree that they did."""

import datetime as dt
import hashlib
import io
import subprocess
from pathlib import Path

import pytest
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from reportlab.lib.pagesizes import A4

from casework.papers.fonts import load_fonts
from casework.papers.sheet import Sheet
from casework.signing.certificates import Revoked, revocation_list, serial_of
from casework.signing.evidence_file import Ceremony
from casework.signing.lines import lines_of
from casework.signing.notary import Notary
from casework.signing.pades import Box
from casework.signing.report import etsi_report, indication
from casework.signing.timestamps import NoTime
from casework.signing.verdicts import Known, Verdict, agreed, verify_pdf
from protocol.ids import CaseId, StaffId
from protocol.parts import PageSeen
from tests.builders import FONTS, a_signature, an_authority, has

AUTHORITY = an_authority()
NOTARY = Notary(AUTHORITY)
KNOWN = agreed(AUTHORITY.root.certificate)
BOX: Box = (330, 92, 545, 162)
CASE = CaseId("c" * 32)


def a_paper() -> bytes:
    sheet = Sheet(A4, "paper")
    sheet.write(60, 700, "what is shown")
    return sheet.pdf()


def a_ceremony(shown: bytes) -> Ceremony:
    return Ceremony(
        case=CASE,
        shown_sha256=hashlib.sha256(shown).hexdigest(),
        shown_bytes=len(shown),
        pages=(PageSeen(page=1, seconds=3.5),),
        declared="paper-declaration/1 touch",
        language="en",
        strokes_sha256="0" * 64,
        strokes_pressure=False,
        identity="1" * 64,
    )


def certified(shown: bytes, notary: Notary = NOTARY) -> bytes:
    return notary.certify(shown, a_signature(), BOX, a_ceremony(shown)).pdf


load_fonts(FONTS)
SHOWN = a_paper()
BY_APPLICANT = certified(SHOWN)
BY_ALL = NOTARY.countersign(BY_APPLICANT, CASE, StaffId("clerk")).pdf


def verdicts(pdf: bytes, known: Known = KNOWN) -> list[Verdict]:
    return verify_pdf(pdf, known)


class NoClock:
    """A time stamp authority that is away."""

    def reply(self, request: bytes) -> bytes:
        raise NoTime("away")


def test_applicant_clerk_and_authority_sign_and_all_three_hold() -> None:
    found = verdicts(BY_ALL)

    assert [one.field for one in found] == ["Applicant", "Clerk", "Seal"]
    assert [one.good for one in found] == [True, True, True]
    assert all(one.proven for one in found)


def test_every_earlier_revision_stays_a_byte_prefix() -> None:
    assert BY_APPLICANT.startswith(SHOWN)
    assert BY_ALL.startswith(BY_APPLICANT)


def test_the_signed_file_itself_proves_what_was_shown() -> None:
    [applicant, clerk, _] = verdicts(BY_ALL)

    assert applicant.shown is not None
    assert (applicant.shown.size, applicant.shown.holds) == (len(SHOWN), True)
    assert applicant.shown.sha256 == hashlib.sha256(SHOWN).hexdigest()
    assert clerk.shown is None


def test_each_check_has_its_own_line() -> None:
    [applicant, *_] = verdicts(BY_ALL)

    lines = lines_of("application.pdf", applicant)

    assert [one.name for one in lines] == [
        "check-prefix",
        "check-intact",
        "check-chain",
        "check-revocation",
        "check-time",
        "check-changes",
        "check-trust-list",
    ]
    assert all(one.holds for one in lines)
    assert lines[-1].note == "note-agreement"


def test_one_changed_byte_of_what_was_shown_breaks_every_signature() -> None:
    place = SHOWN.index(b"stream") + 20
    changed = BY_ALL[:place] + bytes([BY_ALL[place] ^ 1]) + BY_ALL[place + 1 :]

    found = verdicts(changed)

    assert [one.intact for one in found] == [False, False, False]
    assert found[0].shown is not None and not found[0].shown.holds
    assert {indication(one)[0] for one in found} == {"total-failed"}


def test_what_is_drawn_over_a_signed_page_is_told() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(BY_ALL))
    red = writer.add_object(StreamObject(stream_data=b"1 0 0 rg 9 9 99 99 re f"))
    writer.add_stream_to_page(0, red)  # type: ignore[no-untyped-call]  # pyHanko's
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]  # pyHanko's

    found = verdicts(out.getvalue())

    assert [one.intact for one in found] == [True, True, True]
    assert [one.changes_allowed for one in found] == [False, False, False]


def test_somebody_elses_root_is_not_believed() -> None:
    other = agreed(an_authority().root.certificate)

    [applicant, *_] = verdicts(BY_ALL, other)

    assert (applicant.chain, applicant.anchor, applicant.good) == (False, None, False)
    assert applicant.intact


def test_a_certificate_revoked_before_it_signed_is_not_believed() -> None:
    hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    revoked = Revoked(serial_of(AUTHORITY.seal.certificate), hour_ago.timestamp())
    newer = revocation_list(AUTHORITY.root, dt.datetime.now(dt.UTC), [revoked])
    known = agreed(AUTHORITY.root.certificate, newer)

    applicant, clerk, seal = verdicts(BY_ALL, known)

    assert (seal.revoked, seal.good) == (True, False)
    assert applicant.good and clerk.good


def test_a_certificate_revoked_later_changes_nothing() -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    revoked = Revoked(serial_of(AUTHORITY.seal.certificate), tomorrow.timestamp())
    newer = revocation_list(AUTHORITY.root, tomorrow, [revoked])
    known = Known(KNOWN.anchors, (newer,), tomorrow + dt.timedelta(days=1))

    assert all(one.good for one in verdicts(BY_ALL, known))


@pytest.mark.parametrize(("days", "good"), [(30, True), (395, True), (420, False)])
def test_a_paper_is_checked_for_a_year_with_what_it_carries(
    days: int, good: bool
) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    known = Known(KNOWN.anchors, (), later)

    assert [one.good for one in verdicts(BY_ALL, known)] == [good] * 3


def test_with_a_newer_list_it_is_checked_after_years() -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=4 * 365)
    newer = revocation_list(AUTHORITY.root, later - dt.timedelta(days=1))
    known = Known(KNOWN.anchors, (newer,), later)

    assert all(one.good for one in verdicts(BY_ALL, known))


def test_without_a_clock_the_signature_is_kept_and_says_so() -> None:
    away = Notary(AUTHORITY, NoClock())

    done = away.certify(SHOWN, a_signature(), BOX, a_ceremony(SHOWN))

    assert not done.timed
    [applicant] = verdicts(done.pdf)
    assert (applicant.intact, applicant.chain, applicant.proven) == (True, True, False)
    [time] = [one for one in lines_of("", applicant) if one.name == "check-time"]
    assert (time.holds, time.known, time.note) == (False, False, "note-own-word")


def test_what_was_signed_without_a_clock_gets_its_time_later() -> None:
    away = Notary(AUTHORITY, NoClock())
    waiting = certified(SHOWN, away)

    upgraded = NOTARY.renew(waiting)

    assert upgraded.startswith(waiting)
    [applicant] = verdicts(upgraded)
    assert applicant.good


def test_a_younger_time_stamp_keeps_all_the_older_ones() -> None:
    renewed = NOTARY.renew(BY_ALL)

    assert renewed.startswith(BY_ALL)
    assert [one.good for one in verdicts(renewed)] == [True, True, True]


def test_the_report_of_etsi_names_every_signature() -> None:
    found = verdicts(BY_ALL)

    report = etsi_report(found, KNOWN.now).decode()

    assert report.count("urn:etsi:019102:mainindication:total-passed") == 3
    assert report.count("<vr:SignatureValidationReport>") == 3
    assert report.count("urn:etsi:019102:validationObject:certificate") == 3


@pytest.mark.skipif(not has("pdfsig"), reason="poppler's pdfsig is not installed")
def test_poppler_agrees_with_our_signatures(tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(BY_ALL)

    done = subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, text=True, check=False
    )

    # It does not read time stamps over the whole file, and says so.
    assert done.stdout.count("Signature is Valid.") == 3
    assert done.stdout.count("Type: ETSI.CAdES.detached") == 3
    assert done.stdout.count("Signature has not yet been verified.") == 2
    assert "Total document signed" in done.stdout


@pytest.mark.skipif(not has("pdfsig"), reason="poppler's pdfsig is not installed")
def test_poppler_sees_a_changed_byte_as_we_do(tmp_path: Path) -> None:
    place = SHOWN.index(b"stream") + 20
    path = tmp_path / "changed.pdf"
    path.write_bytes(BY_ALL[:place] + b"#" + BY_ALL[place + 1 :])

    done = subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, text=True, check=False
    )

    assert "Signature is Valid." not in done.stdout
