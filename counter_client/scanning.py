"""What SANE's ``scanimage`` says: what a device can do, and why it did not."""

import re

import msgspec

A4 = 210.0, 297.0
"""Millimetres."""
UNFIT = "v4l:", "escl:"
"""Drivers that are passed over when a scanner is looked for."""
DPI = 300


class ScannerSaysNo(Exception):
    """Why nothing was scanned; ``code`` is a key of ``texts.json``."""

    code = "scanner-failed"


class ScannerNotInstalled(ScannerSaysNo):
    """The program ``scanimage`` is not on this machine."""

    code = "scanner-not-installed"


class ScannerGone(ScannerSaysNo):
    """It is not plugged in, switched off, or answers no more."""

    code = "scanner-gone"


class ScannerBusy(ScannerSaysNo):
    """Somebody else is scanning."""

    code = "scanner-busy"


class FeederEmpty(ScannerSaysNo):
    """There is no paper in the feeder, and no glass to lay one on."""

    code = "scanner-empty"


class PaperJam(ScannerSaysNo):
    """A sheet is stuck in the feeder."""

    code = "scanner-jammed"


class CoverOpen(ScannerSaysNo):
    """The lid or the feeder is open."""

    code = "scanner-cover-open"


class ScannerSlow(ScannerSaysNo):
    """It took longer than any scan takes."""

    code = "scanner-slow"


STATUS: tuple[tuple[str, type[ScannerSaysNo]], ...] = (
    ("Device busy", ScannerBusy),
    ("Document feeder jammed", PaperJam),
    ("Document feeder out of documents", FeederEmpty),
    ("Scanner cover is open", CoverOpen),
    ("Error during device I/O", ScannerGone),
    ("no SANE devices found", ScannerGone),
    ("open of device", ScannerGone),
)
"""Texts of sane_strstatus and of scanimage, in the language C; the first one counts."""


class Abilities(msgspec.Struct, frozen=True):
    """What one device can do for us."""

    mode: str
    """Its word for colour; empty if it has no choice of modes."""
    resolution: int
    """The one nearest to 300 dpi; 0 if it has no choice."""
    flatbed: str | None
    """Its word for the glass, ``None`` if it has none; empty: there is no choice."""
    feeder: str | None
    width: float
    height: float
    """Millimetres, at most A4; 0 if it cannot be said."""

    def words(self, source: str) -> list[str]:
        """Return the options of ``scanimage`` for one scan."""
        words = []
        if source:
            words.append(f"--source={source}")
        if self.mode:
            words.append(f"--mode={self.mode}")
        if self.resolution:
            words.append(f"--resolution={self.resolution}")
        if self.width and self.height:
            words += ["-l", "0", "-t", "0"]
            words += ["-x", f"{self.width:g}", "-y", f"{self.height:g}"]
        return words


def why_not(words: str) -> ScannerSaysNo:
    """Return what standard error of ``scanimage`` says, as a fact."""
    for text, kind in STATUS:
        if text in words:
            return kind()
    return ScannerSaysNo()


def has_failed(words: str) -> bool:
    """Return whether standard error of ``scanimage`` names the call that failed."""
    return re.search(r"\bsane_[a-z_]+: ", words) is not None


def feeder_is_through(words: str) -> bool:
    """Return whether a run ended because every sheet was scanned, whole.

    Then the next sheet could not be begun (sane_start); a sheet that ends in its
    middle fails in sane_read.
    """
    return "sane_start: Document feeder out of documents" in words


def read_abilities(listing: str) -> Abilities:
    """Return what ``scanimage --all-options`` says; unknown lines are passed over."""
    options = dict(_options(listing))
    sources = options.get("--source", "").split("|")
    feeders = [one for one in sources if re.search(r"adf|feeder", one, re.IGNORECASE)]
    feeders.sort(key=lambda one: "duplex" in one.lower())
    glass = [one for one in sources if re.search(r"flat|platen|normal", one, re.I)]
    flatbed = glass[0] if glass else None if feeders else ""
    modes = options.get("--mode", "").split("|")
    return Abilities(
        mode=next((one for one in modes if "color" in one.lower()), ""),
        resolution=_nearest(options.get("--resolution", "")),
        flatbed=flatbed,
        feeder=feeders[0] if feeders else None,
        width=min(A4[0], _largest(options.get("-x", ""))),
        height=min(A4[1], _largest(options.get("-y", ""))),
    )


def first_scanner(listing: str) -> str | None:
    """Return the first device of ``scanimage -f %d%n`` that can be relied upon.

    No video camera, and not through SANE's own driver of eSCL, which calls half a
    stack whole after a jam: ``sane-airscan`` has one as well.
    """
    names = [name.strip() for name in listing.splitlines()]
    return next((one for one in names if one and not one.startswith(UNFIT)), None)


def _options(listing: str) -> list[tuple[str, str]]:
    found = re.findall(
        r"^ {2,}(--?[a-z-]+) (.+?)(?: \(in steps .*\))? \[(.*)\]", listing, re.M
    )
    return [(name, values) for name, values, now in found if now != "inactive"]


def _numbers(values: str) -> list[float]:
    return [float(one) for one in re.findall(r"\d{1,6}(?:\.\d{1,6})?", values)]


def _largest(values: str) -> float:
    return max(_numbers(values), default=0.0)


def _nearest(values: str) -> int:
    numbers = _numbers(values)
    if not numbers:
        return 0
    if ".." in values:
        return round(min(max(DPI, numbers[0]), numbers[-1]))
    finer_first = sorted((round(one) for one in numbers), reverse=True)
    return min(finer_first, key=lambda one: abs(one - DPI))
