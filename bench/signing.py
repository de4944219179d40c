"""CPU of sealing and verifying a paper, B-LTA with the embedded clock, EC keys.

``make bench NAME=signing``. The peer of verification is poppler's pdfsig, which
checks less: it reads no time stamps over the file and no revocation lists.
"""

import datetime as dt
import hashlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reportlab.lib.pagesizes import A4

from bench.report import Promise, at_most, beside, quick, tell
from casework.papers.fonts import load_fonts
from casework.papers.sheet import Sheet
from casework.signing.authority import make_authority
from casework.signing.evidence_file import Ceremony
from casework.signing.notary import Notary
from casework.signing.verdicts import agreed, verify_pdf
from counter_client.applicant import a_signature
from protocol.ids import CaseId, StaffId
from protocol.parts import PageSeen

SEAL_MS, VERIFY_MS = 350.0, 150.0
BOX = (330, 92, 545, 162)
CASE = CaseId("c" * 32)


def promises() -> list[Promise]:
    """Return what sealing and verifying cost."""
    load_fonts(Path("var/fonts"))
    authority = make_authority("office", dt.datetime.now(dt.UTC))
    notary, known = Notary(authority), agreed(authority.root.certificate)
    shown = a_paper()
    strokes, told = a_signature(), a_ceremony(shown)
    signed = notary.certify(shown, strokes, BOX, told).pdf
    by_all = notary.countersign(signed, CASE, StaffId("clerk")).pdf
    one = notary.seal(shown, "Seal").pdf
    seal = cpu_ms(lambda: notary.seal(shown, "Seal"))
    certify = cpu_ms(lambda: notary.certify(shown, strokes, BOX, told))
    both = cpu_ms(lambda: notary.countersign(signed, CASE, StaffId("clerk")))
    verify = cpu_ms(lambda: verify_pdf(one, known))
    verify_all = cpu_ms(lambda: verify_pdf(by_all, known))
    peer = "pdfsig -nocert"
    return [
        at_most("seal a paper, B-LTA", "CPU ms", SEAL_MS, seal, "limit"),
        at_most("applicant signs, B-LTA", "CPU ms", SEAL_MS, certify, "limit"),
        at_most("clerk and seal, B-LTA", "CPU ms", SEAL_MS, both, "limit"),
        beside(
            at_most("verify one signature", "CPU ms", VERIFY_MS, verify, peer),
            by_pdfsig(one),
        ),
        beside(
            at_most("verify all three", "CPU ms", VERIFY_MS, verify_all, peer),
            by_pdfsig(by_all),
        ),
    ]


def main() -> int:
    """Tell what was measured."""
    return tell("signing", promises())


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
        declared="touch",
        language="en",
        strokes_sha256="",
        strokes_pressure=True,
        identity="",
    )


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the median of the CPU milliseconds of ``work``, after a first time."""
    work()
    found = []
    for _ in range(7 if quick() else 25):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return statistics.median(found)


def by_pdfsig(pdf: bytes) -> float | None:
    """Return the CPU milliseconds of poppler's pdfsig, or ``None`` without it."""
    if shutil.which("pdfsig") is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        began = _children()
        for _ in range(5):
            command = ["pdfsig", "-nocert", file.name]
            subprocess.run(command, capture_output=True, check=False)
        return (_children() - began) * 1000 / 5


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
