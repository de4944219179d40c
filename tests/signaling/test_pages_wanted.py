"""Which pages a server takes from a terminal, and what a clerk has to say first."""

import json
from pathlib import Path

import msgspec
import pytest

from counter_client.office import OfficeSaysNo
from protocol.ids import PageId
from tests.signaling.sender import PAPER, a_sender
from tests.signaling.site import Site


@pytest.mark.parametrize(
    "said",
    [
        {"page": ""},
        {"page": "../../../../tmp/evil"},
        {"page": "1" * 32 + "-original"},
        {"page": "1" * 70_000},
        {"replaces": "../1"},
        {"way": "signer-link"},
    ],
    ids=["empty", "elsewhere", "another's original", "long", "replaces", "way"],
)
async def test_a_page_has_a_proper_name_and_does_not_say_how_it_came(
    site: Site, tmp_path: Path, said: dict[str, str]
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()

        with pytest.raises(OfficeSaysNo, match="bad-request"):
            await sender.announce(letter, letter.pieces[0], **said)


async def test_a_page_on_its_way_comes_too_late_for_a_paper_that_was_refused(
    site: Site, tmp_path: Path
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()
        for piece in letter.pieces[:2]:
            await sender.send(letter, piece)
        late = msgspec.structs.replace(letter, page=PageId("2" * 32))
        preview = msgspec.structs.replace(letter.pieces[0], id="f" * 32)
        await sender.announce(late, preview)
        about = {"case": sender.case, "material": PAPER, "reason": "reason-expired"}
        await sender.desk.say(type="refuse-material", step="r1", **about)

        path = f"/api/terminal/uploads/{preview.id}"
        data = sender.outbox.read(letter.pieces[0])
        with pytest.raises(OfficeSaysNo, match="not-found"):
            await sender.office.put_chunk(path, 0, data, 10)

        case = await site.services.cases.ledger.store.load(sender.case)
        assert case.material(PAPER).reason == "reason-expired"


async def test_a_page_that_the_clerk_takes_anyway_takes_the_place_of_the_old_one(
    site: Site, tmp_path: Path
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()
        for piece in letter.pieces[:2]:
            await sender.send(letter, piece)
        about = {"case": sender.case, "material": PAPER, "reason": "page-blurred"}
        claim = {"overridden": "page-blurred", "why": "all that is left of it"}
        next_one = msgspec.structs.replace(letter, page=PageId("2" * 32))
        preview = msgspec.structs.replace(letter.pieces[0], id="f" * 32)
        with pytest.raises(OfficeSaysNo, match="not-allowed-now"):
            await sender.announce(next_one, preview, **claim)
        failed = {"type": "capture-failed", "replaces": letter.page, **about}
        await sender.counter.socket.send_json(failed)
        await sender.desk.sees(lambda seen: "page-blurred" in json.dumps(seen))

        taken = {"type": "take-anyway", "step": "a1", "why": claim["why"], **about}
        assert (await sender.desk.say(**taken))["type"] == "done"

        shoot = await sender.counter.until(lambda heard: heard["type"] == "shoot-page")
        assert (shoot["replaces"], shoot["why"]) == (letter.page, claim["why"])
        await sender.announce(next_one, preview, **claim)
        # Said again after a cut, it is done, and nothing is photographed once more.
        assert (await sender.desk.say(**taken))["type"] == "done"


async def test_a_page_begun_before_the_refusal_is_late_though_announced_after_it(
    site: Site, tmp_path: Path
) -> None:
    async with a_sender(site, tmp_path) as sender:
        letter = sender.letter()
        for piece in letter.pieces[:2]:
            await sender.send(letter, piece)
        begun = msgspec.structs.replace(letter, page=PageId("2" * 32), round=0)
        preview = msgspec.structs.replace(letter.pieces[0], id="f" * 32)
        about = {"case": sender.case, "material": PAPER, "reason": "reason-expired"}
        await sender.desk.say(type="refuse-material", step="r1", **about)

        with pytest.raises(OfficeSaysNo, match="not-found"):
            await sender.announce(begun, preview)
        await sender.announce(msgspec.structs.replace(begun, round=1), preview)
