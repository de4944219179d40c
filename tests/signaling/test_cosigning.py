"""A signer elsewhere, over real HTTP: link, identity, pages, signature, refusal."""

import contextlib
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

from casework.arriving import Arriving
from protocol.ids import CaseId, MaterialId, PageId, StepId
from protocol.states import CaseState
from signaling.cosign_api import PHONES
from signaling.phones import SIGNING_LASTS
from tests.builders import CLERK, TERMINAL, FixedClock, a_jpeg, a_signature
from tests.casework.partners import (
    MANAGING,
    PARTNERS,
    PARTNERSHIP,
    SEAL,
    signing,
    with_seal,
)
from tests.signaling.phone_world import Phone, Said, a_photograph
from tests.signaling.site import Ear, Site, a_call

PAPER = MaterialId("identity-partner")


class Link(Phone):
    """The phone of the partner, who is elsewhere."""

    def __init__(self, base: str, session: aiohttp.ClientSession, url: str) -> None:
        super().__init__(base, session, url)
        self.token = self.token.removeprefix("sign-")

    async def now(self) -> dict[str, Any]:
        status, about = await self.look()
        assert status == 200, about
        return dict(about["signing"])

    async def sign(self, sha256: str, **more: Any) -> Said:
        body = {
            "step": secrets.token_hex(8),
            "sha256": sha256,
            "pages": [{"page": 1, "seconds": 5.0}],
            "declared": "touch",
            "strokes": msgspec.to_builtins(a_signature()),
        }
        return await self._ask("POST", "/signature", self.secret, json=body | more)

    async def type(self, code: str, body: dict[str, str]) -> Said:
        headers = {"Authorization": f"Code {code}", "Origin": self._base}
        url, ask = f"{self._base}/api/phone", self._session.post
        async with ask(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def refuse(self, sha256: str) -> Said:
        body = {"step": "no", "sha256": sha256, "reason": "wrong"}
        return await self._ask("POST", "/refusal", self.secret, json=body)

    async def page(self, number: int, sha256: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Phone {self.secret}"}
        url = f"{self._base}/api/phone/application/{number}.png?sha256={sha256}"
        async with self._session.get(url, headers=headers) as answer:
            return answer.status, await answer.read()


class Partnership:
    """A call about a partnership; what others do is done without their pages."""

    def __init__(self, site: Site, case: str, phones: aiohttp.ClientSession) -> None:
        self.site, self.case = site, CaseId(case)
        self.counter: Ear
        self._phones = phones

    async def expect(self, *, away: bool, signer: str = "partner") -> Said:
        url = f"{self.site.base}/api/cases/{self.case}/signers/{signer}"
        body = {"step": secrets.token_hex(8), "away": away}
        headers = {"Origin": self.site.base}
        async with self.site.session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def link(self) -> Link:
        status, made = await self.expect(away=True)
        assert status == 200, made
        return self.another(made["url"])

    def another(self, url: str) -> Link:
        return Link(self.site.base, self._phones, url)

    async def opened(self) -> Link:
        link = await self.link()
        status, about = await link.open()
        assert status == 200, about
        return link

    async def store(self, name: str) -> str:
        services, data = self.site.services, a_jpeg() + name.encode()
        key = await services.papers.keep_bytes(self.case, f"{name}-page", data)
        page = Arriving(material=MaterialId(name), page=PageId(secrets.token_hex(16)))
        await services.scans.previews_arrived(self.case, [(page, key)])
        stored = key, hashlib.sha256(data).hexdigest()
        case = await services.scans.page_stored(
            self.case, page, stored, _step(), TERMINAL
        )
        return case.material(MaterialId(name)).sha256

    async def accept(self, name: str, seen: str) -> None:
        cases, paper = self.site.services.cases, MaterialId(name)
        await cases.accept_material(self.case, paper, seen, _step(), CLERK)

    async def first_signs(self, link: Link) -> dict[str, Any]:
        """Everything up to the turn of the signer elsewhere; return what they see."""
        cases = self.site.services.cases
        assert (await link.send(a_photograph()))[0] == 200
        assert (await link.now())["stage"] == "checking"
        case = await cases.ledger.store.load(self.case)
        await self.accept(PAPER, case.material(PAPER).sha256)
        await self.accept("agreement", await self.store("agreement"))
        seal = await self.store(SEAL)
        case = await cases.ledger.store.load(self.case)
        await with_seal(self.site.services, case)
        await self.accept(SEAL, seal)
        await cases.fill_form(self.case, PARTNERS)
        case = await cases.accept_form(self.case, _step(), CLERK)
        assert (await link.now())["stage"] == "waiting"
        await cases.sign(signing(case, MANAGING))
        return await link.now()


def _step() -> StepId:
    return StepId(secrets.token_hex(8))


@pytest.fixture
async def visit(site: Site) -> AsyncIterator[Partnership]:
    async with contextlib.AsyncExitStack() as open_ones:
        counter, _, _ = await open_ones.enter_async_context(a_call(site, PARTNERSHIP))
        await counter.sees(lambda session: session["case"] is not None)
        phones = await open_ones.enter_async_context(aiohttp.ClientSession())
        assert counter.session is not None, "just seen"
        visit = Partnership(site, counter.session["case"]["id"], phones)
        visit.counter = counter
        seen = await visit.store("identity")
        cases = site.services.cases
        await cases.confirm_identity(visit.case, seen, _step(), CLERK)
        yield visit


async def test_from_the_link_to_the_signature(visit: Partnership) -> None:
    link = await visit.opened()
    assert (await link.now())["stage"] == "identity"

    turn = await visit.first_signs(link)
    status, picture = await link.page(1, turn["sha256"])
    assert (status, picture[:4]) == (200, b"\x89PNG")
    status, about = await link.sign(turn["sha256"], step="once")

    assert (status, about["signing"]["stage"]) == (200, "signed")
    again = await link.sign(turn["sha256"], step="once")
    assert again[1]["signing"]["stage"] == "signed"
    case = await visit.site.services.cases.ledger.store.load(visit.case)
    assert case.number and all(one.signed for one in case.signers)


async def test_the_signer_elsewhere_refuses_and_the_clerk_sees_why(
    visit: Partnership,
) -> None:
    link = await visit.opened()
    turn = await visit.first_signs(link)

    status, about = await link.refuse(turn["sha256"])

    assert (status, about["signing"]["stage"]) == (200, "refused")
    case = await visit.site.services.cases.ledger.store.load(visit.case)
    assert (case.refused_by, case.refused) == ("partner", "wrong")


async def test_what_the_link_may_not_do(visit: Partnership) -> None:
    link = await visit.opened()
    bystander = visit.another(f"/phone/#sign-{link.token}")
    assert await bystander.open() == (409, {"code": "phone-used"})
    # Before their turn there is nothing to see and nothing to sign.
    assert (await link.page(1, "0" * 64))[0] == 404
    status, answer = await link.sign("0" * 64)
    assert (status, answer["code"]) == (409, "not-allowed-now")

    turn = await visit.first_signs(link)

    for body, code in (
        ({"pages": []}, "bad-signature"),
        ({"strokes": [[]] * 300}, "bad-request"),
        ({"declared": "guess"}, "bad-request"),
        ({"step": "x" * 65}, "bad-request"),
    ):
        assert (await link.sign(turn["sha256"], **body))[1]["code"] == code
    assert (await link.page(1, "0" * 64))[0] == 400
    assert (await link.page(2, turn["sha256"]))[0] == 404


async def test_a_link_ends_with_a_newer_one_and_when_they_come_to_the_counter(
    visit: Partnership,
) -> None:
    first = await visit.opened()
    second = await visit.opened()

    assert await first.look() == (410, {"code": "phone-ended"})
    assert (await visit.expect(away=False))[0] == 200
    assert await second.look() == (410, {"code": "phone-ended"})


async def test_the_code_can_be_said_over_the_telephone(visit: Partnership) -> None:
    _, made = await visit.expect(away=True)
    link = visit.another(made["url"])
    said = " ".join(re.findall("....", made["code"].lower()))

    body = {"secret": link.secret}
    for wrong in ("2222 2222 2222 2222", "0", "short"):
        answer = await link.type(wrong, body)
        assert answer == (410, {"code": "phone-expired"})
    status, about = await link.type(said, body)

    assert (status, about["signing"]["stage"]) == (200, "identity")
    # The square of the same link is used up with it.
    assert await visit.another(made["url"]).open() == (409, {"code": "phone-used"})


async def test_a_link_ends_after_an_hour(visit: Partnership) -> None:
    link = await visit.opened()
    phones = visit.site.app[PHONES]

    phones.clock = FixedClock(phones.clock.now() + SIGNING_LASTS + 1)

    assert await link.look() == (410, {"code": "phone-expired"})


async def test_whoever_leaves_between_two_signatures_takes_the_application_along(
    visit: Partnership,
) -> None:
    link = await visit.opened()
    turn = await visit.first_signs(link)
    assert visit.counter.session is not None
    ticket = visit.counter.session["ticket"]["id"]

    await visit.counter.say(type="leave-counter", step="go", ticket=ticket)

    assert await link.sign(turn["sha256"]) == (410, {"code": "phone-ended"})
    case = await visit.site.services.cases.ledger.store.load(visit.case)
    assert case.state is CaseState.WITHDRAWN


async def test_a_square_for_a_paper_signs_nothing(visit: Partnership) -> None:
    visits, phones = visit.site.services.visits, visit.site.app[PHONES]
    [one] = await visits.open_ones()
    token = await phones.invite(one, PAPER)
    phone = visit.another(f"/phone/#{token}")
    assert (await phone.open())[1]["signing"] is None

    assert await phone.sign("0" * 64) == (410, {"code": "phone-expired"})
    assert (await phone.page(1, "0" * 64))[0] == 410


async def test_only_the_clerk_of_the_case_gives_a_link(visit: Partnership) -> None:
    assert (await visit.expect(away=True, signer="managing"))[0] == 409
    assert (await visit.expect(away=True, signer="nobody"))[0] == 404
    await visit.site.sign_in("approver")

    status, answer = await visit.expect(away=True)

    assert (status, answer["code"]) == (403, "forbidden")
