"""What pages are told of an issued licence."""

import msgspec

from protocol.states import Standing
from protocol.views import View


class LicenceStep(View, frozen=True):
    """One thing that happened to a licence; who and why only to the desk."""

    step: str
    at: float
    by: str = ""
    reason: str = ""


class LicenceView(View, frozen=True):
    """A licence as the desk sees it. ``ends`` is 0 for no end."""

    standing: Standing
    identifier: str
    edition: int
    issued: float
    ends: float
    history: list[LicenceStep]
    allowed: list[str]
    """What the one who asks may do to it now."""


class LicenceStatus(View, frozen=True):
    """A licence as everybody may see it."""

    standing: Standing
    title: str = ""
    issued: float = 0.0
    ends: float = 0.0
    history: list[LicenceStep] = msgspec.field(default_factory=list)
