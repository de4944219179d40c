"""Words about a look at the face: what a terminal tells of it, and nothing of the face.

Neither a picture nor numbers made of one are ever in these messages.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from protocol.states import Language

FACE_CONSENT: Final = "face-notice/1"
"""The text that is agreed to before the camera opens, and its version."""

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9./-]{0,39}$")]
"""A short name that may go into a log for ever: it cannot hold a person's."""
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Band(StrEnum):
    """What a comparison advises."""

    LIKELY_SAME = "likely-same"
    UNCLEAR = "unclear"
    LIKELY_DIFFERENT = "likely-different"


class Unmatched(StrEnum):
    """Why no faces were compared."""

    DECLINED = "declined"
    NO_CAMERA = "no-camera"
    NO_ENGINE = "no-engine"
    NO_PORTRAIT = "no-portrait"
    POOR_PICTURES = "poor-pictures"


class Compared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A comparison: its advice, and by what and which rule it came about."""

    band: Band
    engine: Name
    models: Digest
    """SHA-256 over the digests of the models, in the order of their names."""
    rule: Name
    """The version of gate and thresholds."""
    pictures: Annotated[int, msgspec.Meta(ge=1, le=20)]
    """How many passed the gate; the band is that of their median."""


class FaceTold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a window tells of its look at a face: a comparison, or why there is none."""

    number: str
    compared: Compared | None = None
    why: Unmatched | None = None

    def __post_init__(self) -> None:
        if (self.compared is None) == (self.why is None):
            raise ValueError("either a comparison, or why there is none")


class Agreed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody at a window agreed that their face is compared, and to which text."""

    number: str
    consent: Name
    language: Language
