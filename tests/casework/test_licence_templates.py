"""A template is read whole or refused with what is wrong in it."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import BadItem, BadTemplate
from casework.items import read_catalogue
from casework.licence_numbers import IDENTIFIERS, Numbered, check_character
from casework.licence_templates import read_template, read_templates
from tests.builders import ITEM, ROOT
from tests.licence_builders import TEMPLATES


def the_file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (TEMPLATES / "business-licence.yaml").read_text("utf-8")
    )
    return found


def written(folder: Path, template: object) -> Path:
    path = folder / "business-licence.yaml"
    path.write_text(yaml.safe_dump(template, allow_unicode=True), "utf-8")
    return path


def test_every_template_in_the_repository_is_in_order() -> None:
    found = read_templates(TEMPLATES)

    assert set(found) == {path.stem for path in TEMPLATES.glob("*.yaml")}
    assert all(one.specimen for one in found.values())


def test_every_item_with_a_licence_has_its_template() -> None:
    catalogue = read_catalogue(ROOT / "services")

    assert catalogue.template(catalogue.item(ITEM)).id == "business-licence"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "other"}, "its id is other"),
        ({"holder": "nobody"}, "holder nobody"),
        ({"printed": "third"}, "printed"),
        ({"colour": "red"}, "colour"),
        ({"identifier": "mine"}, "identifier mine"),
        ({"languages": ["pt"]}, "lacks a language"),
        ({"columns": 1}, "column 2 of 1"),
        ({"kind_code": "a-b"}, "kind_code"),
        ({"emblem": "../../secret.png"}, "in this folder"),
        ({"emblem": "missing.png"}, "not a PNG"),
        ({"emblem_png": "AAAA"}, "emblem_png"),
        ({"fields": []}, "length"),
        ({"unknown": 1}, "unknown"),
        ({"check_at": "http://office.example"}, "check_at"),
    ],
)
def test_what_is_wrong_in_a_template_is_named(
    change: dict[str, Any], why: str, tmp_path: Path
) -> None:
    with pytest.raises(BadTemplate, match=why):
        read_template(written(tmp_path, {**the_file(), **change}))


def test_an_emblem_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "emblem.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")

    with pytest.raises(BadTemplate, match="not a PNG"):
        read_template(written(tmp_path, {**the_file(), "emblem": "emblem.png"}))


def test_an_item_whose_form_lacks_a_row_of_its_licence_is_refused(
    tmp_path: Path,
) -> None:
    text = (ROOT / f"services/{ITEM}.yaml").read_text("utf-8")
    (tmp_path / f"{ITEM}.yaml").write_text(text, "utf-8")
    (tmp_path / "licences").mkdir()
    template = the_file()
    template["fields"].append({**template["fields"][0], "name": "shoe_size"})
    written(tmp_path / "licences", template)

    with pytest.raises(BadItem, match="shoe_size"):
        read_catalogue(tmp_path)


@given(st.binary(max_size=300))
def test_garbage_is_no_template(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "business-licence.yaml"
        path.write_bytes(data)

        with pytest.raises(BadTemplate):
            read_template(path)


def test_an_identifier_in_the_form_of_the_national_standard() -> None:
    said = Numbered(kind="11X", issuer="44Y", serial="20261121000017", edition=2)

    number = IDENTIFIERS["gbt-36904"](said)

    assert number.startswith("1.2.156.3005.2.11X.44Y.20261121000017.002.")
    assert IDENTIFIERS["plain"](said) == "20261121000017-2"


def test_the_check_character_is_that_of_the_standards_own_example() -> None:
    # The example of the GRid standard, which uses ISO/IEC 7064 MOD 37,36.
    assert check_character("A12425GABC1234002") == "M"


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1), st.data())
def test_one_other_character_has_another_check(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    changed = text[:place] + other + text[place + 1 :]

    assert (check_character(changed) == check_character(text)) == (changed == text)
