"""What the gate can say about a picture: findings, and the errors they become."""

import msgspec

from document_capture.images import Blurred, CutOff, NoPage, Refused, TooFar


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a page, and where."""

    code: str
    """A key of ``texts.json``; what is wrong and what to do."""
    measured: float
    limit: float
    """What ``measured`` should have kept to, in its own unit; see ``gate``."""
    place: tuple[float, ...] = ()
    """x, y, width and height in shares of the page, or nothing: the whole page."""
    refuses: bool = True
    """Whether the page is taken again; else it is only worth a look."""


class SeveralPapers(Refused):
    """Other papers lie beside the page: nobody can say which is meant."""

    code = "page-several"


class Glare(Refused):
    """Light is mirrored where there is writing."""

    code = "page-glare"


class Shadow(Refused):
    """A shadow is so deep that what lies in it cannot be read."""

    code = "page-shadow"


class TooDark(Refused):
    """There is too little light, or the print is too pale, to be read."""

    code = "page-too-dark"


class Folded(Refused):
    """The paper has a crease or is bent."""

    code = "page-folded"


class Covered(Refused):
    """A finger lies on the paper."""

    code = "page-covered"


class Empty(Refused):
    """Nothing is written on the paper."""

    code = "page-empty"


class Duplicate(Refused):
    """The same page was photographed before."""

    code = "page-duplicate"


REFUSALS: dict[str, type[Refused]] = {
    one.code: one
    for one in (
        NoPage, SeveralPapers, CutOff, TooFar, Blurred, Glare, Shadow, TooDark,
        Folded, Covered, Empty, Duplicate,
    )
}  # fmt: skip
"""The error for each code, in the order in which a person should mend things."""


def raise_first(findings: list[Finding]) -> None:
    """Raise what a person should mend first, if anything refuses the page."""
    codes = {finding.code for finding in findings if finding.refuses}
    for code, refusal in REFUSALS.items():
        if code in codes:
            raise refusal
