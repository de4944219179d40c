"""Verifies PDFs of strangers in a process of its own, with little of everything."""

import logging
import os
import resource
from concurrent.futures.process import BrokenProcessPool

import msgspec

from casework.checks import Check
from casework.errors import CaseworkError
from casework.signing.sm2_lines import Sm2Known, sm2_lines
from casework.signing.verdicts import Known
from signaling.one_child import OneChild

SECONDS = 15.0
"""A paper of ours takes a fifth of one; whoever needs more wants to be slow."""
CPU_SECONDS = 300
"""What one process may use before it is replaced by another."""
MEMORY = 768 * 1024 * 1024
"""Bytes of data of the process; the libraries need a quarter of it."""
WAITING = 8
"""Files that may wait for their turn; more people are asked to come again."""
POLITE = 10


class VerifierBusy(CaseworkError):
    """More files wait than one process checks in a reasonable time."""

    code = "verifier-busy"


class CannotVerify(CaseworkError):
    """The file kept the verifier busy for too long, or broke it."""

    code = "cannot-verify"


class Sm2Beside(msgspec.Struct, frozen=True):
    """The file of an SM2 signature of a PDF, and what is known of SM2 authorities."""

    file: bytes
    known: Sm2Known


class Verified(msgspec.Struct, frozen=True):
    """Every check of a PDF, and the report of ETSI TS 119 102-2 as XML.

    The report is on the signatures inside the PDF, and none beside it.
    """

    checks: list[Check]
    report: str


class PdfVerifier:
    """One child process without keys or sockets; made when it is first needed."""

    def __init__(self) -> None:
        self._child = OneChild(_be_modest)
        self._waiting = 0

    async def verify(
        self, pdf: bytes, known: Known, sm2: Sm2Beside | None = None
    ) -> Verified:
        """Return the checks of ``pdf``, and of the SM2 signature beside it.

        Raises:
            VerifierBusy: too many others wait.
            CannotVerify: it took too long or too much.
        """
        if self._waiting >= WAITING:
            raise VerifierBusy
        self._waiting += 1
        try:
            return await self._child.ask(SECONDS, _verify, pdf, known, sm2)
        except MemoryError as error:
            self._child.close()
            raise CannotVerify("MemoryError") from error
        except (BrokenProcessPool, TimeoutError) as error:
            raise CannotVerify(type(error).__name__) from error
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the child, whatever it does."""
        self._child.close()


def _be_modest() -> None:
    logging.getLogger("pyhanko").setLevel(logging.ERROR)  # its warnings are findings
    os.nice(POLITE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _verify(pdf: bytes, known: Known, sm2: Sm2Beside | None) -> Verified:
    from casework.signing.report import etsi_report  # noqa: PLC0415  # only the child
    from casework.verify import checks_of, read_verdicts  # noqa: PLC0415  # as above

    verdicts = read_verdicts(pdf, known)
    found = [] if isinstance(verdicts, str) else verdicts
    report = etsi_report(found, known.now).decode()
    checks = list(checks_of("", verdicts, None))
    if sm2 is not None:
        checks += sm2_lines("", pdf, sm2.file, sm2.known)
    return Verified(checks, report)
