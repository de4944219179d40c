"""What a user would write with reportlab and pyHanko alone: text, a QR code, a seal.

No border, no guilloche, no archive, no record inside, no check of glyphs; the code
is the plain text of a verification address. The same font, the same key, one page.
"""

import io
from typing import Any, cast

import segno
from asn1crypto import keys, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from casework.licence_record import LicenceRecord
from casework.papers.fonts import BOLD, REGULAR
from casework.signing.authority import Authority

NAME = "reportlab + pyHanko, a plain script"
LINE = 26
"""Characters of a value on one line."""


def peer_licence(record: LicenceRecord, authority: Authority) -> bytes:
    """Return a signed PDF that says the same."""
    out = io.BytesIO()
    canvas: Any = Canvas(out, pagesize=landscape(A4))
    canvas.setFont(BOLD, 36)
    canvas.drawCentredString(421, 460, record.words)
    y = 400
    for row in record.rows:
        canvas.setFont(BOLD, 12)
        canvas.drawString(80, y, row.label[record.languages[0]])
        canvas.setFont(REGULAR, 14)
        for begin in range(0, max(len(row.value), 1), LINE):
            canvas.drawString(240, y, row.value[begin : begin + LINE])
            y -= 20
    canvas.drawString(500, 100, record.authority)
    canvas.drawString(500, 80, record.issued)
    picture = io.BytesIO()
    address = f"https://office.example/check?id={record.identifier}"
    segno.make(address, error="m").save(picture, kind="png", scale=6)
    picture.seek(0)
    canvas.drawImage(ImageReader(picture), 660, 430, 100, 100)
    canvas.save()
    return _signed(out.getvalue(), authority)


def _signed(pdf: bytes, authority: Authority) -> bytes:
    signer = SimpleSigner(
        signing_cert=x509.Certificate.load(authority.seal.certificate),
        signing_key=keys.PrivateKeyInfo.load(authority.seal.key),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # theirs
    )
    metadata = PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256")
    signed = sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer)
    return cast(io.BytesIO, signed).getvalue()
