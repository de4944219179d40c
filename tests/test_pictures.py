"""The pictures of the documentation are drawn by code, of invented papers."""

import re

import pytest

from install.pictures import FOLDER, PICTURES
from tests.builders import ROOT

PAGE = ROOT / "docs/documents.md"


def test_every_picture_of_the_page_is_drawn_and_every_drawn_one_is_shown() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE.read_text("utf-8"))

    assert [(PAGE.parent / one).parent for one in shown] == [ROOT / FOLDER] * len(shown)
    assert sorted(one.rpartition("/")[2] for one in shown) == sorted(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_can_be_drawn(name: str) -> None:
    picture = PICTURES[name]()

    assert 600 < picture.shape[1] < 1400
    assert 400 < picture.shape[0] < 1400
    assert picture.std() > 20, "something is on it"
