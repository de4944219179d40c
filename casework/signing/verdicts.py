"""What can be said about each signature of a PDF, without any network.

The order is that of ETSI EN 319 102-1 for signatures with archive time stamps:
the youngest stamp is proved now, each older one at the time of the next younger,
the signature's own stamp at the oldest that covers it, the signer at that stamp.
Nothing is fetched from addresses in the file.
"""

import asyncio
import dataclasses
import datetime as dt
import hashlib
import io

import msgspec
from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.status import (
    PdfSignatureStatus,
    SignatureCoverageLevel,
)
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError

from casework.signing.evidence_file import Shown, read_shown
from casework.signing.seal_evidence import SealSaid, read_seal
from casework.signing.trust import Anchor, Known, agreed

__all__ = ["Anchor", "Known", "Verdict", "agreed", "verify_pdf"]

WHOLE = {
    SignatureCoverageLevel.ENTIRE_REVISION,
    SignatureCoverageLevel.ENTIRE_FILE,
}
SUPPORT_ONLY = {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES}
ALLOWED = SUPPORT_ONLY | {ModificationLevel.FORM_FILLING}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one signature of a PDF.

    ``at`` is when it was there for certain; without ``proven``, what it says of
    itself. ``revoked`` is ``None`` if no list says anything. ``anchor`` is the
    root in which its chain ends, ``None`` if in none that is believed.
    """

    field: str
    signer: str
    certificate: bytes
    value: bytes
    digest: bytes
    """SHA-256 of what it covers of the file."""
    attributes: bytes
    """SHA-256 of its signed attributes."""
    intact: bool
    whole: bool
    shown: Shown | None
    seal: SealSaid | None
    """What stands in the field of a company's seal; ``None`` for any other field."""
    anchor: Anchor | None
    chain: bool
    revoked: bool | None
    at: dt.datetime | None
    proven: bool
    changes_allowed: bool
    covers_all: bool
    """Nothing follows it but what supports signatures: stamps, lists."""

    @property
    def listed(self) -> bool:
        """Whether the list that its root is on recognises this very signature."""
        anchor = self.anchor
        return anchor is not None and anchor.recognises(self.certificate, self.at)

    @property
    def serial(self) -> str:
        """The serial number of the signer's certificate, in hexadecimal."""
        return f"{x509.Certificate.load(self.certificate).serial_number:x}"

    @property
    def good(self) -> bool:
        """Whether every check holds."""
        shown = self.shown is None or self.shown.holds
        shown = shown and (self.seal is None or self.seal.holds)
        trusted = self.chain and self.revoked is False and self.proven and self.listed
        return self.intact and self.whole and shown and trusted and self.changes_allowed


def verify_pdf(pdf: bytes, known: Known) -> list[Verdict]:
    """Return a verdict on every signature, in the order of signing.

    Raises whatever pyHanko raises for a file that is no PDF.
    """
    reader = PdfFileReader(io.BytesIO(pdf))
    return asyncio.run(_Reading(reader, pdf, known).verdicts())


@dataclasses.dataclass(frozen=True, slots=True)
class _Proof:
    """At ``time``, every revision up to ``revision`` was there."""

    revision: int
    time: dt.datetime


class _Reading:
    """One file on the table, with everything that is known about certificates."""

    def __init__(self, reader: PdfFileReader, pdf: bytes, known: Known) -> None:
        self._reader = reader
        self._pdf = pdf
        self._now = known.now
        self._anchors = known.anchors
        signers = (one for one in known.anchors if not one.time_only)
        held = dict.fromkeys(one.certificate for one in signers)
        self._roots = [x509.Certificate.load(one) for one in held]
        every = dict.fromkeys(one.certificate for one in known.anchors)
        self._time_roots = [x509.Certificate.load(one) for one in every]
        self._certificates: list[x509.Certificate] = []
        self._lists = [crl.CertificateList.load(one) for one in known.lists]
        self._read_store()

    def _read_store(self) -> None:
        """Take certificates and revocation lists from the file's security store."""
        try:
            store = DocumentSecurityStore.read_dss(self._reader)
        except NoDSSFoundError:
            return
        self._certificates = list(store.load_certs())
        held = [one.get_object().data for one in store.crls]
        self._lists += [crl.CertificateList.load(one) for one in held]

    def _context(
        self, moment: dt.datetime, *, revocation: bool = True, time: bool = False
    ) -> ValidationContext:
        return ValidationContext(
            trust_roots=self._time_roots if time else self._roots,
            other_certs=self._certificates,
            crls=self._lists if revocation else [],
            moment=moment,
            # A younger list knows more, also of an earlier moment.
            retroactive_revinfo=True,
            allow_fetching=False,
            revocation_mode="require" if revocation else "soft-fail",
        )

    async def verdicts(self) -> list[Verdict]:
        found = self._reader.embedded_signatures
        stamps = [one for one in found if one.sig_object_type == "/DocTimeStamp"]
        proofs = await self._proofs(stamps)
        signatures = [one for one in found if one.sig_object_type == "/Sig"]
        return [await self._verdict(one, proofs) for one in signatures]

    async def _proofs(self, stamps: list[EmbeddedPdfSignature]) -> list[_Proof]:
        """Return what the archive time stamps prove, oldest first."""
        proofs: list[_Proof] = []
        moment = self._now
        for stamp in reversed(stamps):
            status = await async_validate_pdf_timestamp(
                stamp, self._context(moment, time=True), skip_diff=True
            )
            if status.intact and status.trusted and status.coverage in WHOLE:
                moment = status.timestamp
                proofs.insert(0, _Proof(stamp.signed_revision, moment))
        return proofs

    async def _verdict(
        self, one: EmbeddedPdfSignature, proofs: list[_Proof]
    ) -> Verdict:
        covering = [it.time for it in proofs if it.revision > one.signed_revision]
        proof = covering[0] if covering else None
        stamped = _stamped_time(one)
        claimed = one.self_reported_timestamp
        status = await self._status(one, stamped or proof or claimed, proof)
        at, proven = stamped, _is_good(status.timestamp_validity)
        if not proven:
            at, proven = proof or claimed, proof is not None
            if stamped is not None:
                status = await self._status(one, at, proof)
        chain, revoked, anchor = await self._trust(one, status, at or self._now)
        level = status.modification_level
        return Verdict(
            field=one.field_name,
            signer=_common_name(one.signer_cert),
            certificate=one.signer_cert.dump(),
            value=one.signer_info["signature"].native,
            digest=one.compute_digest("sha256"),
            attributes=_digest_of_attributes(one),
            intact=bool(status.intact and status.valid),
            whole=status.coverage in WHOLE,
            shown=read_shown(self._reader, one, self._pdf),
            seal=read_seal(self._reader, one),
            anchor=anchor,
            chain=chain,
            revoked=revoked,
            at=at,
            proven=proven,
            changes_allowed=bool(status.docmdp_ok) and level in ALLOWED,
            covers_all=level in SUPPORT_ONLY,
        )

    async def _status(
        self,
        one: EmbeddedPdfSignature,
        at: dt.datetime | None,
        proof: dt.datetime | None,
    ) -> PdfSignatureStatus:
        return await async_validate_pdf_signature(
            one,
            signer_validation_context=self._context(at or self._now),
            ts_validation_context=self._context(proof or self._now, time=True),
        )

    async def _trust(
        self, one: EmbeddedPdfSignature, status: PdfSignatureStatus, at: dt.datetime
    ) -> tuple[bool, bool | None, Anchor | None]:
        """Return whether the chain holds, whether it is revoked, and its root."""
        if status.trusted:
            return True, False, self._anchor_of(status.validation_path, one, at)
        validator = CertificateValidator(
            one.signer_cert,
            intermediate_certs=one.other_embedded_certs,
            validation_context=self._context(at, revocation=False),
        )
        try:
            path = await validator.async_validate_usage({"non_repudiation"})
        except (PathBuildingError, ValidationError):
            return False, None, None
        revoked = True if status.revocation_details is not None else None
        return True, revoked, self._anchor_of(path, one, at)

    def _anchor_of(
        self, path: object, one: EmbeddedPdfSignature, at: dt.datetime
    ) -> Anchor | None:
        """Return why its root is believed: best by a list that recognises it."""
        root = getattr(path, "first", None)
        if not isinstance(root, x509.Certificate):
            return None
        found = [it for it in self._anchors if it.certificate == root.dump()]
        found = [it for it in found if not it.time_only]
        own = one.signer_cert.dump()
        found.sort(key=lambda it: (not it.recognises(own, at), not it.list_name))
        return found[0] if found else None


def _is_good(stamp: object) -> bool:
    return bool(stamp and stamp.intact and stamp.trusted)  # type: ignore[attr-defined]  # pyHanko's


def _stamped_time(one: EmbeddedPdfSignature) -> dt.datetime | None:
    """Return the time in the signature's own time stamp, not yet believed."""
    for signed in extract_tst_data_iter(one.signer_info, signed=False):
        time: dt.datetime = (
            signed["encap_content_info"]["content"].parsed["gen_time"].native
        )
        return time
    return None


def _digest_of_attributes(one: EmbeddedPdfSignature) -> bytes:
    return hashlib.sha256(one.signer_info["signed_attrs"].untag().dump()).digest()


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.native.get("common_name", ""))
