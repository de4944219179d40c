"""PAdES signatures (ETSI EN 319 142-1) on the PDFs of a case, B-B to B-LTA.

Each signature is an incremental revision: the bytes that were shown stay a
prefix of the bytes that were signed, and every earlier revision of a later one.
Everything here runs its own event loop: call it from a thread.
"""

import dataclasses
import io
from collections.abc import Sequence
from typing import Protocol

from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import (
    AxisAlignment,
    Margins,
    SimpleBoxLayoutRule,
)
from pyhanko.sign.fields import (
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfTimeStamper,
    Signer,
)
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    SigDSSPlacementPreference,
)
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.errors import PathError, ValidationError

from casework.signing.certificates import Identity
from casework.signing.strokes import appearance
from casework.signing.support import Support
from casework.signing.timestamps import NoTime
from protocol.parts import Point

Box = tuple[int, int, int, int]
"""Left, bottom, right, top in points from the page's lower left corner."""

EVIDENCE = "evidence.json"
"""The file in the PDF that tells how it came to be signed."""
MIDDLE = SimpleBoxLayoutRule(
    x_align=AxisAlignment.ALIGN_MID,
    y_align=AxisAlignment.ALIGN_MID,
    margins=Margins(0, 0, 0, 0),
)
_ONE_REVISION = DSSContentSettings(
    include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
)
"""What proves a signature lies in the same revision: fewer bytes, less to compare."""
UNPROVABLE = (SigningError, PathError, ValidationError)
"""What pyHanko says of an authority whose chain or revocation it cannot prove."""


class Drawn(Protocol):
    """What is drawn into a field that was made before, by who signs in it."""

    @property
    def field(self) -> str:
        """Return the name of the field."""
        ...

    @property
    def last(self) -> bool:
        """Return whether a time stamp over everything follows."""
        ...

    def style(self) -> StaticStampStyle:
        """Return the picture of the signature."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where on the last page somebody signs, and how their name is written."""

    field: str
    box: Box
    strokes: list[list[Point]]
    made: bool = False
    """Whether the field is in the file already."""
    last: bool = True
    """Whether a time stamp over everything follows: else another signature does."""

    def style(self) -> StaticStampStyle:
        """Return the handwriting as pyHanko draws it into the field."""
        left, bottom, right, top = self.box
        drawing = appearance(self.strokes, right - left, top - bottom)
        return StaticStampStyle(
            background=drawing, border_width=0, background_layout=MIDDLE
        )

    def new_field(self) -> SigFieldSpec | None:
        """Return the field to be made with the signature, if there is none."""
        if self.made:
            return None
        return SigFieldSpec(self.field, on_page=-1, box=self.box)


class ArchivalWriter(IncrementalPdfFileWriter):
    """Leaves a PDF of version 1.7 one: PDF/A-2 and PDF/A-3 know no other.

    pyHanko writes 2.0 for signatures on elliptic curves; ETSI EN 319 142-1 has them
    in 1.7 too.
    """

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Raise the version, to at most 1.7."""
        super().ensure_output_version(min(version, (1, 7)))


def with_places(pdf: bytes, places: Sequence[tuple[str, Box]]) -> bytes:
    """Return ``pdf`` with empty signature fields, by name, on its last page.

    After the first signature, which certifies, no visible field may be added.
    """
    writer = ArchivalWriter(io.BytesIO(pdf))
    for name, box in places:
        field = SigFieldSpec(name, on_page=-1, box=box, empty_field_appearance=True)
        append_signature_field(writer, field)
    out = io.BytesIO()
    writer.write(out)
    return _appended(pdf, out.getvalue())


def sign_by_hand(
    pdf: bytes,
    signer: Identity,
    support: Support,
    place: Place,
    evidence: bytes,
) -> bytes:
    """Return ``pdf`` certified by who signs first, their handwriting in ``place``.

    ``evidence`` (JSON) is attached in the same revision, so it is signed too.
    Later signatures stay allowed (DocMDP: form filling); any other change does
    not.

    Raises:
        NoTime: the time stamp authority does not answer; nothing was signed.
    """
    metadata = dataclasses.replace(
        _metadata(place.field, support, last=place.last),
        certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    writer = ArchivalWriter(io.BytesIO(pdf))
    attached = EmbeddedFileObject.from_file_data(
        writer, evidence, mime_type="application/json"
    )
    embed_file(writer, FileSpec(EVIDENCE, file_name=EVIDENCE, embedded_data=attached))
    tool = PdfSigner(
        metadata,
        signer=support.signer(signer),
        timestamper=support.stamper,
        stamp_style=place.style(),
        new_field_spec=place.new_field(),
    )
    return _signed(tool, writer, pdf)


def sign_after(
    pdf: bytes, signer: Identity, support: Support, place: Drawn, evidence: bytes
) -> bytes:
    """Return ``pdf`` signed in ``place`` by somebody who is not the first.

    The place was made before. ``evidence`` (JSON) stands in the signature's own
    dictionary: a certified file takes no attachment. Raises ``NoTime`` as before.
    """
    metadata = dataclasses.replace(
        _metadata(place.field, support, last=place.last), reason=evidence.decode()
    )
    tool = PdfSigner(
        metadata,
        signer=support.signer(signer),
        timestamper=support.stamper,
        stamp_style=place.style(),
    )
    return _signed(tool, ArchivalWriter(io.BytesIO(pdf)), pdf)


def seal_pdf(
    pdf: bytes, signer: Signer, support: Support, field: str, *, last: bool = True
) -> bytes:
    """Return ``pdf`` with an invisible signature in ``field``.

    With ``last``, a time stamp over everything ends the file (B-LTA); without,
    somebody else's signature with one follows at once (B-LT).

    Raises:
        NoTime: the time stamp authority does not answer; nothing was signed.
    """
    tool = PdfSigner(
        _metadata(field, support, last=last),
        signer=signer,
        timestamper=support.stamper,
        new_field_spec=SigFieldSpec(field),
    )
    return _signed(tool, ArchivalWriter(io.BytesIO(pdf)), pdf)


def renew_time(pdf: bytes, support: Support) -> bytes:
    """Return ``pdf`` with one more time stamp over everything, and what proves it.

    What was signed without a time gets one; an earlier stamp gets a younger one
    over it before its own key or algorithm is too old (PAdES, 5.5).

    Raises:
        NoTime: the time stamp authority does not answer.
    """
    assert support.stamper is not None, "a time is what is asked for"
    context, out = support.context(), io.BytesIO()
    writer = ArchivalWriter(io.BytesIO(pdf))
    DocumentSecurityStore.supply_dss_in_writer(
        writer, None, certs=support.certificates(), crls=context.crls
    )
    try:
        PdfTimeStamper(support.stamper).timestamp_pdf(
            writer,
            "sha256",
            context,
            output=out,
            dss_settings=_ONE_REVISION.get_settings_for_ts(),
        )
    except NoTime:
        raise
    except UNPROVABLE as error:
        raise NoTime(_unproved(error)) from error
    return _appended(pdf, out.getvalue())


def _metadata(field: str, support: Support, *, last: bool) -> PdfSignatureMetadata:
    with_time = support.stamper is not None
    return PdfSignatureMetadata(
        field_name=field,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        validation_context=support.context() if with_time else None,
        embed_validation_info=with_time,
        use_pades_lta=with_time and last,
        dss_settings=_ONE_REVISION,
    )


def _signed(tool: PdfSigner, writer: IncrementalPdfFileWriter, before: bytes) -> bytes:
    out = io.BytesIO()
    try:
        tool.sign_pdf(writer, output=out)
    except NoTime:
        raise
    except UNPROVABLE as error:
        if tool.signature_meta.validation_context is None:
            raise
        raise NoTime(_unproved(error)) from error
    return _appended(before, out.getvalue())


def _unproved(error: Exception) -> str:
    more = f": {error.__cause__}" if error.__cause__ else ""
    return f"cannot be proved: {error}{more}"


def _appended(before: bytes, after: bytes) -> bytes:
    assert after.startswith(before), "a signature only ever appends"
    return after
