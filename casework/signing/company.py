"""A company's seal on its application: one more signature, and the seal its picture.

It is put on in the act of whoever signs last. Before that, somebody could still
refuse, and a seal would stand on what nobody wanted; later, nobody of the company
would be there any more. The key is made for this act and kept nowhere; its
certificate names the company, on the strength of the impression that the clerk
compared with the form and accepted. It says no more than that.
"""

import dataclasses
import datetime as dt
import io
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from PIL import Image as Picture
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.stamp import StaticStampStyle

from casework.company_seal import CompanySeal
from casework.errors import Unreadable
from casework.signing.certificates import Identity, issue
from casework.signing.pades import MIDDLE, Box
from casework.signing.seal_evidence import (
    MOST_SIDE,
    SEAL_FIELD,
    SealAct,
    pixels_digest,
)

POINTS: Final = 72 / 25.4
"""Points in a millimetre."""
MOST_BYTES: Final = 400_000
"""Of the picture as PNG."""
MOST_MM: Final = 70.0
LEAST_MM: Final = 15.0
"""Of the picture, with its margin: nothing else is a company's seal."""


@dataclasses.dataclass(frozen=True, slots=True)
class SealPlace:
    """A seal, and where on the last page it stands; ``Place`` of a handwriting."""

    seal: CompanySeal
    picture: Picture.Image
    """RGBA, upright."""
    box: Box
    last: bool = True

    @property
    def field(self) -> str:
        """The field, which was made before anybody signed."""
        return SEAL_FIELD

    def style(self) -> StaticStampStyle:
        """Return the seal as pyHanko draws it into the field, at its true size."""
        width, height = (side * POINTS for side in self.seal.size)
        box = BoxConstraints(width=width, height=height)
        drawing = PdfImage(self.picture, name="Seal", box=box)
        return StaticStampStyle(
            background=drawing, border_width=0, background_layout=MIDDLE
        )

    def act(self, case: str) -> SealAct:
        """Return what the signature says of itself."""
        width, height = self.seal.size
        colours, alpha = self.picture.convert("RGB"), self.picture.getchannel("A")
        size = self.picture.size
        return SealAct(
            case=case,
            picture_sha256=self.seal.picture.sha256,
            pixels_sha256=pixels_digest(*size, colours.tobytes(), alpha.tobytes()),
            width=width,
            height=height,
        )


def open_seal(seal: CompanySeal, png: bytes, box: Box) -> SealPlace:
    """Return ``seal`` with its picture turned upright.

    Raises:
        Unreadable: not a picture of a seal as we cut them out.
    """
    sides = seal.size
    if len(png) > MOST_BYTES or not LEAST_MM <= min(sides) <= max(sides) <= MOST_MM:
        raise Unreadable("seal")
    try:
        with Picture.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.mode != "RGBA" or max(picture.size) > MOST_SIDE:
                raise Unreadable("seal")
            picture.load()
            upright = picture.rotate(-90 * seal.turns, expand=True)
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable("seal") from error
    return SealPlace(seal, upright, box)


def issue_for_company(
    seal: CompanySeal,
    case: str,
    issuer: Identity,
    now: dt.datetime,
    lasts: dt.timedelta,
) -> Identity:
    """Return a key of this act with a certificate in the company's name.

    Its number stands as the form has it (X.520 organizationIdentifier, 2.5.4.97),
    without a register in front of it: the form does not say which.
    """
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, seal.name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, seal.name),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"Seal on {case}"),
    ]
    if seal.number:
        number = x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, seal.number)
        names.append(number)
    return issue(x509.Name(names), issuer, now, lasts)
