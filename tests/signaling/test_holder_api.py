"""A holder at a Citizen's Window takes the licence home on a phone."""

from typing import Any

import aiohttp
import pytest

from casework.case import Case
from casework.cose import read_keys
from casework.licence import Step
from casework.licence_export import read_credential
from casework.licences import Change
from protocol.ids import StaffId
from tests.builders import FORM, a_step
from tests.signaling.site import Site
from tests.signaling.test_licence_api import fetched, issued

SECRET, OTHER = "a" * 32, "b" * 32


class Window:
    """A window at which a licence was released and fetched."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.case: Case
        self.job = ""

    async def printed(self) -> "Window":
        await self.site.enrol()
        terminals = await self.site.services.terminals.all()
        printing, terminal = self.site.services.printing, terminals[0].id
        self.case = await issued(self.site)
        number, code = self.case.number, self.case.release_code
        job = await printing.releases.release(number, code, terminal)
        self.job = job.id
        assert (await self.offer())[0] == 400
        await printing.prints.hand_out(job.id, terminal)
        return self

    async def offer(self) -> tuple[int, dict[str, Any]]:
        path = f"/api/terminal/jobs/{self.job}/credential"
        proof = {"Authorization": self.site.device.proof("POST", path)}
        url = f"{self.site.base}{path}"
        async with self.site.session.post(url, json={}, headers=proof) as answer:
            return answer.status, await answer.json()

    async def token(self) -> str:
        status, said = await self.offer()
        assert status == 200
        return str(said["url"].partition("#keep=")[2])

    async def take(self, token: str, secret: str = SECRET) -> tuple[int, str]:
        status, data = await self.take_file(token, "credential", secret)
        return status, data.decode()

    async def take_file(
        self, token: str, file: str, secret: str = SECRET
    ) -> tuple[int, bytes]:
        url, body = self.site.base, {"token": token, "secret": secret, "file": file}
        headers = {"Origin": url}
        async with (
            aiohttp.ClientSession() as phone,
            phone.post(
                f"{url}/api/licence-credential", json=body, headers=headers
            ) as answer,
        ):
            return answer.status, await answer.read()


@pytest.fixture
async def window(site: Site) -> Window:
    return await Window(site).printed()


async def test_the_phone_gets_a_credential_that_the_published_keys_verify(
    window: Window,
) -> None:
    status, token = await window.take(await window.token())

    keys = read_keys(await fetched(window.site, "/licence-check/keys.json"))
    assert status == 200
    subject = read_credential(token, keys)["credentialSubject"]
    assert subject["licence"]["company"] == FORM["company"]


async def test_only_the_first_page_gets_it_and_that_one_again(window: Window) -> None:
    token = await window.token()

    first = [(await window.take(token))[0] for _ in range(2)]
    other = await window.take(token, OTHER)

    assert first == [200, 200]
    assert other == (400, '{"code": "lic-keep-taken"}')
    entries = await window.site.services.cases.ledger.store.entries(window.case.id)
    assert [one.said.kind for one in entries].count("credential-given") == 1


async def test_an_office_without_sm2_gives_the_credential_only(window: Window) -> None:
    token = await window.token()

    found = [await window.take_file(token, one) for one in ("pdf", "sm2", "sheet")]

    assert [status for status, _ in found] == [404, 404, 400]


async def test_a_token_that_was_never_given_opens_nothing(window: Window) -> None:
    assert await window.take("0" * 32) == (400, '{"code": "lic-keep-expired"}')


async def test_a_licence_that_was_suspended_meanwhile_is_not_given(
    window: Window,
) -> None:
    token = await window.token()
    by, mark = StaffId("approver"), a_step("suspend")
    wanted = Change(step=Step.SUSPENDED, by=by, mark=mark, reason="樣本")
    await window.site.services.licences.change(window.case.id, wanted)

    _, said = await window.take(token)

    assert said == '{"code": "licence-not-in-force"}'


async def test_no_other_window_is_offered_it(window: Window) -> None:
    window.job = "f" * 32

    assert (await window.offer())[0] == 404
