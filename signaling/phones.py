"""Invitations to send a paper from the applicant's own phone.

The terminal shows a token as a QR code. The first page that opens it puts a secret
of its own in the token's place, and only that page gets in from then on: a
photograph of the code on the screen is worth nothing. Everything is on the bus, so
the phone may reach another server than the terminal did; there it is kept under
digests only, so whoever reads the bus cannot send anything either.
"""

import hashlib
import hmac
import re
import secrets

import msgspec

from casework.errors import CaseworkError
from casework.ports import Clock
from casework.visit import Visit
from protocol.ids import CaseId, MaterialId, TerminalId, TicketId
from protocol.states import Language
from signaling.bus import Bus
from signaling.visits import Visits

LASTS = 600.0
"""Seconds in which a phone may send: finding the paper and photographing it."""
SIGNING_LASTS = 3600.0
"""Seconds in which a signer who is elsewhere may sign: the others read and sign too."""
REMEMBERED = 2 * SIGNING_LASTS
"""Seconds for which it can still be said why a code does not work any more."""
MOST_FILES = 20
"""Files of one invitation, also those that could not be used."""
TOKEN_BYTES = 16
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Nothing that sounds or looks like another: no 0, 1, I and O."""
CODE_LENGTH = 16
"""Letters of a code that is said aloud: 80 bits, so that digests give none away."""


class PhoneExpired(CaseworkError):
    """The time of the code is over, or there never was one like it."""

    code = "phone-expired"


class PhoneUsed(CaseworkError):
    """Another page opened the code first."""

    code = "phone-used"


class PhoneEnded(CaseworkError):
    """The visit is over, or a newer code was shown for the paper."""

    code = "phone-ended"


class PhoneFull(CaseworkError):
    """As many files as one invitation takes."""

    code = "phone-full"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """For which paper of which visit a phone may send, and until when."""

    id: str
    """Digest of the token: names the invitation and opens nothing."""
    case: CaseId
    material: MaterialId
    ticket: TicketId
    terminal: TerminalId
    language: Language
    ends: float
    signer: str = ""
    """Who may sign with it, a signer who is elsewhere; else nobody."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a file: how many pages, or the code of why not."""

    pages: int = 0
    code: str = ""


class Phones:
    """Who may send from a phone now."""

    def __init__(self, bus: Bus, visits: Visits, clock: Clock) -> None:
        self.clock = clock
        self._bus = bus
        self._visits = visits

    async def invite(
        self, visit: Visit, material: MaterialId, signer: str = "", code: str = ""
    ) -> str:
        """Return a new token for a paper, or for a signer; the one before it ends.

        With a ``code``, that can be said over the telephone, it is that code's token.
        """
        assert visit.case is not None, "the caller found the visit by its case"
        token = token_of(code) if code else secrets.token_hex(TOKEN_BYTES)
        invitation = Invitation(
            id=_digest(token),
            case=visit.case,
            material=material,
            ticket=visit.id,
            terminal=visit.terminal,
            language=visit.language,
            ends=self.clock.now() + (SIGNING_LASTS if signer else LASTS),
            signer=signer,
        )
        await self._bus.keep(_paper(invitation), invitation.id, REMEMBERED)
        await self._keep(f"phone code {invitation.id}", invitation)
        return token

    async def open(self, token: str, secret: str) -> Invitation:
        """Let the page with ``secret`` in; said again by the same page, again.

        Raises:
            PhoneUsed: another page was first.
            PhoneExpired: too late, or no such token.
            PhoneEnded: the visit is over, or there is a newer code.
        """
        invitation = await self._find(f"phone code {_digest(token)}")
        await self.require_on(invitation)
        mine = _digest(secret)
        holder = f"phone holder {invitation.id}"
        first = await self._bus.claim(holder, mine, REMEMBERED)
        if not hmac.compare_digest(first, mine):
            raise PhoneUsed
        await self._keep(f"phone page {mine}", invitation)
        return invitation

    async def of_page(self, secret: str) -> Invitation:
        """Return what the page with ``secret`` may send for.

        Raises:
            PhoneExpired: too late, or no such page.
            PhoneEnded: the visit is over, or there is a newer code.
        """
        invitation = await self._find(f"phone page {_digest(secret)}")
        await self.require_on(invitation)
        return invitation

    async def require_on(self, invitation: Invitation) -> None:
        """Raise ``PhoneExpired`` or ``PhoneEnded`` once it is over."""
        if self.clock.now() >= invitation.ends:
            raise PhoneExpired
        newest = await self._bus.kept(_paper(invitation)) or ""
        if not hmac.compare_digest(newest, invitation.id):
            raise PhoneEnded
        visit = await self._visits.at_terminal(invitation.terminal)
        if visit is None or visit.id != invitation.ticket:
            raise PhoneEnded

    def seconds_left(self, invitation: Invitation) -> int:
        """Return how long it is still on."""
        return max(0, int(invitation.ends - self.clock.now()))

    async def outcome(self, invitation: Invitation, file: str) -> Outcome | None:
        """Return what became of a file that was sent before, else ``None``."""
        kept = await self._bus.kept(_file(invitation, file))
        return msgspec.json.decode(kept, type=Outcome) if kept else None

    async def count_file(self, invitation: Invitation, file: str) -> None:
        """Count a file once, however often it is sent; raises ``PhoneFull``."""
        name, lasts = _file(invitation, file), int(REMEMBERED)
        if not await self._bus.first_time(name, lasts):
            return
        if await self._bus.count(f"phone files {invitation.id}", lasts) > MOST_FILES:
            raise PhoneFull

    async def remember(
        self, invitation: Invitation, file: str, outcome: Outcome
    ) -> None:
        """Keep what became of a file: the answer may be lost on its way."""
        said = msgspec.json.encode(outcome).decode()
        await self._bus.keep(_file(invitation, file), said, REMEMBERED)

    async def _keep(self, name: str, invitation: Invitation) -> None:
        said = msgspec.json.encode(invitation).decode()
        await self._bus.keep(name, said, REMEMBERED)

    async def _find(self, name: str) -> Invitation:
        kept = await self._bus.kept(name)
        if kept is None:
            raise PhoneExpired
        return msgspec.json.decode(kept, type=Invitation)


def new_code() -> str:
    """Return a code that one person can read out to another."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def token_of(code: str) -> str:
    """Return the token of a code, however it was typed.

    Raises:
        PhoneExpired: it cannot be one.
    """
    plain = re.sub(r"[\s-]", "", code).upper()
    if len(plain) != CODE_LENGTH or set(plain) - set(LETTERS):
        raise PhoneExpired
    return _digest(f"code {plain}")[: 2 * TOKEN_BYTES]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _paper(invitation: Invitation) -> str:
    if invitation.signer:
        return f"phone signer {invitation.case} {invitation.signer}"
    return f"phone paper {invitation.case} {invitation.material}"


def _file(invitation: Invitation, file: str) -> str:
    return f"phone file {invitation.id} {file}"
