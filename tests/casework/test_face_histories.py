"""Whatever happens in whatever order: the log justifies every release."""

import random
from pathlib import Path

import msgspec

from casework.case import Case, Document
from casework.errors import CaseworkError
from casework.face_check import PASS_LASTS, Sight
from casework.ledger import entry_of
from casework.ports import Entry
from protocol.faces import FACE_CONSENT, Agreed, Band, FaceTold, Unmatched
from protocol.ids import CaseId, StaffId
from protocol.states import CaseState, Language
from tests.builders import TERMINAL, Office, a_case, a_step
from tests.casework.test_release_faces import ELSEWHERE, a_comparison, looks

STEPS, SEEDS = 60, 25
CODE = "12345678"
WINDOWS = [TERMINAL, TERMINAL, TERMINAL, ELSEWHERE]
OFTEN = {
    "code": 3,
    "agrees": 4,
    "compared": 4,
    "not compared": 0.3,
    "a person": 0.4,
    "asks again": 1,
}
"""How often what happens; most of it is not allowed most of the time."""


async def issued(office: Office) -> Case:
    """Return a case whose licence waits; nobody reads its paper here."""
    licence = Document("licence", "key", "a" * 64, 100, 1)
    case = a_case(id=CaseId("f" * 32), number="20261122000011", release_code=CODE)
    entry = entry_of("case-opened", case, "clerk", {})
    await office.store.add(case, a_step("open"), entry)
    changed = {"state": CaseState.ISSUED, "documents": (licence,), "version": 1}
    case = msgspec.structs.replace(case, **changed)
    await office.store.save(case, None, None)
    return case


async def one_step(office: Office, case: Case, chance: random.Random) -> None:
    """Have something happen, at one of two windows."""
    releases, faces = office.releases, office.releases.faces
    where = chance.choice(WINDOWS)
    (what,) = chance.choices(list(OFTEN), list(OFTEN.values()))
    match what:
        case "code":
            await releases.release(case.number, CODE, where)
        case "agrees":
            agreed = Agreed(
                number=case.number, consent=FACE_CONSENT, language=Language.EN
            )
            await faces.agree(agreed, where)
        case "compared":
            band = chance.choice([Band.LIKELY_SAME, Band.LIKELY_SAME, *Band])
            await faces.told(a_comparison(case, band), where)
        case "not compared":
            why = chance.choice(list(Unmatched))
            await faces.told(FaceTold(number=case.number, why=why), where)
        case "a person":
            same = chance.random() < 0.7
            by = StaffId("supervisor")
            await faces.decide(case.id, by, Sight.IN_PERSON, same=same)
        case _:
            await releases.release_seen(case.number, where)


def justified(before: list[Entry], released: Entry) -> bool:
    """Return whether the log has, just before, who or what looked at the face."""
    looked = [
        one
        for one in before
        if one.kind in {"face-compared", "face-vouched", "face-refused"}
    ]
    if not looked or released.at - looked[-1].at > PASS_LASTS:
        return False
    last = looked[-1]
    if last.kind == "face-vouched":
        return released.facts["face"] == "vouched"
    agreed = any(one.kind == "face-agreed" and one.by == last.by for one in before)
    mine = last.by == released.by
    same = last.facts.get("band") == Band.LIKELY_SAME
    return agreed and mine and same and released.facts["face"] == "matched"


def doubt_stays_with_people(entries: list[Entry]) -> bool:
    """Return whether after each doubt a person spoke before a machine did."""
    doubted = False
    for one in entries:
        if one.kind == "face-compared" and doubted:
            return False
        if one.kind == "face-compared" and one.facts["band"] != Band.LIKELY_SAME:
            doubted = True
        if one.kind == "face-vouched":
            doubted = False
    return True


async def history(folder: Path, seed: int) -> list[Entry]:
    """Return the log of an office in which anything happens."""
    folder.mkdir()
    office = await Office(folder).open()
    looks(office)
    case, chance = await issued(office), random.Random(seed)
    for _ in range(STEPS):
        office.clock.time += chance.choice([0, 1, 30, 200])
        try:
            await one_step(office, case, chance)
        except CaseworkError:
            if (await office.store.load(case.id)).release_tries:
                await office.releases.unlock(case.id, StaffId("supervisor"))
    entries = [one.said for one in await office.store.entries()]
    await office.engine.dispose()
    return entries


async def test_no_history_releases_a_licence_past_a_person_or_a_likely_same(
    tmp_path: Path,
) -> None:
    by = set()
    for seed in range(SEEDS):
        entries = await history(tmp_path / str(seed), seed)

        for place, one in enumerate(entries):
            if one.kind == "licence-released":
                assert justified(entries[:place], one), seed
                by.add(one.facts["face"])
        assert doubt_stays_with_people(entries), seed
    assert by == {"matched", "vouched"}, (
        "histories in which nothing happens prove little"
    )
