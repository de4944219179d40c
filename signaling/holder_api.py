"""What a holder takes home from a Citizen's Window: the licence, on their own phone.

Whoever typed number and code there may have the licence as a verifiable credential
as well: the window shows a square, and the first page that opens it within ten
minutes gets the file. A photograph of the square is worth nothing after that. Where
the office makes SM2 signatures, the page gets the sealed PDF and its signature, too.
"""

import hashlib
import hmac
import secrets
from typing import Final, Literal

import msgspec
from aiohttp import web

from casework.allowance import Allowance
from casework.case import Case
from casework.errors import CaseworkError, NotFound
from casework.ledger import entry_of
from casework.licences import require_in_force
from casework.signing.sm2_lines import SUFFIX
from protocol.ids import CaseId, StepId
from protocol.states import JobState
from signaling.licence_api import TooFast, credential_answer
from signaling.services import Services
from signaling.terminal_api import read_body
from signaling.web import SERVICES, download, terminal_of

LASTS: Final = 600
"""Seconds in which the square can be opened."""
REMEMBERED: Final = 2 * LASTS
TOKEN_BYTES: Final = 16
AT_THE_WINDOW: Final = frozenset(
    {JobState.HANDED_OUT, JobState.SPOOLED, JobState.PRINTED}
)
"""The window has the licence itself by then."""
ALSO: Final = "Counter-Also-Sm2"
"""Says with the credential whether the paper and its SM2 signature can be had, too."""
GIVEN: Final = "credential-given"
ANY_FILE: Final = "application/octet-stream"

routes = web.RouteTableDef()
PACE = web.AppKey("holders' pace", Allowance)


class CredentialExpired(CaseworkError):
    """The time of the square is over, or there never was one like it."""

    code = "lic-keep-expired"


class CredentialTaken(CaseworkError):
    """Another page opened the square first."""

    code = "lic-keep-taken"


class _Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str
    secret: str
    file: Literal["credential", "pdf", "sm2"] = "credential"
    """The last two where the office makes SM2 signatures: the paper, and its own."""


def add_holders(app: web.Application) -> None:
    """Add both addresses: for the window, and for the holder's phone."""
    app[PACE] = Allowance(burst=30, per_second=0.5)
    app.add_routes(routes)


@routes.post("/api/terminal/jobs/{job}/credential")
async def offer(request: web.Request) -> web.Response:
    """Return an address for the holder's phone, while they stand at the window."""
    terminal = await terminal_of(request)
    services = request.app[SERVICES]
    job = await services.printing.prints.job(request.match_info["job"], terminal.id)
    if job.state not in AT_THE_WINDOW or services.clock.now() - job.at > REMEMBERED:
        raise CredentialExpired(job.state)
    token = secrets.token_hex(TOKEN_BYTES)
    await services.bus.keep(f"credential {_digest(token)}", job.case, LASTS)
    # Behind the '#', so that it is in no server's log.
    url = f"{services.settings.url}/licence-check/#keep={token}"
    return web.json_response({"url": url, "seconds": LASTS})


@routes.post("/api/licence-credential")
async def take(request: web.Request) -> web.Response:
    """Give the licence to the first page that asks; to that one also again."""
    services = request.app[SERVICES]
    if not request.app[PACE].take(request.remote or "", 1, services.clock.now()):
        raise TooFast
    asked = await read_body(request, _Token)
    name = _digest(asked.token)
    case_id = await services.bus.kept(f"credential {name}")
    if case_id is None:
        raise CredentialExpired("token")
    mine = _digest(asked.secret)
    first = await services.bus.claim(f"credential holder {name}", mine, REMEMBERED)
    if not hmac.compare_digest(first, mine):
        raise CredentialTaken("token")
    case = await services.cases.ledger.store.load(CaseId(case_id))
    answer = await _answer(case, asked.file, services)
    await _note(services, CaseId(case_id), StepId(f"credential {name}"))
    return answer


async def _answer(case: Case, file: str, services: Services) -> web.Response:
    """Return the licence in the form that was asked for, and whether SM2 is another."""
    document = case.document("licence")
    beside = None if document is None else document.sm2
    if file == "credential":
        answer = await credential_answer(case, services)
        answer.headers[ALSO] = "no" if beside is None else "yes"
        return answer
    require_in_force(case, services.clock.now())
    if document is None or beside is None:
        raise NotFound("sm2")
    papers = services.papers
    if file == "pdf":
        pdf = await papers.read(case.id, document)
        return download(pdf, "licence.pdf", ANY_FILE)
    name = f"licence.pdf{SUFFIX}"
    return download(await papers.read_beside(case.id, beside), name, ANY_FILE)


async def _note(services: Services, case_id: CaseId, step: StepId) -> None:
    """Log that the licence left the office, once."""
    store = services.cases.ledger.store
    if await store.was_applied(step):
        return
    case = await store.load(case_id)
    document = case.document("licence")
    if document is None:
        raise NotFound("licence")
    entry = entry_of(GIVEN, case, "holder", {"licence": document.sha256})
    moment = msgspec.structs.replace(entry, at=services.clock.now())
    await store.append(moment, step)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
