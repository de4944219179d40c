"""Makes, signs, seals and stores the PDFs of a case.

The work of one PDF is up to 0.2 s of CPU, so it runs in a thread: the sockets
of everybody else go on meanwhile.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from casework import vault
from casework.case import Beside, Case, Document
from casework.errors import NotFound, NotStored, NotTheseBytes, Unreadable
from casework.items import ServiceItem
from casework.licence_code import code_signer, make_code, published_keys
from casework.licence_record import CopyMark, LicenceRecord
from casework.licence_templates import LicenceTemplate
from casework.papers import fonts
from casework.papers.application import make_application, place_of, seal_place
from casework.papers.licence import Drawn, make_licence
from casework.papers.receipt import make_receipt
from casework.ports import CaseStore, ObjectStore
from casework.signers import field_of
from casework.signing.authority import Authority
from casework.signing.company import SealPlace, open_seal
from casework.signing.evidence_file import Ceremony
from casework.signing.notary import Notary, Signed
from casework.signing.pades import with_places
from casework.signing.seal_evidence import SEAL_FIELD
from protocol.ids import CaseId, StaffId
from protocol.parts import Point

OnSigned = Callable[[CaseId, str, bool], Awaitable[None]]
"""Is told of every signed paper, before the case is."""


class Paperwork:
    """The printer's devil of the office: every PDF and every stored byte."""

    def __init__(
        self,
        cases: CaseStore,
        objects: ObjectStore,
        authority: Authority,
        fonts_folder: Path,
        notary: Notary | None = None,
    ) -> None:
        self._cases = cases
        self._objects = objects
        self._authority = authority
        self._fonts = fonts_folder
        self.notary = notary or Notary(authority)
        self._on_signed: OnSigned | None = None

    def tell_signed(self, told: OnSigned) -> None:
        """Have ``told`` called with case, name and whether it has its time stamp."""
        self._on_signed = told

    async def application(self, case: Case, item: ServiceItem) -> Document:
        """Make the application from the form with places for all who sign it."""
        pdf, pages = await asyncio.to_thread(self._make_application, case, item)
        return await self._keep(case.id, "application", pdf, pages)

    async def signed(
        self, case: Case, strokes: list[list[Point]], told: Ceremony
    ) -> tuple[Document, str]:
        """Sign exactly the bytes that ``told`` names, in the place of who signs.

        With the last of them the company's seal is put on, if the case has one: then
        the serial number of its certificate is returned, too, and else nothing.

        Raises:
            NotTheseBytes: the application is not the one that was shown.
        """
        shown = case.document("application")
        if shown is None or shown.sha256 != told.shown_sha256:
            raise NotTheseBytes("application")
        pdf = await self.read(case.id, shown)
        certify, box = self.notary.certify, place_of(told.place, told.of, case.seal)
        seal = await self._seal(case) if told.place == told.of - 1 else None
        done = await asyncio.to_thread(certify, pdf, strokes, box, told, seal)
        kept = await self._keep_signed(case.id, "application", done, shown.pages)
        return kept, done.company

    async def _seal(self, case: Case) -> SealPlace | None:
        if case.seal is None:
            return None
        png = await self.read_bytes(case.id, case.seal.picture.key)
        if hashlib.sha256(png).hexdigest() != case.seal.picture.sha256:
            raise Unreadable("seal")
        return open_seal(case.seal, png, seal_place(case.seal))

    async def escrowed(self, case: CaseId, strokes: bytes) -> tuple[str, str]:
        """Keep strokes so that only the escrow's holder reads them.

        Returns their key in the object store, and the SHA-256 of what lies there.
        """
        locked = self.notary.locked(case, strokes)
        key = await self.keep_bytes(case, "strokes", locked)
        return key, hashlib.sha256(locked).hexdigest()

    async def countersigned(self, case: Case, by: StaffId) -> Document:
        """Add the clerk's signature and the authority's seal to the application."""
        signed = case.document("application")
        if signed is None:
            raise NotFound("application")
        pdf = await self.read(case.id, signed)
        done = await asyncio.to_thread(self.notary.countersign, pdf, case.id, by)
        kept = await self._keep_signed(case.id, "application", done, signed.pages)
        return await self._with_beside(case.id, kept, done.pdf)

    async def receipt(self, case: Case, item: ServiceItem) -> Document:
        """Make the receipt of a submitted case, sealed."""
        done, pages = await asyncio.to_thread(self._make_receipt, case, item)
        return await self._keep_signed(case.id, "receipt", done, pages)

    async def licence(
        self,
        case: CaseId,
        record: LicenceRecord,
        copy: CopyMark,
        template: LicenceTemplate,
    ) -> Document:
        """Make one copy of a licence, sealed.

        Raises:
            MissingGlyph: a character of it is in no font.
            LicenceTooLong: it does not fit on its paper.
        """
        done = await asyncio.to_thread(self._make_licence, record, copy, template)
        kept = await self._keep_signed(case, "licence", done, 1)
        return await self._with_beside(case, kept, done.pdf)

    def published_codes(self) -> bytes:
        """Return the keys with which anybody checks the codes of our licences."""
        return published_keys(self._authority, "").encoded()

    async def stamped(self, case: Case, old: Document) -> Document:
        """Put one more time stamp over a signed PDF; raises ``NoTime``."""
        pdf = await self.read(case.id, old)
        done = Signed(await asyncio.to_thread(self.notary.renew, pdf), timed=True)
        kept = await self._keep_signed(case.id, old.name, done, old.pages)
        sealed = old.name == "licence" or (
            old.name == "application" and bool(case.countersigned)
        )
        return await self._with_beside(case.id, kept, done.pdf) if sealed else kept

    async def keep_bytes(self, case: CaseId, name: str, data: bytes) -> str:
        """Seal and store ``data``; return its key in the object store.

        Returns once the store has given the very bytes back: the terminal destroys
        its own copy on our word. An S3's e_tag would be cheaper and does not say
        it, because with server-side encryption it is no digest of the content.

        Raises:
            NotStored: the store lost them or gives back others.
        """
        digest = hashlib.sha256(data).hexdigest()
        key = f"cases/{case}/{name}-{digest[:32]}"
        sealed = vault.seal(await self._cases.key(case), key, data)
        await self._objects.put(key, sealed)
        await self._require_kept(key, sealed)
        return key

    async def _require_kept(self, key: str, sealed: bytes) -> None:
        try:
            kept = await self._objects.get(key)
        except NotFound:
            raise NotStored(key) from None
        if kept != sealed:
            raise NotStored(key)

    async def read_bytes(self, case: CaseId, key: str) -> bytes:
        """Return what ``keep_bytes`` stored."""
        if not key:
            raise NotFound("object")
        sealed = await self._objects.get(key)
        return vault.unseal(await self._cases.key(case), key, sealed)

    async def read(self, case: CaseId, document: Document) -> bytes:
        """Return a PDF of the case; ``Unreadable`` if its digest is another."""
        data = await self.read_bytes(case, document.key)
        if hashlib.sha256(data).hexdigest() != document.sha256:
            raise Unreadable(document.name)
        return data

    async def read_beside(self, case: CaseId, beside: Beside) -> bytes:
        """Return an SM2 signature; ``Unreadable`` if its digest is another."""
        data = await self.read_bytes(case, beside.key)
        if hashlib.sha256(data).hexdigest() != beside.sha256:
            raise Unreadable("sm2")
        return data

    def _make_application(self, case: Case, item: ServiceItem) -> tuple[bytes, int]:
        fonts.load_fonts(self._fonts)
        pdf, pages = make_application(case, item)
        many, seal = len(case.signers), case.seal
        places = [(field_of(at), place_of(at, many, seal)) for at in range(many)]
        places = places if many > 1 else []
        if seal is not None:
            places.append((SEAL_FIELD, seal_place(seal)))
        return with_places(pdf, places) if places else pdf, pages

    def _make_receipt(self, case: Case, item: ServiceItem) -> tuple[Signed, int]:
        fonts.load_fonts(self._fonts)
        pdf, pages = make_receipt(case, item)
        return self.notary.seal(pdf, "Receipt"), pages

    def _make_licence(
        self, record: LicenceRecord, copy: CopyMark, template: LicenceTemplate
    ) -> Signed:
        fonts.load_fonts(self._fonts)
        code = make_code(record, copy, code_signer(self._authority))
        pdf = make_licence(Drawn(record, copy, template, code))
        return self.notary.seal(pdf, "Seal")

    async def _keep_signed(
        self, case: CaseId, name: str, done: Signed, pages: int
    ) -> Document:
        # Before the case knows the paper: what a crash leaves over is dropped.
        if self._on_signed is not None:
            await self._on_signed(case, name, done.timed)
        kept = await self._keep(case, name, done.pdf, pages)
        return msgspec.structs.replace(kept, untimed=not done.timed)

    async def _with_beside(self, case: CaseId, kept: Document, pdf: bytes) -> Document:
        """Return a sealed paper with an SM2 signature, if the office has a key."""
        file = await asyncio.to_thread(self.notary.beside, pdf)
        if file is None:
            return kept
        key = await self.keep_bytes(case, f"{kept.name}-sm2", file)
        digest = hashlib.sha256(file).hexdigest()
        return msgspec.structs.replace(kept, sm2=Beside(key, digest))

    async def _keep(self, case: CaseId, name: str, pdf: bytes, pages: int) -> Document:
        key = await self.keep_bytes(case, name, pdf)
        digest = hashlib.sha256(pdf).hexdigest()
        return Document(name=name, key=key, sha256=digest, size=len(pdf), pages=pages)
