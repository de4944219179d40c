"""What a printer says about itself, in words that people can act on."""

from typing import Final

from counter_client.printing.ipp import Attributes, first

EXACT: Final = "smart-counter-exact"
"""Our own printer says by this attribute that it prints whole documents only, counts
every sheet, and forgets what waited when power failed. No standard attribute does."""
DIGEST: Final = "smart-counter-document-sha256"
"""Our own printer says by this attribute of a job which document it holds."""

TROUBLES: Final = (
    ("media-jam", "printer-jam"),
    ("media-empty", "printer-paper-out"),
    ("media-needed", "printer-paper-out"),
    ("input-tray-missing", "printer-paper-out"),
    ("door-open", "printer-door"),
    ("cover-open", "printer-door"),
    ("interlock-open", "printer-door"),
    ("output-area-full", "printer-tray-full"),
    ("output-tray-missing", "printer-tray-full"),
    ("marker-supply-empty", "printer-ink"),
    ("toner-empty", "printer-ink"),
    ("paused", "printer-paused"),
    ("stopped-partly", "printer-help"),
    ("shutdown", "printer-unreachable"),
    ("timed-out", "printer-unreachable"),
    ("connecting-to-device", "printer-unreachable"),
    ("offline", "printer-unreachable"),
)
"""Beginnings of ``printer-state-reasons`` (RFC 8011 section 5.4.12, PWG 5100.9), worst
first. Printers put -error, -warning or -report behind the same word as they like."""
STOPPED = 5
RAW_QUEUE: Final = "Local Raw Printer"
"""What CUPS calls a queue without filters."""
PDF = "application/pdf"


class PrinterUnfit(Exception):
    """A licence cannot be printed there; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def trouble_of(printer: Attributes, *, waiting: bool) -> str:
    """Return what a person has to do at the printer, empty if nothing.

    ``waiting``: a job does not get on; then a warning is taken for the cause, since
    not every printer that stopped says that it did.
    """
    said = [str(one.value) for one in printer.get("printer-state-reasons", [])]
    stopped = first(printer, "printer-state") == STOPPED
    if not stopped and not waiting:
        said = [one for one in said if not one.endswith(("-warning", "-report"))]
    for begins, code in TROUBLES:
        if any(one.startswith(begins) for one in said):
            return code
    return "printer-help" if stopped else ""


def rewrites(printer: Attributes) -> bool:
    """Return whether it is a queue of CUPS with filters, not the printer itself.

    Its filters make another PDF of ours: the seal does not survive that, and what is
    printed is not what was released. A raw queue passes bytes on as they are. Only
    CUPS answers with these two attributes.
    """
    if "cups-version" not in printer and "device-uri" not in printer:
        return False
    return bool(first(printer, "printer-make-and-model") != RAW_QUEUE)


def require_fit(printer: Attributes) -> None:
    """Raise ``PrinterUnfit`` unless a sealed PDF comes out of it as it is."""
    if rewrites(printer):
        raise PrinterUnfit("printer-rewrites")
    formats = {one.value for one in printer.get("document-format-supported", [])}
    if PDF not in formats:
        raise PrinterUnfit("printer-no-pdf")
    if trouble := trouble_of(printer, waiting=False):
        raise PrinterUnfit(trouble)
    if first(printer, "printer-is-accepting-jobs") is False:
        raise PrinterUnfit("printer-paused")
