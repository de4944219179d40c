"""What an item may say of a company's seal, and which impression is accepted."""

import io
from pathlib import Path

import pytest
import yaml
from PIL import Image as Picture

from casework.arriving import Arriving
from casework.case import Case
from casework.company_seal import CompanySeal
from casework.errors import (
    BadItem,
    SealMissing,
    Unreadable,
)
from casework.impression import Impression
from casework.items import read_catalogue
from casework.papers.application import place_of, seal_place
from casework.signing.company import open_seal
from protocol.ids import IDENTITY
from protocol.states import MaterialState, Task
from tests.builders import CLERK, ROOT, Office, a_step, a_visit
from tests.casework.partners import (
    PARTNERS,
    PARTNERSHIP,
    SEAL,
    a_seal,
    before_the_form,
    to_be_signed,
    with_seal,
)

NAME, NUMBER = PARTNERS["partner_company"], PARTNERS["partner_number"]


async def identified(office: Office) -> Case:
    case = await office.cases.open(a_visit(item=PARTNERSHIP))
    case = await office.stored_page(case, IDENTITY)
    seen = case.material(IDENTITY).sha256
    return await office.cases.confirm_identity(case.id, seen, a_step("who"), CLERK)


async def test_the_seal_covers_no_place_of_a_signature_and_lies_on_the_page(
    office: Office,
) -> None:
    case = await to_be_signed(office)
    assert case.seal is not None

    left, bottom, right, top = seal_place(case.seal)

    points = 42 / 25.4 * 72
    assert (right - left, top - bottom) == pytest.approx((points, points), abs=1)
    for many in range(1, 7):
        for at in range(many):
            box = place_of(at, many, case.seal)
            assert box[1] > top + 48 and box[3] < 842 - 100
    assert left > 0 and bottom > 40 and right < 595


async def test_a_seal_that_lies_sideways_is_put_on_upright(office: Office) -> None:
    case = await to_be_signed(office)
    assert case.seal is not None
    flat = Impression(key="k", sha256="s", width=45, height=30, place=(0, 0, 1, 1))
    turned = CompanySeal(name="A", picture=flat, turns=1)
    wide = Picture.new("RGBA", (90, 60), (0, 0, 0, 0))
    wide.putpixel((0, 0), (9, 9, 9, 255))
    out = io.BytesIO()
    wide.save(out, "PNG")

    place = open_seal(turned, out.getvalue(), seal_place(turned))

    assert turned.size == pytest.approx((30, 45))
    assert place.picture.size == (60, 90)
    assert place.picture.getpixel((59, 0)) == (9, 9, 9, 255)


@pytest.mark.parametrize(
    "png",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="a beginning"),
        pytest.param(a_seal(601), id="too many pixels"),
        pytest.param(a_seal() + b"x" * 400_000, id="too many bytes"),
        pytest.param(a_seal()[:200], id="cut off"),
        pytest.param(b"\xff\xd8\xff\xe0" + a_seal(), id="another kind"),
    ],
)
def test_what_is_no_picture_of_a_seal_is_not_put_on(png: bytes) -> None:
    found = Impression(key="k", sha256="s", width=42, height=42, place=(0, 0, 1, 1))
    seal = CompanySeal(name="A", picture=found)

    with pytest.raises(Unreadable):
        open_seal(seal, png, seal_place(seal))


async def test_a_paper_on_which_no_seal_was_found_is_not_accepted(
    office: Office,
) -> None:
    case = await office.stored_page(await identified(office), SEAL)
    seen, step = case.material(SEAL).sha256, a_step("accept-without")

    with pytest.raises(SealMissing):
        await office.cases.accept_material(case.id, SEAL, seen, step, CLERK)
    page = case.material(SEAL).pages[0].id
    arriving = Arriving(material=SEAL, page=page)
    case = await office.scans.seal_read(case.id, arriving, None, "seal-smeared")
    assert case.material(SEAL).reason == "seal-smeared"
    with pytest.raises(SealMissing):
        await office.cases.accept_material(case.id, SEAL, seen, step, CLERK)
    found = (await with_seal(office, case)).material(SEAL)
    assert (found.state, found.reason) == (MaterialState.CHECKED, "")
    done = await office.cases.accept_material(case.id, SEAL, seen, step, CLERK)
    assert done.material(SEAL).state is MaterialState.ACCEPTED


async def test_a_seal_refused_after_the_form_takes_everybody_back_to_the_papers(
    office: Office,
) -> None:
    case = await before_the_form(office)

    case = await office.cases.refuse_material(
        case.id, SEAL, "reason-other-company", a_step("not-theirs"), CLERK
    )

    assert (case.task, case.wanted) == (Task.MATERIALS, SEAL)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"paper": "nothing"}, "no paper of one page"),
        ({"paper": "agreement"}, "no paper of one page"),
        ({"paper": "identity"}, "no paper of one page"),
        ({"name": "partner_number"}, "not required"),
        ({"number": "nothing"}, "no form field"),
        ({"number": "scope"}, "64 characters"),
        ({"name": "company"}, "64 characters"),
        ({"size": "42"}, "seal"),
    ],
)
def test_an_item_whose_seal_could_have_no_certificate_is_refused(
    tmp_path: Path, change: dict[str, str], why: str
) -> None:
    raw = yaml.safe_load((ROOT / f"services/{PARTNERSHIP}.yaml").read_text("utf-8"))
    raw["seal"] |= change
    del raw["licence"]
    (tmp_path / f"{PARTNERSHIP}.yaml").write_text(yaml.safe_dump(raw), "utf-8")

    with pytest.raises(BadItem, match=why):
        read_catalogue(tmp_path)
