"""Chat and the screen's marks over real sockets, as far as the timeline."""

from protocol.ids import CallId
from protocol.states import EventKind
from tests.signaling.site import Site, a_call

HOSTILE = "<img src=x onerror=alert(1)> ${7*7} {{7*7}}\u202e"


async def test_both_people_see_what_each_writes(site: Site) -> None:
    async with a_call(site) as (counter, desk, call):
        said = {"type": "send-chat", "call": call}

        await desk.say(**said, step="d2", text=HOSTILE)
        await counter.say(**said, step="c2", text="", phrase="repeat")

        for end in (counter, desk):
            await end.sees(lambda session: len(session["chat"]) == 2)
            assert end.session is not None
            first, second = end.session["chat"]
            assert (first["by"], first["text"]) == ("clerk", HOSTILE[:-1])
            assert (second["by"], second["phrase"]) == ("applicant", "repeat")


async def test_a_line_that_is_said_again_after_a_cut_is_there_once(site: Site) -> None:
    async with a_call(site) as (counter, _desk, call):
        said = {"type": "send-chat", "call": call, "step": "c2", "text": "here"}

        for _ in range(3):
            assert (await counter.say(**said))["type"] == "done"

        lines = await site.services.timeline.chat(CallId(call))
        assert [line.text for line in lines] == ["here"]


async def test_nobody_writes_into_the_call_of_others(site: Site) -> None:
    async with a_call(site) as (counter, desk, call):
        for end in (counter, desk):
            answer = await end.say(
                type="send-chat", step="x", call="f" * 32, text="hello"
            )
            assert (answer["type"], answer["code"]) == ("failed", "not-found")
        assert await site.services.timeline.chat(CallId(call)) == []


async def test_the_screen_of_an_open_call_is_kept_and_of_no_other(site: Site) -> None:
    async with a_call(site) as (counter, _desk, call):
        mark = {"kind": "shown", "name": "identity", "ago": 0.2}
        said = {"type": "note-screen", "marks": [mark]}

        for other in ("f" * 32, call):
            answer = await counter.say(**said, step=f"m {other}", call=other)
            assert answer["type"] == "done"

        events = await site.services.timeline.events(CallId(call))
        shown = [event for event in events if event.kind is EventKind.SHOWN]
        assert [event.facts for event in shown] == [{"name": "identity"}]


async def test_why_a_page_was_refused_stays_on_the_timeline(site: Site) -> None:
    async with a_call(site) as (counter, _desk, call):
        assert counter.session is not None
        case = counter.session["case"]["id"]
        failed = {"type": "capture-failed", "case": case, "material": "identity"}

        await counter.socket.send_json({**failed, "reason": "page-blurred"})
        await counter.sees(
            lambda session: session["case"]["materials"][0]["reason"] != ""
        )

        events = await site.services.timeline.events(CallId(call))
        assert [(e.kind, e.facts["reason"]) for e in events] == [
            (EventKind.PAGE_REFUSED, "page-blurred")
        ]
