"""What our own printer says about itself (RFC 8011 5.4, PWG 5100.14 IPP Everywhere)."""

import datetime as dt
import time
import uuid

from counter_client.printing.condition import DIGEST, EXACT
from counter_client.printing.ipp import (
    Attributes,
    JobState,
    Operation,
    Tag,
    Value,
    keywords,
    one,
)
from counter_client.printing.jobs import PrinterJob

SIZES = {"iso_a4_210x297mm": (21000, 29700), "iso_a3_297x420mm": (29700, 42000)}
FORMATS = (
    "application/pdf",
    "application/octet-stream",
    "image/jpeg",
    "image/pwg-raster",
)
IDLE, PRINTING, STOPPED = 3, 4, 5


def printer_attributes(
    uri: str, name: str, started: float, jobs: list[PrinterJob], fault: str
) -> Attributes:
    """Return every attribute of the printer; ``fault`` is a state reason or empty."""
    busy = any(job.state is JobState.PROCESSING for job in jobs)
    state = STOPPED if fault else PRINTING if busy else IDLE
    reason = fault or "none"
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    more = uri.replace("ipp://", "http://")
    return {
        "printer-uri-supported": one(Tag.URI, uri),
        "uri-security-supported": keywords("none"),
        "uri-authentication-supported": keywords("none"),
        "printer-name": one(Tag.NAME, name),
        "printer-info": one(Tag.TEXT, name),
        "printer-location": one(Tag.TEXT, "counter"),
        "printer-make-and-model": one(Tag.TEXT, "Smart Counter paper tray"),
        "printer-more-info": one(Tag.URI, more),
        "printer-uuid": one(Tag.URI, f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, uri)}"),
        "printer-state": one(Tag.ENUM, state),
        "printer-state-reasons": keywords(reason),
        "printer-state-message": one(Tag.TEXT, reason),
        EXACT: one(Tag.BOOLEAN, True),
        "printer-is-accepting-jobs": one(Tag.BOOLEAN, True),
        "printer-up-time": one(Tag.INTEGER, up_time(started)),
        "printer-current-time": one(Tag.DATE, now),
        "queued-job-count": one(Tag.INTEGER, sum(not job.over for job in jobs)),
        "printer-config-change-date-time": one(Tag.DATE, now),
        "printer-config-change-time": one(Tag.INTEGER, 0),
        "printer-state-change-date-time": one(Tag.DATE, now),
        "printer-state-change-time": one(Tag.INTEGER, 0),
        "printer-device-id": one(Tag.TEXT, "MFG:Counter;MDL:Tray;CMD:PDF;"),
        "printer-geo-location": one(Tag.UNKNOWN, None),
        "printer-icons": one(Tag.URI, f"{more}/icon.png"),
        "printer-organization": one(Tag.TEXT, ""),
        "printer-organizational-unit": one(Tag.TEXT, ""),
        "printer-supply": one(Tag.OCTETS, b"type=toner;maxcapacity=100;level=80;"),
        "printer-supply-description": one(Tag.TEXT, "Black toner"),
        "printer-supply-info-uri": one(Tag.URI, more),
        **_abilities(),
        **_media(),
    }


def _abilities() -> Attributes:
    return {
        "operations-supported": [Value(Tag.ENUM, int(op)) for op in Operation],
        "ipp-versions-supported": keywords("1.1", "2.0"),
        "ipp-features-supported": keywords("ipp-everywhere"),
        "charset-configured": one(Tag.CHARSET, "utf-8"),
        "charset-supported": one(Tag.CHARSET, "utf-8"),
        "natural-language-configured": one(Tag.LANGUAGE, "en"),
        "generated-natural-language-supported": one(Tag.LANGUAGE, "en"),
        "document-format-default": one(Tag.MIME, "application/pdf"),
        "document-format-supported": [Value(Tag.MIME, kind) for kind in FORMATS],
        "compression-supported": keywords("none", "gzip", "deflate"),
        "pdl-override-supported": keywords("attempted"),
        "copies-default": one(Tag.INTEGER, 1),
        "copies-supported": one(Tag.RANGE, (1, 1)),
        "finishings-default": one(Tag.ENUM, 3),
        "finishings-supported": one(Tag.ENUM, 3),
        "sides-default": keywords("one-sided"),
        "sides-supported": keywords("one-sided"),
        "orientation-requested-default": one(Tag.ENUM, 4),
        "orientation-requested-supported": [Value(Tag.ENUM, n) for n in (3, 4)],
        "output-bin-default": keywords("face-up"),
        "output-bin-supported": keywords("face-up"),
        "print-quality-default": one(Tag.ENUM, 5),
        "print-quality-supported": [Value(Tag.ENUM, n) for n in (4, 5)],
        "printer-resolution-default": one(Tag.RESOLUTION, (600, 600, 3)),
        "printer-resolution-supported": one(Tag.RESOLUTION, (600, 600, 3)),
        "color-supported": one(Tag.BOOLEAN, True),
        "pages-per-minute": one(Tag.INTEGER, 30),
        "pages-per-minute-color": one(Tag.INTEGER, 30),
        "multiple-document-jobs-supported": one(Tag.BOOLEAN, False),
        "multiple-operation-time-out": one(Tag.INTEGER, 60),
        "multiple-operation-time-out-action": keywords("abort-job"),
        "job-ids-supported": one(Tag.BOOLEAN, True),
        "preferred-attributes-supported": one(Tag.BOOLEAN, False),
        "page-ranges-supported": one(Tag.BOOLEAN, True),
        "which-jobs-supported": keywords("completed", "not-completed"),
        "job-creation-attributes-supported": keywords(
            "copies", "media", "media-col", "sides", "job-name"
        ),
        "identify-actions-default": keywords("display"),
        "identify-actions-supported": keywords("display"),
        "printer-get-attributes-supported": keywords("document-format"),
        "overrides-supported": keywords("document-number", "pages"),
        "print-color-mode-default": keywords("color"),
        "print-color-mode-supported": keywords("color"),
        "print-content-optimize-default": keywords("auto"),
        "print-content-optimize-supported": keywords("auto"),
        "print-rendering-intent-default": keywords("auto"),
        "print-rendering-intent-supported": keywords("auto"),
        "pwg-raster-document-resolution-supported": one(Tag.RESOLUTION, (600, 600, 3)),
        "pwg-raster-document-sheet-back": keywords("normal"),
        "pwg-raster-document-type-supported": keywords("srgb_8"),
    }


def _media() -> Attributes:
    columns = [Value(Tag.COLLECTION, _media_column(*size)) for size in SIZES.values()]
    edges = ("bottom", "left", "right", "top")
    return {
        "media-default": keywords("iso_a4_210x297mm"),
        "media-supported": keywords(*SIZES),
        "media-ready": keywords("iso_a4_210x297mm"),
        "media-col-default": columns[:1],
        "media-col-ready": columns[:1],
        "media-col-database": columns,
        "media-col-supported": keywords(
            "media-size",
            "media-source",
            "media-type",
            *(f"media-{edge}-margin" for edge in edges),
        ),
        "media-size-supported": [
            Value(Tag.COLLECTION, _size(*size)) for size in SIZES.values()
        ],
        "media-source-supported": keywords("main"),
        "media-type-supported": keywords("stationery", "stationery-preprinted"),
        **{f"media-{edge}-margin-supported": one(Tag.INTEGER, 0) for edge in edges},
    }


def _size(width: int, height: int) -> Attributes:
    return {
        "x-dimension": one(Tag.INTEGER, width),
        "y-dimension": one(Tag.INTEGER, height),
    }


def _media_column(width: int, height: int) -> Attributes:
    margins = ("bottom", "left", "right", "top")
    return {
        "media-size": one(Tag.COLLECTION, _size(width, height)),
        **{f"media-{edge}-margin": one(Tag.INTEGER, 0) for edge in margins},
        "media-source": keywords("main"),
        "media-type": keywords("stationery"),
    }


def job_attributes(job: PrinterJob, uri: str, started: float) -> Attributes:
    """Return every attribute of a job; its times count from the printer's start."""

    def when(at: float) -> list[Value]:
        if not at:
            return one(Tag.NO_VALUE, None)
        return one(Tag.INTEGER, max(0, int(at - started)))

    return {
        "job-id": one(Tag.INTEGER, job.id),
        "job-uri": one(Tag.URI, f"{uri}/{job.id}"),
        "job-uuid": one(Tag.URI, f"urn:uuid:{job.uuid}"),
        "job-printer-uri": one(Tag.URI, uri),
        "job-name": one(Tag.NAME, job.name),
        "job-originating-user-name": one(Tag.NAME, job.user),
        "job-state": one(Tag.ENUM, int(job.state)),
        "job-state-reasons": keywords(job.reason),
        "time-at-creation": when(max(job.created, started)),
        "time-at-processing": when(job.processing),
        "time-at-completed": when(job.completed),
        "job-printer-up-time": one(Tag.INTEGER, up_time(started)),
        "job-impressions-completed": one(Tag.INTEGER, job.sheets),
        "job-media-sheets-completed": one(Tag.INTEGER, job.sheets),
        "copies": one(Tag.INTEGER, 1),
        **({DIGEST: one(Tag.TEXT, job.sha256)} if job.sha256 else {}),
    }


def up_time(started: float) -> int:
    """Return seconds since the printer started, at least 1."""
    return max(1, int(time.time() - started))
