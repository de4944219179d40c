"""The dossier: one file that proves a case without asking us.

``dossier_form`` says what is in it. Making one is itself an entry of the log: it
names every member by its digest, and the dossier's checkpoint ends with it.
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping

import msgspec

from casework import merkle
from casework.account_words import make_accounts
from casework.accounts import Told
from casework.archive import LARGEST, pack
from casework.case import Case
from casework.cases import Cases
from casework.checkpoints import Checkpoints
from casework.cosignature import WitnessKey
from casework.cosigning import Cosigning
from casework.dossier_form import (
    FILE,
    FORMAT,
    KEYS,
    MADE,
    MANIFEST,
    STAMPED,
    WITNESSES,
    Manifest,
    Proved,
)
from casework.errors import ChangedMeanwhile, DossierTooLarge
from casework.evidence import canonical, read_leaf
from casework.ledger import ATTEMPTS
from casework.log_ports import Kept
from casework.logged_files import CODES, STROKES
from casework.ports import Entry, LoggedEntry
from casework.rule_versions import rule_files
from casework.session_files import Sessions
from casework.signers import stroke_files
from casework.signing.sm2_lines import SUFFIX
from protocol.ids import CaseId
from protocol.states import CaseState, MaterialState

CODE_IS_USED = {CaseState.PRINTED, CaseState.DELIVERED, CaseState.CLOSED}

PROOFS = 32 * 1024 * 1024
"""Bytes of an archive that are left for its manifest: a hundred times the usual."""


class Dossiers:
    """Makes dossiers."""

    def __init__(
        self,
        cases: Cases,
        sessions: Sessions,
        checkpoints: Checkpoints,
        cosigning: Cosigning | None = None,
    ) -> None:
        self._cases = cases.ledger.store
        self._papers = cases.papers
        self._items = cases.items
        self._sessions = sessions
        self._checkpoints = checkpoints
        self._cosigning = cosigning
        self._clock = cases.clock

    async def make(self, case: Case, by: str, *, films: bool = False) -> bytes:
        """Return the dossier of ``case`` as it stands now, made for ``by``.

        With ``films``, the recorded sessions are in it whole, as far as their keys
        still exist; without, only the digests of their segments.

        Raises:
            DossierTooLarge: more than an archive of ours can hold.
        """
        for attempt in range(ATTEMPTS):
            case = await self._cases.load(case.id) if attempt else case
            before = await self._cases.entries(case.id)
            files = await self._files(case, before)
            files |= await self._sessions.files(before, films=films)
            if sum(map(len, files.values())) > LARGEST - PROOFS:
                raise DossierTooLarge(case.id)
            manifest = await self._made(case.id, by, files)
            told, proved = (
                [one.index for one in rows] for rows in (before, manifest.entries[:-1])
            )
            if told == proved:
                return await _packed(files, manifest)
        # Something happened to the case each time: the files are not of that.
        raise ChangedMeanwhile(case.id)

    async def pack(self, case: CaseId, by: str, files: Mapping[str, bytes]) -> bytes:
        """Return a dossier of ``files`` and of every entry of ``case``."""
        return await _packed(files, await self._made(case, by, files))

    async def _made(
        self, case: CaseId, by: str, files: Mapping[str, bytes]
    ) -> Manifest:
        digests = await asyncio.to_thread(_digests, files)
        keys, stamped = self._checkpoints.keys, self._checkpoints.stamps
        facts = {FILE + name: digest for name, digest in digests.items()}
        facts |= {KEYS: keys.fingerprint(), STAMPED: "yes" if stamped else "no"}
        for attempt in range(ATTEMPTS):
            # Who has just answered will sign what follows; if not, nobody is named.
            asked = await self._there() if attempt < ATTEMPTS - 1 else []
            facts[WITNESSES] = " ".join(map(str, asked))
            now = self._clock.now()
            entry = Entry(kind=MADE, at=now, by=by, case=case, facts=dict(facts))
            size = await self._cases.append(entry) + 1
            made = await self._checkpoints.make(size, self._clock.now())
            lines = await self._cosigned(made, asked)
            if len(lines) == len(asked):
                break
        return await self._manifest(case, made, lines)

    async def _there(self) -> list[WitnessKey]:
        if self._cosigning is None:
            return []
        return list(await self._cosigning.round(self._clock.now()))

    async def _cosigned(self, made: Kept, asked: list[WitnessKey]) -> list[str]:
        if self._cosigning is None or not asked:
            return []
        return list((await self._cosigning.ask(made, asked)).values())

    async def _manifest(self, case: CaseId, made: Kept, lines: list[str]) -> Manifest:
        # What was appended meanwhile belongs to the next dossier.
        entries, size = await self._cases.entries(case), made.size
        mine = [entry for entry in entries if entry.index < size]
        return Manifest(
            format=FORMAT,
            checkpoint=made.note,
            timestamp=base64.b64encode(made.token).decode(),
            keys=self._checkpoints.keys,
            withheld=[name for entry in mine for name in _destroyed(entry)],
            entries=[await self._proved(entry, size) for entry in mine],
            cosignatures=lines,
        )

    async def _proved(self, entry: LoggedEntry, size: int) -> Proved:
        ranges = merkle.inclusion_ranges(entry.index, size)
        proof = await self._checkpoints.log.hashes(ranges)
        return Proved(
            index=entry.index,
            leaf=entry.leaf.decode(),
            opened=dict(entry.opened),
            proof=[node.hex() for node in proof],
        )

    async def _files(self, case: Case, entries: list[LoggedEntry]) -> dict[str, bytes]:
        files = {
            "record.json": canonical(_record(case)),
            "form.json": canonical(case.form),
            "papers.json": canonical(_papers(case)),
            CODES: self._papers.published_codes(),
        }
        files |= rule_files(self._items, case.item)
        files |= make_accounts(map(_told, entries), case.language)
        files |= await self._documents(case)
        files |= await self._pages(case)
        drawn = stroke_files(case.signers) or {STROKES: case.strokes}
        for name, key in drawn.items():
            if key:
                files[name] = await self._papers.read_bytes(case.id, key)
        return files

    async def _documents(self, case: Case) -> dict[str, bytes]:
        # The receipt holds the release code: it is the applicant's until it is used.
        open_code = case.state not in CODE_IS_USED
        files = {}
        for document in case.documents:
            if open_code and document.name == "receipt":
                continue
            name = f"{document.name}.pdf"
            files[name] = await self._papers.read(case.id, document)
            if document.sm2 is not None:
                file = await self._papers.read_beside(case.id, document.sm2)
                files[name + SUFFIX] = file
        return files

    async def _pages(self, case: Case) -> dict[str, bytes]:
        files = {}
        for material in case.materials:
            seal = material.pages[0].seal if material.pages else None
            if seal is not None and material.state is MaterialState.ACCEPTED:
                data = await self._papers.read_bytes(case.id, seal.key)
                files[f"materials/{material.id}/seal.png"] = data
            for page in material.pages:
                name = f"materials/{material.id}/{page.id}"
                if page.page:
                    data = await self._papers.read_bytes(case.id, page.page)
                    files[f"{name}.jpg"] = data
                if page.original:
                    data = await self._papers.read_bytes(case.id, page.original)
                    files[f"{name}-original.jpg"] = data
        return files


async def _packed(files: Mapping[str, bytes], manifest: Manifest) -> bytes:
    members = {**files, MANIFEST: manifest.to_bytes()}
    return await asyncio.to_thread(pack, members)


def _told(entry: LoggedEntry) -> Told:
    return Told(entry.index, entry.said.kind, entry.said.at, _values(entry))


def _values(entry: LoggedEntry) -> dict[str, str]:
    return {name: one.value for name, one in entry.opened.items()}


def _destroyed(entry: LoggedEntry) -> list[str]:
    """Return the facts that nobody can open any more."""
    facts = read_leaf(entry.leaf).facts
    return [f"{entry.index} {name}" for name in facts if name not in entry.opened]


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _record(case: Case) -> dict[str, str | float]:
    """What the office knows of the case itself; codes and keys are not evidence."""
    return {
        "case": case.id,
        "number": case.number,
        "item": case.item,
        "office": case.office,
        "terminal": case.terminal,
        "ticket": case.ticket,
        "language": case.language.value,
        "clerk": case.clerk,
        "opened": case.opened,
        "touched": case.touched,
        "state": case.state.value,
        "reason": case.reason,
    }


def _papers(case: Case) -> list[dict[str, object]]:
    return [
        {
            "id": paper.id,
            "state": paper.state.value,
            "reason": paper.reason,
            "confirmed": dict(paper.confirmed),
            "pages": [
                {
                    "id": page.id,
                    "sha256": page.sha256,
                    "turns": page.turns,
                    "overridden": page.overridden,
                    "why": page.why,
                    "fields": msgspec.to_builtins(page.fields),
                }
                for page in paper.pages
            ],
        }
        for paper in case.materials
    ]
