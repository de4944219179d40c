"""Signs and seals the papers of a case, with the time where there is one."""

import datetime as dt
import logging
from collections.abc import Callable

import msgspec
from pyhanko.sign.signers import Signer

from casework.signers import field_of
from casework.signing.authority import EVENT_MINUTES, Authority
from casework.signing.certificate_files import is_revoked
from casework.signing.certificates import (
    Identity,
    Revoked,
    ends,
    issue,
    revocation_list,
    serial_of,
)
from casework.signing.company import SealPlace, issue_for_company
from casework.signing.device import SealRevoked
from casework.signing.escrow import lock, public_half
from casework.signing.evidence_file import Ceremony
from casework.signing.keyring import Keyring, own_keyring
from casework.signing.pades import (
    Box,
    Place,
    renew_time,
    seal_pdf,
    sign_after,
    sign_by_hand,
)
from casework.signing.support import Support
from casework.signing.timestamps import (
    NoTime,
    OtherAuthority,
    OwnTime,
    Stamper,
    TimeSource,
    machine_time,
    timestamp,
)
from casework.signing.trust import Known
from protocol.ids import APPLICANT, CaseId, StaffId
from protocol.parts import Point

log = logging.getLogger(__name__)

WAITING_DAYS = 7
"""How long the certificate of one signing is valid when no time stamp is to be had.

Its key is gone like any other; the longer certificate leaves the queue a week to
get a time stamp that still lies within it.
"""


AUTHORITIES = 3
"""Time stamp authorities that may take turns within one signature."""


class Signed(msgspec.Struct, frozen=True):
    """A signed PDF. Without ``timed`` its time stamp is still to come (B-B)."""

    pdf: bytes
    timed: bool
    company: str = ""
    """Serial number, in hex, of the certificate with which a company's seal is on."""


class Notary:
    """Everything that the office signs goes through here. It works in threads."""

    def __init__(
        self,
        authority: Authority,
        time: TimeSource | None = None,
        now: Callable[[], dt.datetime] = machine_time,
        escrow: bytes = b"",
        keyring: Keyring | None = None,
    ) -> None:
        """``escrow`` is the public key of whoever may read strokes.

        Without ``keyring`` and ``time``, those embedded in ``authority`` sign.
        """
        assert authority.time is not None, "made when the authority was opened"
        self._keys = keyring or own_keyring(authority)
        self._time = time or OwnTime(authority.time, now)
        self._own_time = authority.time
        self._stamper = Stamper(self._time)
        self._now = now
        self.trust = self._keys.trust
        self.revoked: tuple[Revoked, ...] = ()
        """What was revoked of what we issued; whoever opened us keeps it fresh."""
        self._escrow = escrow or public_half(authority.escrow)

    def locked(self, case: CaseId, strokes: bytes) -> bytes:
        """Return the strokes of a signature as only the escrow's holder reads them."""
        return lock(self._escrow, case, strokes)

    def timestamp(self, digest: bytes) -> bytes:
        """Return a time stamp token (DER) for a SHA-256; raises ``NoTime``."""
        return timestamp(self._time, digest)

    def certify(
        self,
        pdf: bytes,
        strokes: list[list[Point]],
        box: Box,
        told: Ceremony,
        seal: SealPlace | None = None,
    ) -> Signed:
        """Return ``pdf`` signed by one of those who sign, with a key of this act.

        The first of them certifies. Of several each has a place that was made before.
        With ``seal`` the company's seal follows, with another key of this act.
        """
        field, made = field_of(told.place), told.of > 1
        place = Place(field, box, strokes, made=made, last=seal is None)
        company: list[Identity] = []

        def sign(support: Support, lasts: dt.timedelta | None) -> bytes:
            event = self._event(_subject(told), lasts)
            by_hand = sign_after if told.place else sign_by_hand
            once = by_hand(pdf, event, support, place, told.file())
            if seal is None:
                return once
            company[:] = [self._company(seal, told, lasts)]
            said = seal.act(told.case).file()
            return sign_after(once, company[0], support, seal, said)

        done = self._signed(sign)
        serials = [f"{serial_of(one.certificate):x}" for one in company]
        return msgspec.structs.replace(done, company="".join(serials))

    def countersign(self, pdf: bytes, case: CaseId, clerk: StaffId) -> Signed:
        """Return ``pdf`` signed by the clerk and sealed by the authority.

        Raises:
            SealRevoked: nobody would believe that seal.
        """

        def sign(support: Support, lasts: dt.timedelta | None) -> bytes:
            seal = self._seal(support)
            event = self._event(f"Clerk {clerk} on {case}", lasts)
            signer = support.signer(event)
            once = seal_pdf(pdf, signer, support, "Clerk", last=False)
            return seal_pdf(once, seal, support, "Seal")

        return self._signed(sign)

    def seal(self, pdf: bytes, field: str) -> Signed:
        """Return ``pdf`` with the authority's seal in ``field``.

        Raises:
            SealRevoked: nobody would believe it.
        """

        def sign(support: Support, _lasts: dt.timedelta | None) -> bytes:
            return seal_pdf(pdf, self._seal(support), support, field)

        return self._signed(sign)

    def beside(self, pdf: bytes) -> bytes | None:
        """Return an SM2 signature of a sealed PDF, a file; ``None`` without a key."""
        sm2 = self._keys.sm2
        return None if sm2 is None else sm2.sign(pdf, self._now())

    def renew(self, pdf: bytes) -> bytes:
        """Return ``pdf`` with a time stamp over everything; raises ``NoTime``."""
        return renew_time(pdf, self._support())

    def _signed(self, sign: Callable[[Support, dt.timedelta | None], bytes]) -> Signed:
        """Sign with time; without, if nobody gives any: no signature is ever lost."""
        try:
            return Signed(self._timed(sign), timed=True)
        except NoTime as error:
            log.warning("no time stamp (%s): signed without, to be upgraded", error)
        support, lasts = self._support(), dt.timedelta(days=WAITING_DAYS)
        return Signed(sign(support.without_time(), lasts), timed=False)

    def _timed(self, sign: Callable[[Support, dt.timedelta | None], bytes]) -> bytes:
        for _ in range(AUTHORITIES - 1):
            try:
                return sign(self._support(), None)
            except OtherAuthority:
                log.info("another time stamp authority answers")
        return sign(self._support(), None)

    def _seal(self, support: Support) -> Signer:
        """Return what seals, unless one of the lists to be embedded revokes it."""
        if is_revoked(self._keys.seal.certificate, support.lists, self._now()):
            log.error("the certificate of the office's seal was revoked")
            raise SealRevoked("seal")
        return support.signer(self._keys.seal)

    def revocation_list(self) -> bytes:
        """Return our list (DER) as it is now: younger than every certificate."""
        return revocation_list(self._keys.issuer, self._now(), self.revoked)

    def known(self) -> Known:
        """Return what somebody knows who agreed to rely on this office."""
        return self.trust.known(self._lists())

    def ends(self) -> dict[str, dt.datetime]:
        """Return until when each key that signs can be used."""
        own = {"time": self._own_time} if isinstance(self._time, OwnTime) else {}
        clocks = {name: ends(one.certificate) for name, one in own.items()}
        return self._keys.ends() | clocks

    def _lists(self) -> tuple[bytes, ...]:
        """Our own list, that of the embedded root if it is believed, and others'."""
        lists = [self.revocation_list()]
        root = self._keys.embedded
        if root != self._keys.issuer and root.certificate in self.trust.for_time:
            lists.append(revocation_list(root, self._now(), self.revoked))
        return (*lists, *self._keys.lists())

    def _support(self) -> Support:
        return Support(trust=self.trust, lists=self._lists(), stamper=self._stamper)

    def _company(
        self, place: SealPlace, told: Ceremony, lasts: dt.timedelta | None
    ) -> Identity:
        lasts = lasts or dt.timedelta(minutes=EVENT_MINUTES)
        issuer, now = self._keys.issuer, self._now()
        return issue_for_company(place.seal, told.case, issuer, now, lasts)

    def _event(self, subject: str, lasts: dt.timedelta | None) -> Identity:
        minutes = dt.timedelta(minutes=EVENT_MINUTES)
        return issue(subject, self._keys.issuer, self._now(), lasts or minutes)


def _subject(told: Ceremony) -> str:
    """Return what the certificate calls a signer: never a name."""
    if told.signer == APPLICANT:
        return f"Applicant of {told.case}"
    return f"Signer {told.place + 1}, {told.signer}, of {told.case}"
