"""The server over real HTTP: strangers, forged proofs, bad frames."""

import asyncio
import io
import json

import aiohttp
import pytest

from tests.signaling.site import Site


async def code_of(answer: aiohttp.ClientResponse) -> str:
    return str((await answer.json())["code"])


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:1"]
)
async def test_a_page_of_somebody_else_can_neither_post_nor_listen(
    site: Site, origin: str | None
) -> None:
    await site.sign_in("clerk")
    headers = {"Origin": origin} if origin else {}

    async with site.session.post(f"{site.base}/api/logout", headers=headers) as answer:
        assert (answer.status, await code_of(answer)) == (400, "wrong-origin")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await site.session.ws_connect(f"{site.base}/ws/desk", headers=headers)


@pytest.mark.parametrize(
    "path",
    [
        "/api/me",
        "/api/cases",
        "/api/cases/x/dossier",
        "/api/cases/x/documents/licence",
        "/api/cases/x/materials/identity/p/page",
        "/api/recordings",
        "/api/recordings/x/films/clerk-1",
        "/api/terminal/documents/application",
        "/api/terminal/jobs/x/document",
    ],
)
async def test_nothing_is_given_to_somebody_who_is_not_signed_in(
    site: Site, path: str
) -> None:
    async with site.session.get(site.base + path) as answer:
        assert (answer.status, await code_of(answer)) == (401, "bad-token")


async def test_a_role_gets_only_what_it_may(site: Site) -> None:
    await site.sign_in("clerk")

    async with site.session.get(f"{site.base}/api/recordings") as answer:
        assert (answer.status, await code_of(answer)) == (403, "forbidden")
    headers = {"Origin": site.base}
    url = f"{site.base}/api/enrolment-codes"
    async with site.session.post(url, headers=headers) as answer:
        assert answer.status == 403


async def test_every_answer_carries_the_headers_that_protect_pages(site: Site) -> None:
    async with site.session.get(f"{site.base}/desk/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_terminal_is_enrolled_once_and_then_believed_per_request(
    site: Site,
) -> None:
    await site.enrol()
    proof = site.device.proof("GET", "/ws/terminal")

    async with site.terminal_socket(proof) as socket:
        welcome = json.loads((await socket.receive()).data)
    assert (welcome["type"], welcome["name"]) == ("terminal-welcome", "T")
    for wrong in (
        proof,
        site.device.proof("GET", "/api/other"),
        site.device.proof("POST", "/ws/terminal"),
        proof[:-6] + "AAAAAA",
        "Device x.y.z",
        "Bearer x",
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with site.terminal_socket(wrong):
                pass


async def test_an_unknown_device_is_not_let_in(site: Site) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with site.terminal_socket(site.device.proof("GET", "/ws/terminal")):
            pass
    assert refused.value.status == 401


async def test_bad_frames_are_answered_and_others_not_disturbed(site: Site) -> None:
    await site.enrol()
    proof = site.device.proof("GET", "/ws/terminal")
    async with site.terminal_socket(proof) as bad:
        for _ in range(2):
            await bad.receive()
        for frame in ("", "{", '{"type":"x"}', '{"type":"take-ticket"}'):
            await bad.send_str(frame)
            answer = json.loads((await bad.receive()).data)
            assert (answer["type"], answer["code"]) == ("failed", "bad-message")
        await bad.send_str("x" * 300_000)
        closed = await bad.receive()
        assert closed.type is aiohttp.WSMsgType.CLOSE
    async with site.terminal_socket(site.device.proof("GET", "/ws/terminal")) as good:
        assert json.loads((await good.receive()).data)["type"] == "terminal-welcome"


async def test_a_ticket_is_taken_once_however_often_it_is_said(site: Site) -> None:
    await site.enrol()
    said = {
        "type": "take-ticket",
        "step": "s1",
        "item": "foreign-enterprise",
        "language": "en",
    }
    async with site.terminal_socket(site.device.proof("GET", "/ws/terminal")) as socket:
        for _ in range(3):
            await socket.send_str(json.dumps(said))
        await site.sign_in("clerk")
        headers = {"Origin": site.base}
        desk = await site.session.ws_connect(f"{site.base}/ws/desk", headers=headers)
        tickets: list[str] = []
        async with asyncio.timeout(5):
            while len(tickets) != 1:
                message = json.loads((await desk.receive()).data)
                if message["type"] == "queue-changed":
                    tickets = [one["number"] for one in message["waiting"]]
        assert tickets == ["A001"]
        await desk.close()


async def test_an_upload_needs_a_case_that_is_open_here(site: Site) -> None:
    await site.enrol()
    path = f"/api/terminal/uploads/{'a' * 32}"
    body = {
        "case": "x",
        "page": {"material": "identity", "page": "b" * 32},
        "what": "page",
        "size": 10,
        "sha256": "x",
    }
    headers = {"Authorization": site.device.proof("POST", path)}

    async with site.session.post(
        site.base + path, json=body, headers=headers
    ) as answer:
        assert (answer.status, await code_of(answer)) == (404, "not-found")


async def test_a_body_that_is_too_large_is_refused_in_words(site: Site) -> None:
    headers = {"Origin": site.base}
    data = io.BytesIO(b"x" * 3_000_000)

    async with site.session.post(
        f"{site.base}/api/login", data=data, headers=headers
    ) as answer:
        assert (answer.status, await code_of(answer)) == (413, "too-large")


async def test_health_does_not_depend_on_the_media_worker_but_readiness_does(
    site: Site,
) -> None:
    async with site.session.get(f"{site.base}/healthz") as answer:
        assert answer.status == 200
    async with site.session.get(f"{site.base}/readyz") as answer:
        assert (answer.status, (await answer.json())["media"]) == (503, False)


async def test_metrics_are_for_this_machine_and_not_for_who_comes_by_a_proxy(
    site: Site,
) -> None:
    async with site.session.get(f"{site.base}/metrics") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "counter_tickets_waiting 0\n" in text
        assert 'counter_media_up{worker="0"} 0\n' in text
    headers = {"X-Forwarded-For": "198.51.100.7"}
    async with site.session.get(f"{site.base}/metrics", headers=headers) as answer:
        assert (answer.status, await code_of(answer)) == (401, "bad-token")


CALL = {"step": "s", "call": "a" * 32}


@pytest.mark.parametrize(
    ("account", "message", "code"),
    [
        ("expert", {"type": "supervise", **CALL}, "forbidden"),
        ("clerk", {"type": "supervise", **CALL}, "forbidden"),
        ("clerk", {"type": "speak-to", "voice": "both", **CALL}, "forbidden"),
        ("supervisor", {"type": "dismiss-expert", **CALL}, "forbidden"),
        ("expert", {"type": "answer-ticket", "step": "s", "ticket": "t"}, "forbidden"),
        ("clerk", {"type": "invite-expert", "expert": "e", **CALL}, "expert-away"),
        ("supervisor", {"type": "supervise", **CALL}, "not-found"),
    ],
)
async def test_nobody_gets_into_a_call_by_a_message_that_is_not_theirs(
    site: Site, account: str, message: dict[str, str], code: str
) -> None:
    await site.sign_in(account)
    headers = {"Origin": site.base}
    async with site.session.ws_connect(f"{site.base}/ws/desk", headers=headers) as desk:
        await desk.send_str(json.dumps(message))
        async with asyncio.timeout(5):
            told = {"type": ""}
            while told["type"] != "failed":
                told = json.loads((await desk.receive()).data)

    assert told["code"] == code
