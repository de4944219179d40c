"""A look at the face before a licence goes to paper, where the office wants one."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from casework.case import Case
from casework.errors import (
    BadItem,
    FaceTooLate,
    NotAllowedNow,
    NotFound,
    ReleaseLocked,
    ReleaseNeedsFace,
    ReleaseNeedsPerson,
    WrongReleaseCode,
)
from casework.face_check import LOOK_LASTS, PASS_LASTS, Sight
from casework.items import Catalogue, read_item
from casework.printing import Printing
from casework.stores.sql_stock import SqlStockStore
from protocol.faces import FACE_CONSENT, Agreed, Band, Compared, FaceTold, Unmatched
from protocol.ids import StaffId, TerminalId
from protocol.states import Language
from tests.builders import ITEM, ROOT, TERMINAL, Office
from tests.casework.test_release_documents import issued, said

ELSEWHERE = TerminalId("8" * 32)
SUPERVISOR = StaffId("supervisor")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await Office(tmp_path).open()
    looks(office)
    yield office
    await office.engine.dispose()


def looks(office: Office) -> None:
    """Have the office want a look at the face for our item."""
    item = msgspec.structs.replace(office.items.item(ITEM), release_face=True)
    template = office.items.template(item)
    items = Catalogue([item], {template.id: template})
    stock = SqlStockStore(office.engine, office.store), office.photos
    printing = Printing(office.cases.ledger, office.jobs, stock, items, office.clock)
    office.releases, office.prints = printing.releases, printing.prints


def a_comparison(case: Case, band: Band = Band.LIKELY_SAME) -> FaceTold:
    done = Compared(
        band=band, engine="opencv-onnx", models="0" * 64, rule="faces/1", pictures=5
    )
    return FaceTold(number=case.number, compared=done)


async def opens(
    office: Office,
    case: Case,
    error: type[Exception] = ReleaseNeedsFace,
    where: TerminalId = TERMINAL,
) -> None:
    with pytest.raises(error):
        await office.releases.release(case.number, case.release_code, where)


async def agrees(office: Office, case: Case) -> None:
    agreed = Agreed(number=case.number, consent=FACE_CONSENT, language=Language.PT)
    await office.releases.faces.agree(agreed, TERMINAL)


async def opened(office: Office, *, agreed: bool = True) -> Case:
    """Return an issued case whose code was given at the window."""
    case = await issued(office)
    await opens(office, case)
    if agreed:
        await agrees(office, case)
    return case


async def test_the_code_alone_does_not_do_where_the_face_is_looked_at(
    office: Office,
) -> None:
    case = await opened(office, agreed=False)

    with pytest.raises(FaceTooLate):
        await office.releases.release_seen(case.number, TERMINAL)

    assert await said(office, "licence-released") == []
    assert (await office.store.load(case.id)).release_job == ""


async def test_a_wrong_code_is_no_look_at_a_face(office: Office) -> None:
    case = await issued(office)

    with pytest.raises(WrongReleaseCode):
        await office.releases.release(case.number, "", TERMINAL)

    assert (await office.store.load(case.id)).face is None
    with pytest.raises(NotFound):
        await office.releases.faces.told(a_comparison(case), TERMINAL)


async def test_likely_the_same_lets_it_go_on_at_that_window_only(
    office: Office,
) -> None:
    case = await opened(office)

    await office.releases.faces.told(a_comparison(case), TERMINAL)

    with pytest.raises(NotFound):
        await office.releases.release_seen(case.number, ELSEWHERE)
    job = await office.releases.release_seen(case.number, TERMINAL)
    assert job.terminal == TERMINAL
    [released] = await said(office, "licence-released")
    assert (released["opened-by"], released["face"]) == ("code", "matched")


async def test_the_log_has_the_band_and_by_what_it_came_about(office: Office) -> None:
    case = await opened(office)

    await office.releases.faces.told(a_comparison(case), TERMINAL)

    [agreed] = await said(office, "face-agreed")
    assert (agreed["consent"], agreed["language"]) == (FACE_CONSENT, "pt")
    [compared] = await said(office, "face-compared")
    assert compared == {
        "band": "likely-same",
        "engine": "opencv-onnx",
        "models": "0" * 64,
        "rule": "faces/1",
        "pictures": "5",
        "consent": FACE_CONSENT,
        "state": "issued",
    }


async def test_nothing_is_compared_of_who_did_not_agree(office: Office) -> None:
    case = await opened(office, agreed=False)

    with pytest.raises(NotAllowedNow):
        await office.releases.faces.told(a_comparison(case), TERMINAL)
    old = Agreed(number=case.number, consent="face-notice/0", language=Language.EN)
    with pytest.raises(NotAllowedNow):
        await office.releases.faces.agree(old, TERMINAL)

    assert await said(office, "face-agreed") == []


@pytest.mark.parametrize("band", [Band.UNCLEAR, Band.LIKELY_DIFFERENT])
async def test_what_a_machine_doubts_only_a_person_decides_at_any_window(
    office: Office, band: Band
) -> None:
    case = await opened(office)
    await office.releases.faces.told(a_comparison(case, band), TERMINAL)

    with pytest.raises(ReleaseNeedsPerson):
        await office.releases.release_seen(case.number, TERMINAL)
    await opens(office, case, ReleaseNeedsPerson)
    await opens(office, case, ReleaseNeedsPerson, ELSEWHERE)
    with pytest.raises(NotAllowedNow):
        await office.releases.faces.told(a_comparison(case), ELSEWHERE)
    face = (await office.store.load(case.id)).face
    assert face is not None
    assert face.outcome == band

    decide = office.releases.faces.decide
    await decide(case.id, SUPERVISOR, Sight.IN_PERSON, same=True)
    job = await office.releases.release(case.number, case.release_code, ELSEWHERE)
    assert job.terminal == ELSEWHERE
    [released] = await said(office, "licence-released")
    assert released["face"] == "vouched"


@pytest.mark.parametrize("why", list(Unmatched))
async def test_without_a_comparison_a_person_looks_or_it_is_begun_anew(
    office: Office, why: Unmatched
) -> None:
    case = await opened(office, agreed=False)
    told = FaceTold(number=case.number, why=why)
    await office.releases.faces.told(told, TERMINAL)

    with pytest.raises(ReleaseNeedsPerson):
        await office.releases.release_seen(case.number, TERMINAL)

    assert await said(office, "face-not-compared") == [
        {"why": why.value, "state": "issued"}
    ]
    await opens(office, case)
    await agrees(office, case)
    await office.releases.faces.told(a_comparison(case), TERMINAL)
    await office.releases.release_seen(case.number, TERMINAL)


async def test_somebody_else_before_a_person_locks_it(office: Office) -> None:
    case = await opened(office, agreed=False)
    decide = office.releases.faces.decide

    await decide(case.id, SUPERVISOR, Sight.BY_VIDEO, same=False)

    with pytest.raises(ReleaseLocked):
        await office.releases.release_seen(case.number, TERMINAL)
    await opens(office, case, ReleaseLocked)
    with pytest.raises(NotAllowedNow):
        await decide(case.id, SUPERVISOR, Sight.BY_VIDEO, same=True)
    [refused] = await said(office, "face-refused")
    assert refused["how"] == "by-video"
    await office.releases.unlock(case.id, SUPERVISOR)
    await opens(office, case, ReleaseNeedsPerson)


async def test_a_look_does_not_last(office: Office) -> None:
    case = await opened(office)
    office.clock.time += LOOK_LASTS + 1
    with pytest.raises(FaceTooLate):
        await office.releases.faces.told(a_comparison(case), TERMINAL)

    await opens(office, case)
    await agrees(office, case)
    await office.releases.faces.told(a_comparison(case), TERMINAL)
    office.clock.time += PASS_LASTS + 1
    with pytest.raises(FaceTooLate):
        await office.releases.release_seen(case.number, TERMINAL)
    await opens(office, case)


async def test_a_printer_in_trouble_costs_nobody_a_second_look(office: Office) -> None:
    case = await opened(office)
    await office.releases.faces.told(a_comparison(case), TERMINAL)

    job = await office.releases.release_seen(case.number, TERMINAL)
    again = await office.releases.release(case.number, case.release_code, TERMINAL)

    assert again == job


def test_an_item_without_an_identity_document_has_no_face_to_look_at(
    tmp_path: Path,
) -> None:
    told = (ROOT / f"services/{ITEM}.yaml").read_text("utf-8")
    path = tmp_path / f"{ITEM}.yaml"
    path.write_text(f"{told}release_face: true\n", "utf-8")
    assert read_item(path).release_face

    bare = told.replace("- id: identity\n", "- id: passport\n")
    path.write_text(f"{bare}release_face: true\n", "utf-8")
    with pytest.raises(BadItem, match="release_face needs a paper identity"):
        read_item(path)
