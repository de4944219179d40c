"""PAdES B-B signatures (ETSI EN 319 142-1) on the PDFs of a case.

Each signature is an incremental revision: the bytes that were shown stay a
prefix of the bytes that were signed.
"""

import io

import msgspec
from asn1crypto import keys, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import (
    AxisAlignment,
    Margins,
    SimpleBoxLayoutRule,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from casework.signing.authority import Identity
from casework.signing.strokes import appearance
from protocol.parts import Point

Box = tuple[int, int, int, int]
"""Left, bottom, right, top in points from the page's lower left corner."""

_MIDDLE = SimpleBoxLayoutRule(
    x_align=AxisAlignment.ALIGN_MID,
    y_align=AxisAlignment.ALIGN_MID,
    margins=Margins(0, 0, 0, 0),
)


class Verdict(msgspec.Struct, frozen=True):
    """What is known about one signature of a PDF."""

    field: str
    signer: str
    intact: bool
    trusted: bool
    covers_all: bool
    changes_allowed: bool

    @property
    def good(self) -> bool:
        """Whether every check holds."""
        return self.intact and self.trusted and self.changes_allowed


class ArchivalWriter(IncrementalPdfFileWriter):
    """Leaves a PDF of version 1.7 one: PDF/A-2 and PDF/A-3 know no other.

    pyHanko writes 2.0 for signatures on elliptic curves; ETSI EN 319 142-1 has them
    in 1.7 too.
    """

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Raise the version, to at most 1.7."""
        super().ensure_output_version(min(version, (1, 7)))


def sign_by_hand(
    pdf: bytes,
    signer: Identity,
    root: Identity,
    strokes: list[list[Point]],
    box: Box,
) -> bytes:
    """Return ``pdf`` certified by the applicant, their handwriting in ``box``.

    Later signatures stay allowed (DocMDP: form filling); any other change does
    not. Runs its own event loop: call it from a thread.
    """
    drawing = appearance(strokes, box[2] - box[0], box[3] - box[1])
    style = StaticStampStyle(
        background=drawing, border_width=0, background_layout=_MIDDLE
    )
    metadata = PdfSignatureMetadata(
        field_name="Applicant",
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    field = SigFieldSpec("Applicant", on_page=-1, box=box)
    return _sign(pdf, metadata, _signer(signer, root), field, style)


def seal_pdf(pdf: bytes, signer: Identity, root: Identity, field: str) -> bytes:
    """Return ``pdf`` with an invisible signature by an authority's seal."""
    metadata = PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    return _sign(pdf, metadata, _signer(signer, root), SigFieldSpec(field), None)


def verify_pdf(pdf: bytes, root_certificate: bytes) -> list[Verdict]:
    """Return a verdict on every signature; nothing is fetched from any network.

    A certificate of one signing has expired soon after it: the chain is checked
    at the time of signing that the signature states.
    """
    reader = PdfFileReader(io.BytesIO(pdf))
    verdicts = []
    for embedded in reader.embedded_signatures:
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(root_certificate)],
            allow_fetching=False,
            revocation_mode="soft-fail",
            moment=embedded.self_reported_timestamp,
        )
        status = validate_pdf_signature(embedded, signer_validation_context=context)
        changes = status.modification_level
        verdicts.append(
            Verdict(
                field=embedded.field_name,
                signer=_common_name(embedded.signer_cert),
                intact=bool(status.intact and status.valid),
                trusted=bool(status.trusted),
                covers_all=changes is not None and changes.name == "NONE",
                changes_allowed=status.docmdp_ok is not False
                and changes is not None
                and changes.name != "OTHER",
            )
        )
    return verdicts


def _signer(identity: Identity, root: Identity) -> SimpleSigner:
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(root.certificate)])
    return SimpleSigner(
        signing_cert=x509.Certificate.load(identity.certificate),
        signing_key=keys.PrivateKeyInfo.load(identity.key),
        cert_registry=store,
    )


def _sign(
    pdf: bytes,
    metadata: PdfSignatureMetadata,
    signer: SimpleSigner,
    field: SigFieldSpec,
    style: StaticStampStyle | None,
) -> bytes:
    out = io.BytesIO()
    tool = PdfSigner(metadata, signer=signer, stamp_style=style, new_field_spec=field)
    tool.sign_pdf(ArchivalWriter(io.BytesIO(pdf)), output=out)
    signed = out.getvalue()
    assert signed.startswith(pdf), "a signature only ever appends"
    return signed


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.native.get("common_name", ""))
